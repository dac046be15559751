/** @file One optimizer step: a network, its parameters and one or more batches → loss, new parameters. */
import type { ParameterShape } from "../models/llama.ts";
import { adamWStep, averageStep, globalNorm } from "./adamw.ts";
import type { Batch } from "./batch.ts";
import type { RunState } from "./checkpoint.ts";
import type { Floats } from "./device-embedding.ts";
import type { Network } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import { learningRateAt } from "./schedule.ts";

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export interface UpdateOptions {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Batches that the gradients are the sum of. */
  readonly batches: number;
}

/** Holds what is trained and changes it. Gradients that it is given are used up. */
export interface Optimizer<T> {
  readonly parameters: ReadonlyMap<string, T>;
  /** The sum of both. */
  add(total: ReadonlyMap<string, T>, more: ReadonlyMap<string, T>): Promise<ReadonlyMap<string, T>>;
  /** Clips, updates parameters, moments and the average; gives the gradients' global norm before clipping. */
  update(gradients: ReadonlyMap<string, T>, options: UpdateOptions): Promise<number>;
}

/** Where dropout's random numbers begin. */
const dropoutSeed = 0xd09;

/**
 * Takes one step over `batches` (gradient accumulation: their losses and gradients are averaged, each batch with the
 * share of its own loss weights); counts it in `state`.
 */
export async function stepWith<T>(
  network: Network<T>,
  optimizer: Optimizer<T>,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
  batches: readonly Batch[],
  steps: number,
): Promise<StepResult> {
  let [loss, gradients]: [number, ReadonlyMap<string, T> | undefined] = [0, undefined];
  for (const [index, batch] of batches.entries()) {
    const draw = [recipe.seed, dropoutSeed, state.step, ...(index === 0 ? [] : [index])];
    const result = await network.differentiate(optimizer.parameters, batch, draw);
    loss += result.loss / batches.length;
    gradients = gradients === undefined ? result.gradients : await optimizer.add(gradients, result.gradients);
  }
  const step = state.step + 1;
  const learningRate = learningRateAt(recipe.training, step, steps);
  const gradientNorm = await optimizer.update(gradients!, { step, learningRate, batches: batches.length });
  state.step = step;
  return { loss, gradientNorm, learningRate };
}

/** The same over arrays of this process, which are changed in place. */
export function takeStep(
  network: Network,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
  batches: readonly Batch[],
  steps: number,
): Promise<StepResult> {
  const optimizer = hostOptimizer(network.trained, recipe.training, state);
  return stepWith(network, optimizer, recipe, state, batches, steps);
}

/** AdamW over the run's own arrays. */
export function hostOptimizer(
  shapes: readonly ParameterShape[],
  training: Recipe["training"],
  state: RunState,
): Optimizer<Floats> {
  return {
    parameters: state.parameters,
    async add(total, more) {
      for (const [name, gradient] of more) {
        const sum = total.get(name)!;
        for (let place = 0; place < sum.length; place++) sum[place]! += gradient[place]!;
      }
      return total;
    },
    async update(gradients, { step, learningRate, batches }) {
      if (batches > 1) scale(gradients, 1 / batches);
      const norm = globalNorm(gradients);
      const clipped = training.clip > 0 ? Math.min(1, training.clip / (norm + 1e-12)) : 1;
      const settings = { step, learningRate, scale: clipped };
      adamWStep(shapes, state.parameters, gradients, state.optimizer, training, settings);
      if (state.average !== undefined) averageStep(state.average, state.parameters, training.average, step);
      return norm;
    },
  };
}

function scale(gradients: ReadonlyMap<string, Floats>, factor: number): void {
  for (const gradient of gradients.values()) {
    for (let place = 0; place < gradient.length; place++) gradient[place]! *= factor;
  }
}
