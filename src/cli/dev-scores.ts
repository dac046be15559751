/** @file A model and a recipe's dev corpora → strict F1 of every corpus and type, and their mean. */
import { basename } from "node:path";
import type { Passage } from "../documents/index.ts";
import { sentencesOf } from "../instructions/index.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import type { Runtime } from "../runtime/types.ts";
import { scoreCorpus } from "../scores/index.ts";
import { openModelTagger, type TaggerOptions } from "../tagging/index.ts";
import type { Recipe } from "../training/recipe.ts";
import { openRecipeCorpus } from "../training/recipe-data.ts";

/** Keys are "corpus/type" and "mean"; a corpus is scored for the types that it annotates. */
export async function devScores(
  model: ModelFolder,
  recipe: Recipe,
  runtime: Runtime,
): Promise<Record<string, number>> {
  const { threads } = recipe.training;
  const demonstrations = await recipeDemonstrations(recipe);
  const options = { threads, ...(demonstrations && { demonstrations }) };
  await using tagger = await openModelTagger(model, options, { runtime, name: "dev" });
  const scores: Record<string, number> = {};
  const names = new Set<string>();
  for (const corpus of recipe.dev) {
    const types = corpus.annotates;
    const predicted = tagger.tag(openRecipeCorpus(corpus), { types });
    const result = await scoreCorpus(openRecipeCorpus(corpus), predicted, { types });
    const plain = corpus.name ?? basename(corpus.path);
    const name = names.has(plain) ? `${plain} ${names.size + 1}` : plain;
    names.add(name);
    for (const type of types) scores[`${name}/${type}`] = result.types[type]?.f1 ?? 0;
  }
  const values = Object.values(scores);
  return { ...scores, mean: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) };
}

/** Where a recipe's prompts show demonstrations, those of its training corpora. */
async function recipeDemonstrations({ instruction, data }: Recipe): Promise<TaggerOptions["demonstrations"]> {
  if (instruction === undefined || instruction.shots === 0) return undefined;
  const passages: Passage[] = [];
  for (const corpus of data) {
    for await (const document of openRecipeCorpus(corpus))
      passages.push(...document.passages.flatMap(sentencesOf));
  }
  return { passages, count: instruction.shots, by: "random" };
}
