/** @file A device → tests of AdamW on it against AdamW over arrays: weights, moments, averages and norms, step by step. */
import { describe, expect, it } from "vitest";
import type { DeviceRuntime, DeviceTensor } from "../src/runtime/types.ts";
import { floats } from "../src/runtime/types.ts";
import { normalFrom, randomFrom } from "../src/shared/random.ts";
import { adamWState } from "../src/training/adamw.ts";
import type { RunState } from "../src/training/checkpoint.ts";
import { openDeviceOptimizer } from "../src/training/device-optimizer.ts";
import { initialParameters, type Parameters, sizeOf, zeros } from "../src/training/parameters.ts";
import { resolveRecipe } from "../src/training/recipe.ts";
import { hostOptimizer } from "../src/training/step.ts";
import { expectClose } from "./close.ts";

/** Two blocks of the same shapes, an embedding, which does not decay, and a vector beside them. */
const shapes = [
  { name: "model.embed_tokens.weight", shape: [11, 6] },
  ...[0, 1].flatMap((layer) => [
    { name: `model.layers.${layer}.mlp.up_proj.weight`, shape: [7, 6] },
    { name: `model.layers.${layer}.input_layernorm.weight`, shape: [6] },
  ]),
  { name: "model.norm.weight", shape: [6] },
];

function freshState(averaged: boolean): RunState {
  const parameters = initialParameters(shapes, 2, 3);
  const average = averaged ? zeros(shapes) : undefined;
  for (const [name, data] of average ?? []) data.set(parameters.get(name)!);
  return { step: 0, bestScore: -1, bestStep: -1, parameters, optimizer: adamWState(shapes), average };
}

/** Gradients of all sizes: some thousand times as large as others, and some 0. */
function gradientsAt(step: number, part: number): Parameters {
  return new Map(
    shapes.map((shape, index) => {
      const normal = normalFrom(randomFrom(step, part, index));
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, place) =>
        place % 5 === 0 ? 0 : normal() * 10 ** ((index % 4) - 3),
      );
      return [shape.name, data];
    }),
  );
}

const trainingOf = (settings: string) =>
  resolveRecipe(`{ out: x, data: [{ path: x }], types: [T], training: { ${settings} } }`).recipe.training;

const cases: readonly (readonly [string, string, number])[] = [
  ["clipping and decay", "clip: 0.5, weightDecay: 0.1, threads: 1", 1],
  ["no clipping, an average", "clip: 0, average: 0.99, threads: 1", 1],
  ["three batches a step, clipping and an average", "clip: 1, average: 0.9, threads: 1", 3],
];

/** Relative to each array's largest number, after 25 steps. */
export const optimizerBound = 2e-6;

async function parked(device: DeviceRuntime, gradients: Parameters): Promise<Map<string, DeviceTensor>> {
  const tensors = new Map<string, DeviceTensor>();
  for (const { name, shape } of shapes)
    tensors.set(name, await device.park(floats(gradients.get(name)!, shape)));
  return tensors;
}

export function describeOptimizer(name: string, device: DeviceRuntime): void {
  describe(`AdamW on ${name}`, () => {
    it.each(cases)("does what AdamW over arrays does: %s", async (_, settings, batches) => {
      const training = trainingOf(settings);
      const [here, there] = [freshState(training.average > 0), freshState(training.average > 0)];
      const host = hostOptimizer(shapes, training, here);
      const before = device.liveTensors();
      const other = await openDeviceOptimizer(device, shapes, training, there);
      for (let step = 1; step <= 25; step++) {
        let sum: ReadonlyMap<string, Float32Array<ArrayBuffer>> = gradientsAt(step, 0);
        let resident: ReadonlyMap<string, DeviceTensor> = await parked(device, gradientsAt(step, 0));
        for (let part = 1; part < batches; part++) {
          sum = await host.add(sum, gradientsAt(step, part));
          resident = await other.add(resident, await parked(device, gradientsAt(step, part)));
        }
        const options = { step, learningRate: 0.01 / step, batches };
        const norms = [await host.update(sum, options), await other.update(resident, options)];
        expect(Math.abs(norms[1]! / norms[0]! - 1)).toBeLessThan(1e-6);
      }
      const first = there.optimizer.first.get(shapes[0]!.name)!;
      await other.sync("weights");
      expect(first.every((number) => number === 0)).toBe(true); // only what a model is made of
      await other.sync("all");
      for (const { name } of shapes) {
        expectClose(name, there.parameters.get(name)!, here.parameters.get(name)!, optimizerBound);
        expectClose(name, there.optimizer.first.get(name)!, here.optimizer.first.get(name)!, optimizerBound);
        expectClose(
          name,
          there.optimizer.second.get(name)!,
          here.optimizer.second.get(name)!,
          optimizerBound,
        );
        if (here.average !== undefined)
          expectClose(name, there.average!.get(name)!, here.average.get(name)!, optimizerBound);
      }
      await other[Symbol.asyncDispose]();
      expect(device.liveTensors()).toBe(before);
    });
  });
}
