/** @file What a training recipe may say: every key with its unit, its limits and the one copy of its default. */
import { z } from "zod";

const name = z.string().min(1);
const whole = z.int().min(0);
const count = z.int().min(1);
const positive = z.number().gt(0);
const share = z.number().min(0).max(1);
const shareBelowOne = z.number().min(0).lt(1);

const modelSchema = z.strictObject({
  hidden: count.default(256).describe("width of the residual stream, in numbers per token"),
  layers: count.default(6).describe("number of transformer blocks"),
  heads: count.default(4).describe("number of attention heads; divides hidden"),
  kvHeads: count.default(2).describe("number of key and value heads; divides heads"),
  intermediate: count.default(768).describe("width inside the feed-forward part, in numbers per token"),
  ropeTheta: positive.default(10_000).describe("base of the rotary position wavelengths, in tokens"),
  normEpsilon: positive.default(1e-5).describe("added to the mean square before its root, no unit"),
  attention: z.enum(["bidirectional", "causal"]).default("bidirectional").describe("what a token may see"),
});

const corpusSchema = z.strictObject({
  path: name.describe("corpus file or folder, relative to the recipe"),
  format: z
    .enum(["pubtator", "jsonl", "bio", "text", "lines", "bc2"])
    .optional()
    .describe("how the file is written; told from its name if absent"),
  eval: name.optional().describe("bc2 only: the .eval file with the mentions, relative to the recipe"),
  ids: name.optional().describe("bc2 only: file with the ids to keep, one per line, relative to the recipe"),
  map: z
    .record(z.string(), z.string())
    .default({})
    .describe('corpus type -> head; a type not named keeps its name, "" drops it'),
  annotates: z
    .array(name)
    .optional()
    .describe("heads that the corpus annotates completely: its loss counts only for them"),
  repeat: positive.default(1).describe("how often it is seen per epoch, may be fractional"),
});

const devSchema = corpusSchema.extend({
  name: name.optional().describe("what its scores are called; its file name if absent"),
});

const windowSchema = z.strictObject({
  size: count.default(256).describe("longest stretch that the model sees at once, in tokens"),
  overlap: whole.default(64).describe("what two neighbouring windows share, in tokens; below size"),
});

const trainingSchema = z.strictObject({
  epochs: positive.default(4).describe("passes over the data, may be fractional"),
  steps: whole.default(0).describe("optimizer steps; 0 = from epochs"),
  batchTokens: count.default(4096).describe("tokens per step"),
  learningRate: positive.default(1e-3).describe("highest step size, no unit"),
  schedule: z
    .enum(["cosine", "linear", "constant", "wsd"])
    .default("cosine")
    .describe("learning rate over time"),
  warmup: share.default(0.05).describe("rise from 0, as a fraction of all steps"),
  finalLearningRate: share.default(0).describe("last learning rate, as a fraction of learningRate"),
  weightDecay: z.number().min(0).default(0.01).describe("AdamW's decoupled decay, per unit of learning rate"),
  beta1: shareBelowOne.default(0.9).describe("decay of the gradient's mean, per step"),
  beta2: shareBelowOne.default(0.98).describe("decay of the gradient's mean square, per step"),
  epsilon: positive.default(1e-8).describe("added to the root of the mean square, no unit"),
  clip: z.number().min(0).default(1).describe("largest global gradient norm; 0 = off"),
  dropout: shareBelowOne.default(0.1).describe("share of each residual branch's output that is dropped"),
  tokenDropout: shareBelowOne
    .default(0.1)
    .describe("labels: share of input tokens replaced by <unk> or <mask>"),
  maskRate: share.gt(0).default(0.2).describe("masked: share of tokens to predict"),
  average: shareBelowOne.default(0).describe("decay of the averaged weights (EMA), per step; 0 = off"),
  evaluateEvery: positive.default(1).describe("time between two evaluations, in epochs"),
  checkpointMinutes: positive.default(5).describe("time between two checkpoints, in minutes"),
  threads: whole.default(0).describe("processor threads; 0 = all cores"),
});

