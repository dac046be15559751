/** @file The model that a recipe starts from → its sizes, its tokenizer and a way to read its weights one at a time. */
import type { WeightReader } from "../adapters/frozen-weights.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { headsOf, readModelFolder } from "../models/model-folder.ts";

export interface BaseModel extends WeightReader {
  readonly config: LlamaConfig;
  /** Text of tokenizer.json. */
  readonly tokenizer: string;
  /** Types of its label heads; empty where it has none. */
  readonly heads: readonly string[];
  /** Whether it has a tensor of this name. */
  has(name: string): boolean;
}

export async function openBaseModel(folder: string): Promise<BaseModel> {
  const { config, tokenizer, nerium, parameters } = await readModelFolder(folder);
  return {
    config,
    tokenizer,
    heads: headsOf(nerium),
    has: (name) => parameters.has(name),
    async read(name, rows) {
      const data = parameters.get(name);
      if (data === undefined) throw new Error(`internal: no parameter ${name} in ${folder}`);
      if (rows === undefined) return data.slice();
      const width = config.hidden;
      return data.slice(rows.from * width, rows.to * width);
    },
  };
}
