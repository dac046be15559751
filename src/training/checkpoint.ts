/** @file The state of a run ↔ one file: everything that the next step depends on, written whole or not at all. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { readSafetensors, toFloat32, type TensorSource, writeSafetensors } from "../formats/safetensors.ts";
import type { ParameterShape } from "../models/llama.ts";
import type { AdamWState } from "./adamw.ts";
import { type Parameters, sizeOf } from "./parameters.ts";
import { type RunSettings, settingsThatDiffer } from "./run-settings.ts";

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
  settings: z.record(z.string(), z.string()),
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
  settings: RunSettings,
): Promise<void> {
  const tensors = new Map<string, TensorSource>();
  for (const [part, arrays] of parts(state)) {
    for (const { name, shape } of shapes) tensors.set(`${part}/${name}`, { shape, data: arrays.get(name)! });
  }
  const { step, bestScore, bestStep } = state;
  const progress = JSON.stringify({ step, bestScore, bestStep, settings });
  await writeSafetensors(path, tensors, { progress });
}

/** Fills `state` from the file; false where there is none. */
export async function loadCheckpoint(
  path: string,
  state: RunState,
  shapes: readonly ParameterShape[],
  settings: RunSettings,
): Promise<boolean> {
  if (!existsSync(path)) return false;
  const { tensors, progress } = await readCheckpoint(path);
  const changes = settingsThatDiffer(progress.settings, settings);
  if (changes.length > 0) {
    const more = changes.length > 3 ? ` and ${changes.length - 3} more` : "";
    const problem =
      `the recipe differs from the one that this run began with in ${changes.slice(0, 3).join(", ")}${more}; ` +
      "undo the change, choose another out=, or use --restart";
    throw new NeriumError("CHECKPOINT", problem, { file: path });
  }
  for (const [part, arrays] of parts(state)) {
    for (const parameter of shapes) {
      const tensor = tensors.get(`${part}/${parameter.name}`);
      const data = tensor === undefined ? undefined : toFloat32(tensor);
      if (data?.length !== sizeOf(parameter)) {
        const problem = `expected ${part}/${parameter.name} of another size; start again with --restart`;
        throw new NeriumError("CHECKPOINT", problem, { file: path });
      }
      arrays.get(parameter.name)!.set(data);
    }
  }
  const { step, bestScore, bestStep } = progress;
  Object.assign(state, { step, bestScore, bestStep });
  return true;
}

/** Whatever is wrong with the file, the way out is the same. */
async function readCheckpoint(path: string) {
  try {
    const { tensors, metadata } = await readSafetensors(path);
    return { tensors, progress: progressSchema.parse(JSON.parse(metadata["progress"] ?? "{}")) };
  } catch (cause) {
    const problem = "not a checkpoint of a run, or a damaged one; start again with --restart";
    throw new NeriumError("CHECKPOINT", problem, { file: path, cause });
  }
}
