/** @file An adapter ↔ a PEFT folder: adapter_config.json and adapter_model.safetensors, with PEFT's keys and tensor names. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { readSafetensors, toFloat32, type TensorSource, writeSafetensors } from "../formats/safetensors.ts";
import type { LlamaConfig, ParameterShape } from "../models/llama.ts";
import { classifierNames } from "../models/token-classifier.ts";
import { loraParameters, type LoraSettings } from "./lora.ts";

export type AdapterTask = "CAUSAL_LM" | "TOKEN_CLS";

export interface Adapter {
  readonly settings: LoraSettings;
  readonly task: AdapterTask;
  /** Name or folder of the model it belongs to; empty if the file does not say. */
  readonly base: string;
  /** A and B by their names in the model, and the label heads where there are some. */
  readonly parameters: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

export const adapterConfigName = "adapter_config.json";
export const adapterWeightsName = "adapter_model.safetensors";

/** What PEFT puts before the names of the wrapped model. */
const wrapper = "base_model.model.";

const empty = z
  .record(z.string(), z.unknown())
  .nullish()
  .refine((pattern) => Object.keys(pattern ?? {}).length === 0, "expected no exceptions for single layers");
const off = z.literal(false).nullish();

/** PEFT's keys; those that would change what the tensors mean must be off. */
const configFile = z.looseObject({
  peft_type: z.literal("LORA"),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().min(1).max(65_536),
  lora_alpha: z.number(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: z.array(z.string()).min(1).max(100),
  use_rslora: z.boolean().nullish(),
  use_dora: off,
  fan_in_fan_out: off,
  lora_bias: off,
  bias: z.literal("none").nullish(),
  rank_pattern: empty,
  alpha_pattern: empty,
  layers_to_transform: z.null().optional(),
});

/** The module that holds the label heads. */
const headModule = classifierNames.weight.slice(0, classifierNames.weight.indexOf("."));

export function adapterShapes(
  config: LlamaConfig,
  settings: LoraSettings,
  heads: readonly ParameterShape[],
): ParameterShape[] {
  return [...loraParameters(config, settings), ...heads];
}

/** Writes the folder; PEFT loads it as it is. */
export async function writeAdapter(
  folder: string,
  { settings, task, base, parameters }: Adapter,
  shapes: readonly ParameterShape[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = new Map(
    shapes.map(({ name, shape }): [string, TensorSource] => {
      const data = parameters.get(name);
      if (data === undefined) throw new Error(`internal: no parameter ${name} to save`);
      return [wrapper + name, { shape, data }];
    }),
  );
  await writeSafetensors(join(folder, adapterWeightsName), tensors, { format: "pt" });
  const hasHeads = parameters.has(classifierNames.weight);
  const file = {
    peft_type: "LORA",
    task_type: task,
    base_model_name_or_path: base,
    r: settings.rank,
    lora_alpha: settings.alpha,
    lora_dropout: settings.dropout,
    target_modules: settings.targets,
    use_rslora: settings.rankStabilized,
    use_dora: false,
    fan_in_fan_out: false,
    bias: "none",
    modules_to_save: hasHeads ? [headModule] : null,
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    inference_mode: true,
  };
  await writeFile(join(folder, adapterConfigName), `${JSON.stringify(file, null, 2)}\n`);
}

async function readConfig(path: string): Promise<z.output<typeof configFile>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const problem =
      "cannot be read as JSON; a PEFT folder holds adapter_config.json and adapter_model.safetensors";
    throw new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
  }
  const parsed = configFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  const problem = `${key.join(".")}: ${message}; plain LoRA on named modules is what can be loaded`;
  throw new NeriumError("MODEL_FORMAT", problem, { file: path });
}

/** Name or folder of the model that an adapter is for; empty if its file does not say. */
export async function readAdapterBase(folder: string): Promise<string> {
  return (await readConfig(join(folder, adapterConfigName))).base_model_name_or_path ?? "";
}

/** Reads a folder that PEFT or Nerium wrote, for a model of these sizes and label heads. */
export async function readAdapter(
  folder: string,
  config: LlamaConfig,
  heads: readonly ParameterShape[] = [],
): Promise<Adapter> {
  const file = await readConfig(join(folder, adapterConfigName));
  const settings: LoraSettings = {
    rank: file.r,
    alpha: file.lora_alpha,
    dropout: file.lora_dropout,
    targets: file.target_modules.map((name) => name.slice(name.lastIndexOf(".") + 1)),
    rankStabilized: file.use_rslora ?? false,
  };
  const path = join(folder, adapterWeightsName);
  const { tensors } = await readSafetensors(path);
  // Older files name the adapter: "lora_A.default.weight".
  const found = new Map([...tensors].map(([name, tensor]) => [name.replace(".default.", "."), tensor]));
  const parameters = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name, shape } of adapterShapes(config, settings, heads)) {
    const tensor = found.get(wrapper + name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const got = tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`;
      const problem = `expected a tensor ${wrapper}${name} of shape [${shape.join(", ")}], got ${got}; is the adapter for another model?`;
      throw new NeriumError("MODEL_FORMAT", problem, { file: path });
    }
    parameters.set(name, toFloat32(tensor) as Float32Array<ArrayBuffer>);
  }
  const stranger = [...found.keys()].find((name) => !parameters.has(name.slice(wrapper.length)));
  if (stranger !== undefined) {
    const problem = `expected tensors of ${settings.targets.join(", ")} only, got ${stranger}`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: path });
  }
  const task = file.task_type === "TOKEN_CLS" ? "TOKEN_CLS" : "CAUSAL_LM";
  return { settings, task, base: file.base_model_name_or_path ?? "", parameters };
}
