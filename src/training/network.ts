/** @file What turns parameters and a batch into a loss and its gradients; steps and optimizers know nothing else of a model. */
import type { ParameterShape } from "../models/llama.ts";
import type { Gradients } from "./adamw.ts";
import type { Batch } from "./batch.ts";
import type { Parameters } from "./parameters.ts";

export interface Differentiated {
  readonly loss: number;
  /** One for each trained parameter, of its shape. */
  readonly gradients: Gradients;
}

export interface Network extends AsyncDisposable {
  /** What is trained; everything else is frozen. */
  readonly trained: readonly ParameterShape[];
  /** `draw` seeds this batch's random factors: equal ones give equal results. */
  differentiate(parameters: Parameters, batch: Batch, draw: readonly number[]): Promise<Differentiated>;
}

/** What a network does with the states behind its last block. */
export interface Head extends AsyncDisposable {
  readonly trained: readonly ParameterShape[];
  /** `states` are [batch, time, hidden]; `gradient` is that of the loss with respect to them. */
  differentiate(
    states: Float32Array<ArrayBuffer>,
    parameters: Parameters,
    batch: Batch,
  ): Promise<Differentiated & { readonly gradient: Float32Array<ArrayBuffer> }>;
}
