/** @file Parameters and their gradients → updated parameters: AdamW (Loshchilov & Hutter 2019), clipping, averaging. */
import type { ParameterShape } from "../models/llama.ts";
import { decays, type Parameters, zeros } from "./parameters.ts";

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export interface AdamWState {
  readonly first: Parameters;
  readonly second: Parameters;
}

export function adamWState(shapes: readonly ParameterShape[]): AdamWState {
  return { first: zeros(shapes), second: zeros(shapes) };
}

export type Gradients = ReadonlyMap<string, Float32Array>;

export function globalNorm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of gradients.values()) {
    for (let index = 0; index < gradient.length; index++) sum += gradient[index]! * gradient[index]!;
  }
  return Math.sqrt(sum);
}

/** One step in place; `step` counts from 1, gradients are multiplied by `scale` (clipping) on the way. */
export function adamWStep(
  shapes: readonly ParameterShape[],
  parameters: Parameters,
  gradients: Gradients,
  state: AdamWState,
  settings: AdamWSettings,
  {
    step,
    learningRate,
    scale,
  }: { readonly step: number; readonly learningRate: number; readonly scale: number },
): void {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const rate = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  for (const shape of shapes) {
    const weights = parameters.get(shape.name)!;
    const gradient = gradients.get(shape.name)!;
    const first = state.first.get(shape.name)!;
    const second = state.second.get(shape.name)!;
    const keep = 1 - (decays(shape) ? learningRate * weightDecay : 0);
    for (let index = 0; index < weights.length; index++) {
      const slope = gradient[index]! * scale;
      const mean = beta1 * first[index]! + (1 - beta1) * slope;
      const square = beta2 * second[index]! + (1 - beta2) * slope * slope;
      first[index] = mean;
      second[index] = square;
      weights[index] = weights[index]! * keep - (rate * mean) / (Math.sqrt(square) * correction + epsilon);
    }
  }
}

/** Exponential moving average of the weights, in place; early steps use a shorter memory. */
export function averageStep(average: Parameters, parameters: Parameters, decay: number, step: number): void {
  const keep = Math.min(decay, (1 + step) / (10 + step));
  for (const [name, mean] of average) {
    const weights = parameters.get(name)!;
    for (let index = 0; index < mean.length; index++)
      mean[index] = keep * mean[index]! + (1 - keep) * weights[index]!;
  }
}
