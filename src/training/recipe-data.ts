/** @file A recipe's corpora → the batches of its task, and what a person should know about them. */
import { mapTypes, openCorpus } from "../corpora/index.ts";
import { type Document, documentText } from "../documents/index.ts";
import type { LlamaConfig } from "../models/llama.ts";
import type { Tokenizer } from "../tokens/index.ts";
import type { TrainingData } from "./batch.ts";
import { labelPrompts } from "../models/label-prompts.ts";
import { type InstructionData, instructionData } from "./instruction-data.ts";
import { labelData, type LabelInstruction } from "./label-data.ts";
import { languageData } from "./language-data.ts";
import { maskedData, tokenStream } from "./masked-data.ts";
import type { Recipe, RecipeCorpus } from "./recipe.ts";

type TrainingCorpus = Recipe["data"][number] | RecipeCorpus;

/** A corpus of a recipe as documents whose mentions have the types of the heads. */
export function openRecipeCorpus(corpus: TrainingCorpus): AsyncGenerator<Document> {
  const { path, format, eval: evalPath, ids: idsPath, map } = corpus;
  const lines = format === "lines";
  const documents = openCorpus(path, {
    format: lines ? "text" : format,
    perLine: lines,
    evalPath,
    idsPath,
  });
  return mapTypes(documents, map);
}

export async function* corpusTexts(recipe: Recipe): AsyncGenerator<string> {
  for (const corpus of recipe.data) {
    for await (const document of openRecipeCorpus(corpus)) yield documentText(document);
  }
}

export interface LoadedData {
  readonly data: TrainingData;
  /** Counts of what could not be used as it is, in words for a person. */
  readonly notes: readonly string[];
}

export async function loadData(
  recipe: Recipe,
  config: LlamaConfig,
  tokenizer: Tokenizer,
): Promise<LoadedData> {
  const { window, seed, training } = recipe;
  const common = { config, tokenizer, batchTokens: training.batchTokens, seed };
  if (recipe.task === "masked") {
    const sources = [];
    for (const corpus of recipe.data) {
      sources.push({ stream: await tokenStream(openRecipeCorpus(corpus), tokenizer), repeat: corpus.repeat });
    }
    const data = maskedData(sources, { ...common, size: window.size, maskRate: training.maskRate });
    return { data, notes: [] };
  }
  const corpora = recipe.data.map((corpus) => ({
    documents: openRecipeCorpus(corpus),
    annotates: corpus.annotates,
    repeat: corpus.repeat,
  }));
  if (recipe.task === "language") {
    const { sequences, counts } = await instructionData(corpora, {
      instruction: recipe.instruction!,
      tokenizer,
      seed,
    });
    const { size, packing } = window;
    const data = languageData(sequences, { ...common, size, packing });
    return { data, notes: [languageNote(counts, data.tooLong, size)] };
  }
  const { tokenDropout } = training;
  const instruction = await labelInstruction(recipe, tokenizer);
  const settings = {
    ...common,
    types: recipe.types,
    window,
    tokenDropout,
    ...(instruction && { instruction }),
  };
  const { data, counts } = await labelData(corpora, settings);
  const notes = [
    `${counts.mentions} mentions; ${counts.misaligned} have a border inside a token and are trained with the token's, ` +
      `${counts.overlapping} overlap a longer one of the same type and are left out`,
  ];
  return { data, notes };
}

function languageNote(
  { sentences, instructions, negativesLeftOut }: InstructionData["counts"],
  tooLong: number,
  size: number,
): string {
  return (
    `${sentences} sentences, ${instructions} instructions; ${tooLong} are longer than window.size (${size} tokens) and are ` +
    `left out, ${negativesLeftOut} without a mention are left out by instruction.negatives`
  );
}

/** The prompts of a recipe that asks for labels in words. */
async function labelInstruction(
  { instruction, types }: Recipe,
  tokenizer: Tokenizer,
): Promise<LabelInstruction | undefined> {
  if (instruction === undefined) return undefined;
  const { dataset, firstTokens, mask } = instruction;
  return {
    prompts: await labelPrompts(tokenizer, types, dataset),
    firstTokens,
    zerosMask: mask === "zeros",
  };
}
