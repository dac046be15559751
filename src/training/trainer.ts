/** @file Where a run computes, its network and its state → what takes its steps; the loop does not see where that is. */
import type { Computer } from "../runtime/computer.ts";
import type { DeviceRuntime, Runtime } from "../runtime/types.ts";
import type { Batch } from "./batch.ts";
import type { RunState } from "./checkpoint.ts";
import { openDeviceOptimizer } from "./device-optimizer.ts";
import { type NetworkOptions, openDeviceNetwork, openNetwork } from "./open-network.ts";
import type { Recipe } from "./recipe.ts";
import { type StepResult, stepWith, takeStep } from "./step.ts";

export interface Trainer extends AsyncDisposable {
  /** `steps` are those of the whole run. */
  step(batches: readonly Batch[], steps: number): Promise<StepResult>;
  /** Brings the run's state up to date: the weights that a model is made of, or all that a checkpoint needs. */
  sync(what: "weights" | "all"): Promise<void>;
}

export function openTrainer(
  { runtime, resident }: Computer,
  options: NetworkOptions,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
): Promise<Trainer> {
  return resident === undefined
    ? openHostTrainer(runtime, options, recipe, state)
    : openDeviceTrainer(resident, options, recipe, state);
}

async function openHostTrainer(
  runtime: Runtime,
  options: NetworkOptions,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
): Promise<Trainer> {
  const network = await openNetwork(runtime, options);
  return {
    step: (batches, steps) => takeStep(network, recipe, state, batches, steps),
    async sync() {},
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

async function openDeviceTrainer(
  device: DeviceRuntime,
  options: NetworkOptions,
  recipe: Pick<Recipe, "seed" | "training">,
  state: RunState,
): Promise<Trainer> {
  const network = await openDeviceNetwork(device, options);
  const optimizer = await openDeviceOptimizer(device, network.trained, recipe.training, state);
  return {
    step: (batches, steps) => stepWith(network, optimizer, recipe, state, batches, steps),
    sync: (what) => optimizer.sync(what),
    async [Symbol.asyncDispose]() {
      await optimizer[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}
