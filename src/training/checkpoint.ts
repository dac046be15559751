/** @file The state of a run ↔ one file: everything that the next step depends on, written whole or not at all. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { readSafetensors, toFloat32, type TensorSource, writeSafetensors } from "../formats/safetensors.ts";
import type { ParameterShape } from "../models/llama.ts";
import type { AdamWState } from "./adamw.ts";
import { type Parameters, sizeOf } from "./parameters.ts";

export interface RunState {
  /** Optimizer steps done. */
  step: number;
  /** Best dev score so far, and the step it was reached at; −1 before the first evaluation. */
  bestScore: number;
  bestStep: number;
  readonly parameters: Parameters;
  readonly optimizer: AdamWState;
  /** Averaged weights, absent where the recipe does not ask for them. */
  readonly average: Parameters | undefined;
}

const progressSchema = z.object({
  step: z.int().min(0),
  bestScore: z.number(),
  bestStep: z.int(),
  /** The recipe's settings that must not change while a run goes on. */
  fingerprint: z.string(),
});

function parts(state: RunState): readonly (readonly [string, Parameters])[] {
  const { parameters, optimizer, average } = state;
  const always = [
    ["weights", parameters],
    ["first", optimizer.first],
    ["second", optimizer.second],
  ] as const;
  return average === undefined ? always : [...always, ["average", average]];
}

export async function saveCheckpoint(
  path: string,
  state: RunState,
  shapes: readonly ParameterShape[],
  fingerprint: string,
): Promise<void> {
  const tensors = new Map<string, TensorSource>();
  for (const [part, arrays] of parts(state)) {
    for (const { name, shape } of shapes) tensors.set(`${part}/${name}`, { shape, data: arrays.get(name)! });
  }
  const { step, bestScore, bestStep } = state;
  const progress = JSON.stringify({ step, bestScore, bestStep, fingerprint });
  await writeSafetensors(path, tensors, { progress });
}

/** Fills `state` from the file; false where there is none. */
export async function loadCheckpoint(
  path: string,
  state: RunState,
  shapes: readonly ParameterShape[],
  fingerprint: string,
): Promise<boolean> {
  if (!existsSync(path)) return false;
  const { tensors, metadata } = await readSafetensors(path);
  const progress = progressSchema.safeParse(JSON.parse(metadata["progress"] ?? "{}"));
  if (!progress.success) {
    throw new NeriumError("CHECKPOINT", "not a checkpoint of a run; start again with --restart", {
      file: path,
    });
  }
  if (progress.data.fingerprint !== fingerprint) {
    const problem =
      "the recipe differs from the one that this run began with; undo the change, choose another out=, or use --restart";
    throw new NeriumError("CHECKPOINT", problem, { file: path });
  }
  for (const [part, arrays] of parts(state)) {
    for (const parameter of shapes) {
      const tensor = tensors.get(`${part}/${parameter.name}`);
      const data = tensor === undefined ? undefined : toFloat32(tensor);
      if (data?.length !== sizeOf(parameter)) {
        throw new NeriumError("CHECKPOINT", `expected ${part}/${parameter.name} of another size`, {
          file: path,
        });
      }
      arrays.get(parameter.name)!.set(data);
    }
  }
  Object.assign(state, {
    step: progress.data.step,
    bestScore: progress.data.bestScore,
    bestStep: progress.data.bestStep,
  });
  return true;
}
