/** @file `npm run bench [name …]`: runs the benchmarks of this folder, one after the other. */
const benchmarks = {
  "training-step": async () => (await import("./training-step.ts")).benchTrainingStep(),
  "first-mention": async () => (await import("./first-mention.ts")).benchFirstMention(),
} as const;

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(benchmarks)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench();
}
