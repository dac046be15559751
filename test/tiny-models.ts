/** @file Nothing → a tokenizer of bytes and random models of a few thousand weights. */
import type { LlamaConfig } from "../src/models/llama.ts";
import type { ModelFolder } from "../src/models/model-folder.ts";
import { tokenClassifierParameters } from "../src/models/token-classifier.ts";
import { openTokenizer, specialTokens, type Tokenizer, trainBpe } from "../src/tokens/index.ts";
import { initialParameters } from "../src/training/parameters.ts";

async function* noTexts(): AsyncGenerator<string> {}

/** tokenizer.json with one token for each byte. */
export async function byteTokenizerText(): Promise<string> {
  return JSON.stringify(await trainBpe(noTexts(), { vocabularySize: 260, specialTokens }));
}

export async function byteTokenizer(): Promise<Tokenizer> {
  return openTokenizer(await byteTokenizerText());
}

export const tinyConfig: LlamaConfig = {
  vocabularySize: 260,
  hidden: 16,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headSize: 8,
  intermediate: 24,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  attention: "bidirectional",
  maximumLength: 64,
  tiedEmbeddings: true,
  attentionBias: "none",
  queryKeyNorm: false,
};

/** Weights are ten times the usual ones, so that the random labels are decided ones and depend on the neighbours. */
export async function tinyModel(types: readonly string[] = ["Disease", "Chemical"]): Promise<ModelFolder> {
  const parameters = initialParameters(tokenClassifierParameters(tinyConfig, types), tinyConfig.layers, 5);
  for (const [name, data] of parameters) {
    if (!name.includes("norm"))
      parameters.set(
        name,
        data.map((weight) => 10 * weight),
      );
  }
  const window = { size: 48, overlap: 16 };
  return {
    config: tinyConfig,
    nerium: { nerium: 1, task: "labels", types: [...types], tagged: [...types], window },
    parameters,
    tokenizer: await byteTokenizerText(),
  };
}

/** What a promise is rejected with; undefined if it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
