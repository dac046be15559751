/** @file What turns parameters and a batch into a loss and its gradients; steps and optimizers know nothing else of a model. */
import type { ParameterShape } from "../models/llama.ts";
import type { Batch } from "./batch.ts";
import type { Floats } from "./device-embedding.ts";

export interface Differentiated<T = Floats> {
  readonly loss: number;
  /** One for each trained parameter, of its shape. Whoever asked for them frees them. */
  readonly gradients: ReadonlyMap<string, T>;
}

/** Parameters and gradients are arrays of this process, or what a place keeps on a device (device-place.ts). */
export interface Network<T = Floats> extends AsyncDisposable {
  /** What is trained; everything else is frozen. */
  readonly trained: readonly ParameterShape[];
  /** `draw` seeds this batch's random factors: equal ones give equal results. */
  differentiate(
    parameters: ReadonlyMap<string, T>,
    batch: Batch,
    draw: readonly number[],
  ): Promise<Differentiated<T>>;
}

/** What a network does with the states behind its last block. */
export interface Head<T = Floats> extends AsyncDisposable {
  readonly trained: readonly ParameterShape[];
  /** `states` are [batch, time, hidden]; `gradient` is that of the loss with respect to them. */
  differentiate(
    states: T,
    parameters: ReadonlyMap<string, T>,
    batch: Batch,
  ): Promise<Differentiated<T> & { readonly gradient: T }>;
}
