/** @file `npm run bench [name …] [word …]`: runs the benchmarks of this folder, one after the other; other words are theirs. */
type Benchmark = (words: readonly string[]) => Promise<void>;

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  "training-step": async () => (await import("./training-step.ts")).benchTrainingStep,
  markup: async () => (await import("./markup.ts")).benchMarkup,
  "first-mention": async () => (await import("./first-mention.ts")).benchFirstMention,
  evaluate: async () => (await import("./evaluate.ts")).benchEvaluate,
  convert: async () => (await import("./convert.ts")).benchConvert,
  "quantized-cache": async () => (await import("./quantized-cache.ts")).benchQuantizedCache,
  "int8-products": async () => (await import("./int8-products.ts")).benchInt8Products,
  "qlora-step": async () => (await import("./qlora-step.ts")).benchQloraStep,
};

/** Against other tools, which have to be there: only by name. */
const peers: Readonly<Record<string, () => Promise<Benchmark>>> = {
  tagging: async () => (await import("./tagging.ts")).benchTagging,
  "peer-training": async () => (await import("./peers/training.ts")).benchPeerTraining,
};

const given = process.argv.slice(2);
const all = { ...benchmarks, ...peers };
const wanted = given.filter((word) => word in all);
const words = given.filter((word) => !(word in all));
for (const [name, load] of Object.entries(wanted.length === 0 ? benchmarks : all)) {
  if (wanted.length === 0 || wanted.includes(name)) await (await load())(words);
}
