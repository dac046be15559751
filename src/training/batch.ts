/** @file What every kind of training data gives to the loop: epochs of batches that are the same for the same seed. */
import { attentionMaskData } from "../models/attention-mask.ts";
import type { LlamaConfig } from "../models/llama.ts";
import type { Random } from "../shared/random.ts";
import { floats, type Tensor, type Tensors } from "../runtime/types.ts";

export interface Batch {
  /** Inputs of the training graph beside the parameters and the dropout factors. */
  readonly feeds: Tensors;
  readonly rows: number;
  readonly time: number;
  /** Real tokens, without padding. */
  readonly tokens: number;
  /** Token ids as they are fed, [rows · time]: the embedding rows whose gradient comes back. */
  readonly ids: Int32Array;
}

export interface TrainingData {
  readonly stepsPerEpoch: (epoch: number) => number;
  readonly tokensPerEpoch: number;
  /** Batch `index` of an epoch; depends on the seed, the epoch and the index only. */
  readonly batch: (epoch: number, index: number) => Batch;
}

/** The graph's `mask` input for rows of these lengths. */
export function maskTensor(lengths: readonly number[], time: number, config: LlamaConfig): Tensor {
  const { data, shape } = attentionMaskData(lengths, time, config);
  return floats(data, shape);
}

/** Factors 0 or 1/(1−p) of every element. */
export function dropoutFactors(shape: readonly number[], rate: number, random: Random): Tensor {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const kept = 1 / (1 - rate);
  for (let index = 0; index < data.length; index++) data[index] = random() < rate ? 0 : kept;
  return floats(data, shape);
}

/** Factors of the residual branches, the same for all tokens of a row (Gal & Ghahramani 2016), [2 · layers, rows, 1, hidden]. */
export function residualDropout(config: LlamaConfig, rows: number, rate: number, random: Random): Tensor {
  return dropoutFactors([2 * config.layers, rows, 1, config.hidden], rate, random);
}
