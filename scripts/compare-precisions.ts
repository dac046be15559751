/**
 * @file A label model and its recipe's dev corpora → strict F1 in single precision and in 8 bits, the mentions that differ, and
 * the processor time of both.
 * Usage: tsx --conditions=@nerium/source scripts/compare-precisions.ts MODEL RECIPE
 */
import type { Document, Mention } from "../src/documents/index.ts";
import { readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { scoreCorpus } from "../src/scores/index.ts";
import { openLabelTagger } from "../src/tagging/index.ts";
import { type Precision, precisions } from "../src/tagging/precision.ts";
import { loadRecipe } from "../src/training/recipe.ts";
import { openRecipeCorpus } from "../src/training/recipe-data.ts";

const [folder, recipePath] = process.argv.slice(2);
if (recipePath === undefined) throw new Error("usage: compare-precisions.ts MODEL RECIPE");
const model = await readModelFolder(folder!);
const { recipe } = await loadRecipe(recipePath, []);

interface Tagged {
  readonly documents: readonly Document[];
  readonly seconds: number;
}

async function tagged(precision: Precision, corpus: (typeof recipe.dev)[number]): Promise<Tagged> {
  await using tagger = await openLabelTagger(model, {
    runtime: onnxRuntime,
    name: folder!,
    precision,
    threads: 1,
  });
  const before = process.cpuUsage();
  const documents: Document[] = [];
  for await (const one of tagger.tag(openRecipeCorpus(corpus), { types: corpus.annotates }))
    documents.push(one);
  const { user, system } = process.cpuUsage(before);
  return { documents, seconds: (user + system) / 1e6 };
}

async function* stream(documents: readonly Document[]): AsyncGenerator<Document> {
  yield* documents;
}

const keysOf = ({ documents }: Tagged): Set<string> =>
  new Set(
    documents.flatMap(({ passages }, at) =>
      passages.flatMap(({ mentions }, passage) =>
        mentions.map(({ start, end, type }: Mention) => `${at} ${passage} ${start} ${end} ${type}`),
      ),
    ),
  );

const sums: number[][] = precisions.map(() => []);
for (const corpus of recipe.dev) {
  const results: Tagged[] = [];
  for (const precision of precisions) results.push(await tagged(precision, corpus));
  const [single, bytes] = results.map(keysOf) as [Set<string>, Set<string>];
  const different = [...single].filter((key) => !bytes.has(key)).length;
  const seconds = results.map((one) => one.seconds.toFixed(1)).join(" and ");
  for (const type of corpus.annotates) {
    const scores: number[] = [];
    for (const { documents } of results) {
      const { types } = await scoreCorpus(openRecipeCorpus(corpus), stream(documents), { types: [type] });
      scores.push(100 * (types[type]?.f1 ?? 0));
    }
    scores.forEach((score, at) => sums[at]!.push(score));
    const [f1, f1InBytes] = scores.map((score) => score.toFixed(2));
    console.log(`${corpus.name ?? corpus.path}/${type}: F1 ${f1} in float32, ${f1InBytes} in int8`);
  }
  console.log(
    `  ${different} of ${single.size} mentions are not in int8's ${bytes.size}; ${seconds} s of the processor`,
  );
}
const means = sums.map((all) => (all.reduce((sum, one) => sum + one, 0) / all.length).toFixed(2));
console.log(`mean: F1 ${means[0]} in float32, ${means[1]} in int8`);
