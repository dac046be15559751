/** @file A folder of a language model, or of an adapter for one → its weights on disk, its adapter, its tokenizer. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import type { WeightSource } from "../formats/weight-source.ts";
import { resolveModel } from "../hub/resolve-model.ts";
import type { LanguageModelConfig } from "../models/hugging-face-config.ts";
import { openLanguageModelFiles } from "../models/hugging-face-model.ts";
import { type LanguageModelTokenizer, openModelTokenizer } from "../models/hugging-face-tokenizer.ts";
import { headsOf, type NeriumFile, readNeriumFile } from "../models/model-folder.ts";
import { classifierNames, classifierParameters } from "../models/token-classifier.ts";
import type { MergedAdapter } from "./merge.ts";
import { adapterConfigName, type Adapter, readAdapter, readAdapterBase } from "./peft.ts";

export interface AdaptedModel extends AsyncDisposable {
  /** Folder or file of the base model. */
  readonly base: string;
  readonly config: LanguageModelConfig;
  readonly weights: WeightSource;
  readonly adapter: MergedAdapter | undefined;
  readonly tokenizer: LanguageModelTokenizer;
  /** What Nerium keeps beside a model or an adapter that it trained. */
  readonly nerium: NeriumFile | undefined;
  /** Label heads, where it has some. */
  readonly heads: Heads | undefined;
}

export interface Heads {
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/** `given` names the base where the adapter's file does not, or names another. */
export async function openAdaptedModel(path: string, given?: string): Promise<AdaptedModel> {
  const folder = await resolveModel(path);
  const isAdapter = existsSync(join(folder, adapterConfigName));
  const base = isAdapter ? await resolveModel(given ?? (await baseOf(folder))) : folder;
  const nerium = await readNeriumFile(folder);
  const { config, weights } = await openLanguageModelFiles(base);
  const network = { ...config.network, attention: nerium?.attention ?? config.network.attention };
  const headNames = nerium?.task === "labels" ? headsOf(nerium) : [];
  const shapes = headNames.length === 0 ? [] : classifierParameters(network, headNames);
  const adapter = isAdapter ? await readAdapter(folder, network, shapes) : undefined;
  const ownTokenizer = existsSync(join(folder, "tokenizer.json"));
  return {
    base,
    config: { ...config, network },
    weights,
    adapter,
    tokenizer: await openModelTokenizer(ownTokenizer ? folder : base),
    nerium,
    heads: shapes.length === 0 ? undefined : await readHeads(adapter, weights),
    [Symbol.asyncDispose]: () => weights[Symbol.asyncDispose](),
  };
}

async function baseOf(folder: string): Promise<string> {
  const base = await readAdapterBase(folder);
  if (base !== "") return base;
  const problem = "the adapter does not say which model it is for; name it with --base";
  throw new NeriumError("MODEL_FORMAT", problem, { file: join(folder, adapterConfigName) });
}

async function readHeads(adapter: Adapter | undefined, weights: WeightSource): Promise<Heads> {
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> =>
    adapter?.parameters.get(name) ?? (await weights.read(name));
  return { weight: await read(classifierNames.weight), bias: await read(classifierNames.bias) };
}
