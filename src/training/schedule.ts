/** @file Step → learning rate: a linear warm-up, then one of the usual ways down. */

export type ScheduleName = "cosine" | "linear" | "constant" | "wsd";

export interface ScheduleSettings {
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  /** Fraction of all steps. */
  readonly warmup: number;
  /** Fraction of `learningRate` at the last step. */
  readonly finalLearningRate: number;
}

/** "wsd" (warm-up, stable, decay; Hu et al. 2024) stays constant and falls linearly over the last fifth. */
const decayShare = 0.2;

/** Share of the learning rate that is left, by the share of the way from warm-up to end. */
const remaining: { readonly [name in ScheduleName]: (progress: number) => number } = {
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
  linear: (progress) => 1 - progress,
  constant: () => 1,
  wsd: (progress) => Math.min(1, (1 - progress) / decayShare),
};

/** `step` counts from 1 to `steps`. */
export function learningRateAt(settings: ScheduleSettings, step: number, steps: number): number {
  const { schedule, learningRate, warmup, finalLearningRate } = settings;
  const warmupSteps = Math.round(warmup * steps);
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return learningRate * (finalLearningRate + (1 - finalLearningRate) * remaining[schedule](progress));
}