/** The keys as they are written; `recipeSchema` adds what several keys together must fulfil. */
export const recipeKeys = z.strictObject({
  task: z
    .enum(["labels", "masked"])
    .default("labels")
    .describe("tagging heads, or masked-token pre-training"),
  seed: whole.default(1).describe("start of all random numbers"),
  out: name.describe("folder for checkpoints, logs and the model, relative to the recipe"),
  from: z
    .string()
    .default("")
    .describe('model folder to start from, relative to the recipe; "" = random weights'),
  tokenizer: z
    .string()
    .default("")
    .describe('tokenizer.json, relative to the recipe; "" = that of from, else trained on the data'),
  vocabularySize: count.default(12_000).describe("entries of a tokenizer that is trained"),
  model: modelSchema.prefault({}).describe("sizes of a model that starts from random weights"),
  types: z
    .array(name)
    .default(["Disease", "Chemical", "Gene", "Species"])
    .describe("labels: one head for each of these types"),
  tagged: z.array(name).optional().describe("heads that the finished model shows by default; all if absent"),
  data: z.array(corpusSchema).min(1).describe("corpora to learn from"),
  dev: z.array(devSchema).default([]).describe("corpora to choose the best weights by"),
  window: windowSchema.prefault({}).describe("how long texts are cut"),
  training: trainingSchema.prefault({}).describe("optimizer, schedule, regularisation"),
});

type Written = z.output<typeof recipeKeys>;
type Complain = (path: readonly (string | number)[], problem: string) => void;

export const recipeSchema = recipeKeys
  .superRefine((recipe, context) => {
    const complain: Complain = (path, message) =>
      context.addIssue({ code: "custom", path: [...path], message });
    checkSizes(recipe, complain);
    if (recipe.task === "labels") checkHeads(recipe, complain);
    for (const list of ["data", "dev"] as const) {
      for (const [index, corpus] of recipe[list].entries())
        checkFiles(recipe, corpus, [list, index], complain);
    }
  })
  .transform(fillDerived);

/** A complete recipe: every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** One entry of a recipe's `data` or `dev`. */
export type RecipeCorpus = Recipe["dev"][number];

function checkSizes({ model, window }: Written, complain: Complain): void {
  if (model.hidden % (2 * model.heads) !== 0) {
    const problem = `expected a multiple of 2 x heads (${2 * model.heads}: rotary positions need even heads), got ${model.hidden}`;
    complain(["model", "hidden"], problem);
  }
  if (model.heads % model.kvHeads !== 0) {
    complain(["model", "kvHeads"], `expected a divisor of heads (${model.heads}), got ${model.kvHeads}`);
  }
  if (window.overlap >= window.size) {
    complain(["window", "overlap"], `expected less than window.size (${window.size}), got ${window.overlap}`);
  }
}

function checkHeads({ types, tagged, data, dev }: Written, complain: Complain): void {
  const heads = types.join(", ");
  const expectHead = (type: string, path: readonly (string | number)[]) => {
    if (!types.includes(type))
      complain(path, `expected one of types (${heads}), got ${JSON.stringify(type)}`);
  };
  if (types.length === 0) complain(["types"], "expected at least one type, got none");
  for (const [index, type] of types.entries()) {
    if (types.indexOf(type) !== index)
      complain(["types", index], `${JSON.stringify(type)} stands there twice`);
  }
  for (const [index, type] of (tagged ?? []).entries()) expectHead(type, ["tagged", index]);
  for (const [list, corpora] of Object.entries({ data, dev })) {
    for (const [at, { map, annotates }] of corpora.entries()) {
      for (const [from, to] of Object.entries(map)) if (to !== "") expectHead(to, [list, at, "map", from]);
      for (const [index, type] of (annotates ?? []).entries())
        expectHead(type, [list, at, "annotates", index]);
      // Guessing "all" would teach every other head that nothing is there, which no score on this corpus would show.
      if (annotates === undefined && types.length > 1) {
        complain(
          [list, at, "annotates"],
          `missing: expected those of types (${heads}) that the corpus annotates completely`,
        );
      }
    }
  }
}

function checkFiles(
  { task }: Written,
  { format, eval: mentions, ids }: Written["data"][number],
  path: readonly (string | number)[],
  complain: Complain,
): void {
  if (format !== "bc2") {
    if (mentions !== undefined) complain([...path, "eval"], "only a corpus of format bc2 has one");
    if (ids !== undefined) complain([...path, "ids"], "only a corpus of format bc2 has one");
  } else if (mentions === undefined && task === "labels") {
    complain([...path, "eval"], "missing: expected the .eval file that holds the mentions");
  }
}

/** Defaults that follow from other keys. */
function fillDerived(recipe: Written) {
  const heads = recipe.task === "labels" ? recipe.types : [];
  const fill = <C extends Written["data"][number]>(corpus: C) => ({
    ...corpus,
    annotates: corpus.annotates ?? heads,
  });
  const { data, dev, window, training, ...start } = recipe; // keeps the order of the keys, for rendering
  const tagged = recipe.tagged ?? heads;
  return { ...start, tagged, data: data.map(fill), dev: dev.map(fill), window, training };
}
