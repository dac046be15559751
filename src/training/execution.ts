/** @file A recipe and its model's sizes → whether it is run as one graph or block by block. */
import { type LlamaConfig, languageParameters } from "../models/llama.ts";
import { sizeOf } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";

/**
 * One graph keeps what every block computes for the backward pass, and is then a third faster; beyond this many bytes
 * of it the blocks' inputs alone are kept and the rest is computed again.
 */
const mostActivationBytes = 3e9;

/** Numbers that a block keeps for its backward pass, for each token (counted on the graph: norms, projections, scores, gates). */
function activationsPerToken(
  { hidden, heads, kvHeads, headSize, intermediate }: LlamaConfig,
  time: number,
): number {
  return 8 * hidden + 4 * (heads + 2 * kvHeads) * headSize + 3 * heads * time + 5 * intermediate;
}

export function activationBytes(config: LlamaConfig, tokens: number, time: number): number {
  return 4 * config.layers * tokens * activationsPerToken(config, time);
}

/** Weights that one graph holds as single-precision inputs and results. */
const mostWholeParameters = 4e8;

export function chooseExecution(
  { training, window, quantize }: Pick<Recipe, "training" | "window" | "quantize">,
  config: LlamaConfig,
): "whole" | "blocks" {
  if (training.execution !== "auto") return training.execution;
  const parameters = languageParameters(config).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const kept = activationBytes(config, Math.max(training.batchTokens, window.size), window.size);
  return quantize.storage === "none" && parameters <= mostWholeParameters && kept <= mostActivationBytes
    ? "whole"
    : "blocks";
}
