/** @file One optimizer step: a network, its parameters and one or more batches → loss, new parameters. */
import type { ParameterShape } from "../models/llama.ts";
import { adamWStep, averageStep, globalNorm, type Gradients } from "./adamw.ts";
import type { Batch } from "./batch.ts";
import type { RunState } from "./checkpoint.ts";
import type { Network } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import { learningRateAt } from "./schedule.ts";

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** Where dropout's random numbers begin. */
const dropoutSeed = 0xd09;

/**
 * Takes one step over `batches` (gradient accumulation: their losses and gradients are averaged, each batch with the
 * share of its own loss weights) and changes `state` in place.
 */
export async function takeStep(
  network: Network,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
  batches: readonly Batch[],
  steps: number,
): Promise<StepResult> {
  let [loss, gradients]: [number, Map<string, Float32Array> | undefined] = [0, undefined];
  for (const [index, batch] of batches.entries()) {
    const draw = [recipe.seed, dropoutSeed, state.step, ...(index === 0 ? [] : [index])];
    const result = await network.differentiate(state.parameters, batch, draw);
    loss += result.loss / batches.length;
    gradients = gradients === undefined ? new Map(result.gradients) : added(gradients, result.gradients);
  }
  if (batches.length > 1) scale(gradients!, 1 / batches.length);
  return { loss, ...update(recipe, network.trained, state, gradients!, steps) };
}

function added(total: Map<string, Float32Array>, more: Gradients): Map<string, Float32Array> {
  for (const [name, gradient] of more) {
    const sum = total.get(name)!;
    for (let place = 0; place < sum.length; place++) sum[place]! += gradient[place]!;
  }
  return total;
}

function scale(gradients: Gradients, factor: number): void {
  for (const gradient of gradients.values()) {
    for (let place = 0; place < gradient.length; place++) gradient[place]! *= factor;
  }
}

function update(
  { training }: Pick<Recipe, "training">,
  shapes: readonly ParameterShape[],
  state: RunState,
  gradients: Gradients,
  steps: number,
): Omit<StepResult, "loss"> {
  const step = state.step + 1;
  const learningRate = learningRateAt(training, step, steps);
  const gradientNorm = globalNorm(gradients);
  const clipped = training.clip > 0 ? Math.min(1, training.clip / (gradientNorm + 1e-12)) : 1;
  adamWStep(shapes, state.parameters, gradients, state.optimizer, training, {
    step,
    learningRate,
    scale: clipped,
  });
  if (state.average !== undefined) averageStep(state.average, state.parameters, training.average, step);
  state.step = step;
  return { gradientNorm, learningRate };
}
