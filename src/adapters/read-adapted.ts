/** @file A model folder of Nerium's, or the folder of an adapter that it trained → the whole model in memory, merged. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import { builtinModels } from "../hub/builtin-models.ts";
import { resolveModel } from "../hub/resolve-model.ts";
import { type ModelFolder, parameterShapes, readModelFolder } from "../models/model-folder.ts";
import { classifierNames } from "../models/token-classifier.ts";
import { mergedSource } from "./merge.ts";
import { type AdaptedModel, openAdaptedModel } from "./open-adapted.ts";
import { adapterConfigName } from "./peft.ts";

/** `path` is a folder or the name of a model that `nerium pull` has fetched. */
export async function readAdaptedModel(path: string): Promise<ModelFolder> {
  const folder = await resolveModel(path).catch((cause: unknown) => {
    const problem = `there is no such folder, no built-in model (${[...builtinModels.keys()].join(", ")}), and no model of this name was pulled (nerium pull ${path})`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
  });
  if (!existsSync(join(folder, adapterConfigName))) return readModelFolder(folder);
  await using model = await openAdaptedModel(folder);
  const { nerium, config, tokenizer } = model;
  if (nerium === undefined) {
    const problem =
      "the adapter has no nerium.json that says how it is asked; expected one that Nerium trained";
    throw new NeriumError("MODEL_FORMAT", problem, { file: folder });
  }
  const { network } = config;
  return {
    config: network,
    nerium,
    parameters: await mergedParameters(model, nerium),
    tokenizer: JSON.stringify(tokenizer.json),
  };
}

async function mergedParameters(
  { adapter, weights, heads, config }: AdaptedModel,
  nerium: ModelFolder["nerium"],
): Promise<ModelFolder["parameters"]> {
  const source = mergedSource(weights, adapter!);
  const parameters: ModelFolder["parameters"] = new Map();
  for (const { name } of parameterShapes(config.network, nerium)) {
    const own = { [classifierNames.weight]: heads?.weight, [classifierNames.bias]: heads?.bias }[name];
    parameters.set(name, own ?? (await source.read(name)));
  }
  return parameters;
}
