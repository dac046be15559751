/** @file A resolved recipe → what the loop needs before its first step: tokenizer, sizes, weights, data. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mapTypes, openCorpus } from "../corpora/index.ts";
import { type Document, documentText } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { type LlamaConfig, llamaParameters, type ParameterShape } from "../models/llama.ts";
import { type ModelFolder, readModelFolder } from "../models/model-folder.ts";
import { tokenClassifierParameters } from "../models/token-classifier.ts";
import { openTokenizer, specialTokens, type Tokenizer, trainBpe } from "../tokens/index.ts";
import type { TrainingData } from "./batch.ts";
import { labelData } from "./label-data.ts";
import { maskedData, tokenStream } from "./masked-data.ts";
import { initialParameters, type Parameters } from "./parameters.ts";
import type { Recipe, RecipeCorpus } from "./recipe.ts";

export interface Setup {
  readonly config: LlamaConfig;
  readonly shapes: readonly ParameterShape[];
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
  readonly tokenizerText: string;
  readonly data: TrainingData;
  /** What a person should know about the data: counts of what could not be used as it is. */
  readonly notes: readonly string[];
}

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

/** What must stay the same for a run to be continued: all that its losses depend on. */
export function fingerprint(recipe: Recipe): string {
  const { out: _, dev: __, tagged: ___, training, ...rest } = recipe;
  const { checkpointMinutes: ____, evaluateEvery: _____, threads: ______, ...settings } = training;
  return createHash("sha256")
    .update(JSON.stringify([rest, settings]))
    .digest("hex");
}

/** `continued`: the run has a checkpoint, so that the tokenizer in `out` is the one that it began with. */
export async function prepare(recipe: Recipe, continued: boolean): Promise<Setup> {
  await mkdir(recipe.out, { recursive: true });
  const base = recipe.from === "" ? undefined : await readModelFolder(recipe.from);
  const tokenizerText = await tokenizerFor(recipe, base, continued);
  const tokenizer = openTokenizer(tokenizerText);
  const config = configFor(recipe, base, tokenizer);
  const shapes =
    recipe.task === "labels" ? tokenClassifierParameters(config, recipe.types) : llamaParameters(config);
  const parameters = initialParameters(shapes, config.layers, recipe.seed);
  if (base !== undefined) startFrom(base, parameters, recipe);
  const { data, notes } = await loadData(recipe, config, tokenizer);
  if (data.stepsPerEpoch(0) === 0) {
    throw new NeriumError(
      "DATA",
      "the recipe's data give no batch; are the files empty, or window.size too long?",
    );
  }
  return { config, shapes, parameters, tokenizer, tokenizerText, data, notes };
}

async function tokenizerFor(
  recipe: Recipe,
  base: ModelFolder | undefined,
  continued: boolean,
): Promise<string> {
  if (recipe.tokenizer !== "") return await readText(recipe.tokenizer);
  if (base !== undefined) return base.tokenizer;
  const kept = join(recipe.out, "tokenizer.json");
  if (continued && existsSync(kept)) return await readText(kept);
  const trained = await trainBpe(texts(recipe), { vocabularySize: recipe.vocabularySize, specialTokens });
  const text = JSON.stringify(trained);
  await writeFile(kept, text);
  return text;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new NeriumError("UNREADABLE", `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  }
}

async function* texts(recipe: Recipe): AsyncGenerator<string> {
  for (const corpus of recipe.data) {
    for await (const document of openRecipeCorpus(corpus)) yield documentText(document);
  }
}

function configFor(recipe: Recipe, base: ModelFolder | undefined, tokenizer: Tokenizer): LlamaConfig {
  const { vocabularySize } = tokenizer;
  if (base !== undefined) {
    if (base.config.vocabularySize !== vocabularySize) {
      const problem = `the tokenizer has ${vocabularySize} tokens and the model ${base.config.vocabularySize}`;
      throw new NeriumError("RECIPE", `${problem}; leave tokenizer away to use the model's`, {
        file: recipe.from,
      });
    }
    if (recipe.window.size > base.config.maximumLength) {
      const problem = `window.size is ${recipe.window.size}, but the model reads at most ${base.config.maximumLength} tokens`;
      throw new NeriumError("RECIPE", problem, { file: recipe.from });
    }
    return { ...base.config, attention: recipe.model.attention };
  }
  return freshConfig(recipe, vocabularySize);
}

/** A model that starts from random weights: the plain architecture. */
export function freshConfig(
  { model, window }: Pick<Recipe, "model" | "window">,
  vocabularySize: number,
): LlamaConfig {
  return {
    ...model,
    vocabularySize,
    headSize: model.hidden / model.heads,
    maximumLength: Math.max(512, window.size),
    tiedEmbeddings: true,
    attentionBias: "none",
    queryKeyNorm: false,
  };
}

/** Takes over every weight that the base has, heads by their type; what it lacks stays random. */
function startFrom(base: ModelFolder, parameters: Parameters, recipe: Recipe): void {
  for (const [name, data] of parameters) {
    const source = base.parameters.get(name);
    if (source === undefined) continue;
    if (name.startsWith("classifier.")) copyHeads(source, base.nerium.types, data, recipe.types);
    else data.set(source);
  }
}

/** The classifier's rows of every type that both models know; arrays are [types · 3, width]. */
function copyHeads(
  source: Float32Array,
  from: readonly string[],
  target: Float32Array,
  to: readonly string[],
): void {
  const size = target.length / to.length;
  to.forEach((type, place) => {
    const known = from.indexOf(type);
    if (known >= 0) target.set(source.subarray(known * size, (known + 1) * size), place * size);
  });
}

async function loadData(
  recipe: Recipe,
  config: LlamaConfig,
  tokenizer: Tokenizer,
): Promise<Pick<Setup, "data" | "notes">> {
  const { window, seed, training } = recipe;
  const common = { config, tokenizer, batchTokens: training.batchTokens, seed };
  if (recipe.task === "masked") {
    const sources = [];
    for (const corpus of recipe.data) {
      sources.push({ stream: await tokenStream(openRecipeCorpus(corpus), tokenizer), repeat: corpus.repeat });
    }
    return {
      data: maskedData(sources, { ...common, size: window.size, maskRate: training.maskRate }),
      notes: [],
    };
  }
  const corpora = recipe.data.map((corpus) => ({
    documents: openRecipeCorpus(corpus),
    annotates: corpus.annotates,
    repeat: corpus.repeat,
  }));
  const { tokenDropout } = training;
  const { data, counts } = await labelData(corpora, { ...common, types: recipe.types, window, tokenDropout });
  const notes = [
    `${counts.mentions} mentions; ${counts.misaligned} have a border inside a token and are trained with the token's, ` +
      `${counts.overlapping} overlap a longer one of the same type and are left out`,
  ];
  return { data, notes };
}
