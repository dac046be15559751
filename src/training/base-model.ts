/** @file The model that a recipe starts from → its sizes, its tokenizer and a way to read its weights one at a time. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { WeightReader } from "../adapters/frozen-weights.ts";
import { weightFiles } from "../formats/open-weights.ts";
import { resolveModel } from "../hub/resolve-model.ts";
import { openLanguageModelFiles, readLanguageModelConfig } from "../models/hugging-face-model.ts";
import { openModelTokenizer } from "../models/hugging-face-tokenizer.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { headsOf, readModelFolder } from "../models/model-folder.ts";

export interface BaseModel extends WeightReader, AsyncDisposable {
  readonly config: LlamaConfig;
  /** Text of tokenizer.json. */
  readonly tokenizer: string;
  /** Types of its label heads; empty where it has none. */
  readonly heads: readonly string[];
  /** The files that its weights lie in. */
  readonly files: readonly string[];
  /** Whether it has a tensor of this name. */
  has(name: string): boolean;
}

/** A folder of Nerium's, a folder or file of a language model, or the name of one that `nerium pull` has fetched. */
export async function openBaseModel(from: string): Promise<BaseModel> {
  const path = await resolveModel(from);
  return existsSync(join(path, "nerium.json")) ? openNerium(path) : openLanguageModel(path);
}

/** A model of which only configuration and tokenizer are there: enough for a plan. */
export async function openDescription(folder: string): Promise<BaseModel> {
  const { json } = await openModelTokenizer(folder);
  const { network } = await readLanguageModelConfig(folder);
  return {
    config: network,
    tokenizer: JSON.stringify(json),
    heads: [],
    files: [],
    has: () => false,
    read: (name) => Promise.reject(new Error(`internal: ${name} is read of a model without weights`)),
    async [Symbol.asyncDispose]() {},
  };
}

async function openNerium(folder: string): Promise<BaseModel> {
  const { config, tokenizer, nerium, parameters } = await readModelFolder(folder);
  return {
    config,
    tokenizer,
    heads: nerium.task === "labels" ? headsOf(nerium) : [],
    files: await weightFiles(folder),
    has: (name) => parameters.has(name),
    async read(name, rows) {
      const data = parameters.get(name);
      if (data === undefined) throw new Error(`internal: no parameter ${name} in ${folder}`);
      return rows === undefined
        ? data.slice()
        : data.slice(rows.from * config.hidden, rows.to * config.hidden);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Weights stay on the disk until they are asked for. */
async function openLanguageModel(path: string): Promise<BaseModel> {
  const { json } = await openModelTokenizer(path);
  const { config, weights } = await openLanguageModelFiles(path);
  return {
    config: config.network,
    tokenizer: JSON.stringify(json),
    heads: [],
    files: await weightFiles(path),
    has: (name) => weights.entries.has(name),
    read: (name, rows) => weights.read(name, rows),
    [Symbol.asyncDispose]: () => weights[Symbol.asyncDispose](),
  };
}
