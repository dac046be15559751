/** @file What a run has learnt → a model folder, or an adapter's folder, and the whole model for its dev scores. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mergedWeight } from "../adapters/merge.ts";
import { writeAdapter } from "../adapters/peft.ts";
import { templateHash } from "../instructions/index.ts";
import { type ModelFolder, type NeriumFile, writeModelFolder } from "../models/model-folder.ts";
import type { RunState } from "./checkpoint.ts";
import type { Parameters } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import type { Setup } from "./setup.ts";
import { objectiveParameters } from "./whole-graph.ts";

async function neriumFile(recipe: Recipe, { network }: Setup): Promise<NeriumFile> {
  const { task, types, tagged, window, instruction } = recipe;
  return {
    nerium: 1,
    task,
    types: task === "labels" ? [...types] : [],
    tagged: task === "labels" ? [...tagged] : [],
    ...(network.plan.lora !== undefined && { attention: network.config.attention }),
    window: { size: window.size, overlap: window.overlap },
    ...(instruction !== undefined && { instruction: await instructionFile(recipe, instruction) }),
  };
}

async function instructionFile(
  { task, types }: Recipe,
  { style, variant, dataset, firstTokens, mask, perType }: NonNullable<Recipe["instruction"]>,
): Promise<NonNullable<NeriumFile["instruction"]>> {
  return {
    style,
    ...(variant !== undefined && { variant }),
    types: [...types],
    templateHash: await templateHash(style),
    ...(dataset !== undefined && { dataset }),
    ...(task === "labels" && { firstTokens, mask }),
    ...(task === "language" && { perType }),
  };
}

/** The whole model, the adapter merged into the weights as they were kept. */
export async function wholeModel(recipe: Recipe, setup: Setup, state: RunState): Promise<ModelFolder> {
  const learnt = state.average ?? state.parameters;
  const { config } = setup.network;
  const parameters = setup.network.frozen === undefined ? learnt : await mergedParameters(setup, learnt);
  return { config, nerium: await neriumFile(recipe, setup), parameters, tokenizer: setup.tokenizerText };
}

async function mergedParameters({ network, base }: Setup, learnt: Parameters): Promise<Parameters> {
  const { config, objective, plan, frozen } = network;
  const merged: Parameters = new Map();
  for (const { name } of objectiveParameters(config, objective)) {
    const own = learnt.get(name);
    const weight = own ?? frozen!.matrix(name) ?? (await base!.read(name));
    merged.set(name, own ?? mergedWeight(name, weight, { parameters: learnt, settings: plan.lora! }));
  }
  return merged;
}

/** Writes `folder`: a model folder, or the adapter with what is needed to use it. */
export async function saveTrained(
  folder: string,
  recipe: Recipe,
  setup: Setup,
  state: RunState,
): Promise<void> {
  const { plan } = setup.network;
  if (plan.lora === undefined) return writeModelFolder(folder, await wholeModel(recipe, setup, state));
  await mkdir(folder, { recursive: true });
  const parameters = state.average ?? state.parameters;
  const task = recipe.task === "labels" ? "TOKEN_CLS" : "CAUSAL_LM";
  await writeAdapter(folder, { settings: plan.lora, task, base: recipe.from, parameters }, setup.shapes);
  await writeFile(
    join(folder, "nerium.json"),
    `${JSON.stringify(await neriumFile(recipe, setup), null, 2)}\n`,
  );
  await writeFile(join(folder, "tokenizer.json"), setup.tokenizerText);
}
