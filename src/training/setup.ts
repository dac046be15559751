/** @file A resolved recipe → what the loop needs before its first step: tokenizer, sizes, weights, data. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlockPlan } from "../adapters/block-inputs.ts";
import { freezeWeights, type FrozenWeights } from "../adapters/frozen-weights.ts";
import { loraParameters } from "../adapters/lora.ts";
import type { StorageSettings } from "../adapters/stored-matrix.ts";
import { NeriumError } from "../errors.ts";
import type { LlamaConfig, ParameterShape } from "../models/llama.ts";
import { sharedHead } from "../models/model-folder.ts";
import { classifierParameters } from "../models/token-classifier.ts";
import { cacheFolder } from "../shared/cache-folder.ts";
import { openTokenizer, specialTokens, type Tokenizer, trainBpe } from "../tokens/index.ts";
import { type BaseModel, openBaseModel } from "./base-model.ts";
import type { TrainingData } from "./batch.ts";
import { chooseExecution } from "./execution.ts";
import type { NetworkOptions } from "./open-network.ts";
import { initialParameters, type Parameters } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import { corpusTexts, loadData } from "./recipe-data.ts";
import { type Objective, objectiveParameters } from "./whole-graph.ts";

export interface Setup {
  readonly network: NetworkOptions;
  /** What is trained. */
  readonly shapes: readonly ParameterShape[];
  readonly parameters: Parameters;
  readonly base: BaseModel | undefined;
  readonly tokenizer: Tokenizer;
  readonly tokenizerText: string;
  readonly data: TrainingData;
  /** What a person should know about the data: counts of what could not be used as it is. */
  readonly notes: readonly string[];
}

export interface Sizes extends Pick<Setup, "base" | "tokenizer" | "tokenizerText"> {
  readonly config: LlamaConfig;
}

/** What a run would begin with, without its weights; writes nothing. */
export async function prepareSizes(
  recipe: Recipe,
  keptTokenizer?: string,
  open: (from: string) => Promise<BaseModel> = openBaseModel,
): Promise<Sizes> {
  const base = recipe.from === "" ? undefined : await open(recipe.from);
  const tokenizerText = await tokenizerFor(recipe, base, keptTokenizer);
  const tokenizer = openTokenizer(tokenizerText);
  return { base, tokenizer, tokenizerText, config: configFor(recipe, base, tokenizer) };
}

/** `continued`: the run has a checkpoint, so that the tokenizer in `out` is the one that it began with. */
export async function prepare(recipe: Recipe, continued: boolean): Promise<Setup> {
  await mkdir(recipe.out, { recursive: true });
  const kept = join(recipe.out, "tokenizer.json");
  const sizes = await prepareSizes(recipe, continued && existsSync(kept) ? kept : undefined);
  const { base, tokenizer, tokenizerText, config } = sizes;
  if (base === undefined && recipe.tokenizer === "") await writeFile(kept, tokenizerText);
  const { objective, plan, shapes } = trainedShapes(config, recipe);
  const parameters = initialParameters(shapes, config.layers, recipe.seed);
  if (base !== undefined) await startFrom(base, parameters, recipeHeads(recipe));
  const { data, notes: ofData } = await loadData(recipe, config, tokenizer);
  const notes = [...ofData];
  if (data.stepsPerEpoch(0) < recipe.training.accumulate) {
    throw new NeriumError(
      "DATA",
      "the recipe's data give no batch; are the files empty, or window.size too long?",
    );
  }
  const network: NetworkOptions = {
    config,
    objective,
    plan,
    ...(plan.lora !== undefined && {
      frozen: await freeze(base!, config, recipe, (note) => notes.push(note)),
    }),
    execution: chooseExecution(recipe, config),
    packed: recipe.window.packing,
    residualDropout: plan.lora === undefined ? recipe.training.dropout : 0,
    threads: recipe.training.threads,
  };
  return { network, shapes, parameters, base, tokenizer, tokenizerText, data, notes };
}

export interface Trained {
  readonly objective: Objective;
  readonly plan: BlockPlan;
  readonly shapes: readonly ParameterShape[];
}

/** The label heads of a recipe's model. */
export function recipeHeads({ types, instruction }: Recipe): readonly string[] {
  return instruction === undefined ? types : [sharedHead];
}

/** What a recipe trains of a model of these sizes. */
export function trainedShapes(config: LlamaConfig, recipe: Recipe): Trained {
  const { task, adapter, quantize } = recipe;
  const objective: Objective = task === "labels" ? { labels: recipeHeads(recipe) } : "tokens";
  if (adapter === undefined) {
    return { objective, plan: { storage: "float32" }, shapes: objectiveParameters(config, objective) };
  }
  const { storage } = storageSettings(quantize);
  const heads = objective === "tokens" ? [] : classifierParameters(config, objective.labels);
  return {
    objective,
    plan: { storage, compute: quantize.compute, lora: adapter },
    shapes: [...loraParameters(config, adapter), ...heads],
  };
}

/** How a recipe keeps what an adapter leaves alone. */
export function storageSettings({ storage, doubleQuantize }: Recipe["quantize"]): StorageSettings {
  return { storage: storage === "none" ? "float32" : storage, doubleQuantize };
}

/** Where quantised weights are kept for later runs. */
export const quantizedFolder = (): string => join(cacheFolder(process.env), "quantized");

function freeze(
  base: BaseModel,
  config: LlamaConfig,
  { quantize, from: model }: Recipe,
  onNote: (note: string) => void,
): Promise<FrozenWeights> {
  const { halfEmbedding, cache } = quantize;
  return freezeWeights(base, config, {
    ...storageSettings(quantize),
    halfEmbedding,
    cache: cache ? { folder: quantizedFolder(), model, files: base.files, onNote } : undefined,
  });
}

async function tokenizerFor(
  recipe: Recipe,
  base: BaseModel | undefined,
  kept: string | undefined,
): Promise<string> {
  if (recipe.tokenizer !== "") return await readText(recipe.tokenizer);
  if (base !== undefined) return base.tokenizer;
  if (kept !== undefined) return await readText(kept);
  return JSON.stringify(
    await trainBpe(corpusTexts(recipe), { vocabularySize: recipe.vocabularySize, specialTokens }),
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new NeriumError("UNREADABLE", `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  }
}

function configFor(recipe: Recipe, base: BaseModel | undefined, tokenizer: Tokenizer): LlamaConfig {
  const { vocabularySize } = tokenizer;
  if (base === undefined) return freshConfig(recipe, vocabularySize);
  if (base.config.vocabularySize < vocabularySize) {
    const problem = `the tokenizer has ${vocabularySize} tokens and the model ${base.config.vocabularySize}`;
    throw new NeriumError("RECIPE", `${problem}; leave tokenizer away to use the model's`, {
      file: recipe.from,
    });
  }
  if (recipe.window.size > base.config.maximumLength) {
    const problem = `window.size is ${recipe.window.size}, but the model reads at most ${base.config.maximumLength} tokens`;
    throw new NeriumError("RECIPE", problem, { file: recipe.from });
  }
  return { ...base.config, attention: recipe.task === "language" ? "causal" : recipe.model.attention };
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
async function startFrom(base: BaseModel, parameters: Parameters, types: readonly string[]): Promise<void> {
  for (const [name, data] of parameters) {
    if (!base.has(name)) continue;
    const source = await base.read(name);
    if (name.startsWith("classifier.")) copyHeads(source, base.heads, data, types);
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
