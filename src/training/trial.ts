/** @file A recipe and its model's sizes, cut to a few layers → the time and memory of its steps, measured with random weights. */
import { freezeWeights, type WeightReader } from "../adapters/frozen-weights.ts";
import { linearShapes, type LlamaConfig } from "../models/llama.ts";
import { computerOn } from "../runtime/computer.ts";
import type { DeviceName } from "../runtime/types.ts";
import { normalFrom, randomFrom } from "../shared/random.ts";
import { adamWState } from "./adamw.ts";
import type { Batch } from "./batch.ts";
import type { NetworkOptions } from "./open-network.ts";
import { initialParameters, zeros } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import { storageSettings, trainedShapes } from "./setup.ts";
import { openTrainer } from "./trainer.ts";

export interface TrialRequest {
  readonly recipe: Recipe;
  /** Of the whole model; `layers` is how many of its blocks are tried. */
  readonly config: LlamaConfig;
  readonly layers: number;
  readonly execution: NetworkOptions["execution"];
  readonly batches: readonly Batch[];
  readonly device: DeviceName;
}

export interface TrialResult {
  /** Median of the measured steps. */
  readonly millisecondsPerStep: number;
  /** Largest resident memory of the process. */
  readonly peakBytes: number;
  readonly frozenBytes: number;
}

/** Normal numbers from a table, read from another place for each tensor: drawing billions would take longer than the trial. */
export function randomWeights(config: LlamaConfig): WeightReader {
  const normal = normalFrom(randomFrom(1));
  const table = Float32Array.from({ length: 1 << 20 }, () => 0.02 * normal());
  const shapes = new Map(linearShapes(config).map(({ name, shape }) => [`${name}.weight`, shape]));
  return {
    async read(name, rows) {
      if (name.endsWith("norm.weight"))
        return new Float32Array(name.includes("self_attn") ? config.headSize : config.hidden).fill(1);
      if (name.endsWith(".bias"))
        return new Float32Array(shapes.get(`${name.split(".").slice(3, -1).join(".")}.weight`)![0]!);
      const shape = shapes.get(name.split(".").slice(3).join("."));
      const count = rows === undefined ? config.vocabularySize : rows.to - rows.from;
      const data = new Float32Array(shape === undefined ? count * config.hidden : shape[0]! * shape[1]!);
      for (let start = 0; start < data.length; start += table.length - 7919)
        data.set(table.subarray(0, Math.min(table.length, data.length - start)), start);
      return data;
    },
  };
}

/** Steps beyond the first, whose sessions still grow. */
const measuredSteps = 3;

/** Run it in a process of its own: the peak is the process's. */
export async function runTrial({
  recipe,
  config,
  layers,
  execution,
  batches,
  device,
}: TrialRequest): Promise<TrialResult> {
  const small = { ...config, layers };
  const { objective, plan, shapes } = trainedShapes(small, recipe);
  const { halfEmbedding } = recipe.quantize;
  const frozen =
    plan.lora === undefined
      ? undefined
      : await freezeWeights(randomWeights(small), small, {
          ...storageSettings(recipe.quantize),
          halfEmbedding,
        });
  const options: NetworkOptions = {
    config: small,
    objective,
    plan,
    ...(frozen && { frozen }),
    execution,
    packed: recipe.window.packing,
    residualDropout: plan.lora === undefined ? recipe.training.dropout : 0,
    threads: recipe.training.threads,
  };
  const state = {
    step: 0,
    bestScore: -1,
    bestStep: -1,
    parameters: initialParameters(shapes, layers, recipe.seed),
    optimizer: adamWState(shapes),
    average: recipe.training.average > 0 ? zeros(shapes) : undefined,
  };
  await using trainer = await openTrainer(computerOn(device), options, recipe, state);
  const times: number[] = [];
  const { accumulate } = recipe.training;
  for (let step = 0; step <= measuredSteps; step++) {
    const chosen = Array.from(
      { length: accumulate },
      (_, index) => batches[(step * accumulate + index) % batches.length]!,
    );
    const began = performance.now();
    await trainer.step(chosen, 1000);
    if (step > 0) times.push(performance.now() - began);
  }
  return {
    millisecondsPerStep: times.sort((a, b) => a - b)[measuredSteps >> 1]!,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    frozenBytes: frozen?.bytes ?? 0,
  };
}
