/** @file A folder or file of a language model (Hugging Face's layout, GGUF, llama2.c) → its configuration and weights. */
import { dirname, join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { findWeights, openWeights } from "../formats/open-weights.ts";
import type { ModelFile, WeightSource } from "../formats/weight-source.ts";
import { readJsonFile } from "./hugging-face-files.ts";
import { type LanguageModelConfig, parseHuggingFaceConfig } from "./hugging-face-config.ts";
import { embeddingName, languageParameters, outputName } from "./llama.ts";

export interface LanguageModelFiles extends AsyncDisposable {
  readonly config: LanguageModelConfig;
  /** Every parameter of the configuration is there, with its shape. */
  readonly weights: WeightSource;
}

/** Reads config.json, or what a single file says of itself, without opening the weights of a folder. */
export async function readLanguageModelConfig(path: string): Promise<LanguageModelConfig> {
  const folder = /\.safetensors(\.index\.json)?$/.test(path) ? dirname(path) : path;
  if (!/\.(gguf|bin)$/.test(folder)) {
    const file = join(folder, "config.json");
    const json = await readJsonFile(file, z.unknown());
    if (json !== undefined) return parseHuggingFaceConfig(json, file);
  }
  const file = await findWeights(path);
  await using weights = await openWeights(file);
  return configOf(weights, file);
}

function configOf(weights: WeightSource, file: string): LanguageModelConfig {
  if ("config" in weights) return parseHuggingFaceConfig((weights as ModelFile).config, file);
  const problem = "expected config.json beside the weights, got none; fetch the whole model";
  throw new NeriumError("MODEL_FORMAT", problem, { file });
}

/** Opens the model; no weight is read. */
export async function openLanguageModelFiles(path: string): Promise<LanguageModelFiles> {
  const config = await readLanguageModelConfig(path);
  const file = await findWeights(path);
  const weights = await openWeights(file);
  try {
    return {
      ...withFoundOutput(config, weights, file),
      [Symbol.asyncDispose]: () => weights[Symbol.asyncDispose](),
    };
  } catch (error) {
    await weights[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Checks the shapes. A vocabulary that was padded in the weights but not in config.json, or the other way round, is the
 * usual fault; an output matrix beside tied embeddings is a copy of them and is left alone.
 */
function withFoundOutput(config: LanguageModelConfig, weights: WeightSource, file: string) {
  for (const { name, shape } of languageParameters(config.network)) {
    const found = weights.entries.get(name);
    if (found !== undefined && found.shape.join() === shape.join()) continue;
    const got = found === undefined ? "none" : `[${found.shape.join(", ")}]`;
    const advice =
      found === undefined && name === outputName
        ? "set tie_word_embeddings to true in config.json if the model has none"
        : name === embeddingName
          ? "vocab_size and hidden_size in config.json must be those of the weights"
          : "config.json and the weights are of different models, or a file is missing";
    const problem = `expected a tensor ${name} of shape [${shape.join(", ")}], got ${got}; ${advice}`;
    throw new NeriumError("MODEL_FORMAT", problem, { file });
  }
  return { config, weights };
}
