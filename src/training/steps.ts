/** @file A recipe and its data → the steps of a run, and where its epochs begin. */
import type { TrainingData } from "./batch.ts";
import type { Recipe } from "./recipe.ts";

export interface StepPlan {
  /** First step of every epoch, counted from 0. */
  readonly epochStarts: readonly number[];
  readonly steps: number;
}

export function planSteps({ training }: Pick<Recipe, "training">, data: TrainingData): StepPlan {
  const epochStarts: number[] = [];
  let total = 0;
  for (let epoch = 0; training.steps > 0 ? total < training.steps : epoch < training.epochs; epoch++) {
    epochStarts.push(total);
    const share = training.steps > 0 ? 1 : Math.min(1, training.epochs - epoch);
    // 0 where chance leaves a corpus of small repeat out
    const all = Math.floor(data.stepsPerEpoch(epoch) / training.accumulate);
    total += Math.min(all, Math.max(1, Math.round(all * share)));
  }
  return { epochStarts, steps: training.steps > 0 ? training.steps : total };
}
