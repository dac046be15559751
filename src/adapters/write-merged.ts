/** @file A model whose weights are read row by row → a folder that every tool of the Llama family opens. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  floatBytes,
  type FloatDType,
  streamSafetensors,
  type StreamedTensor,
} from "../formats/safetensors-write.ts";
import { rowsOf, type WeightSource } from "../formats/weight-source.ts";
import { huggingFaceConfig } from "../models/hugging-face-config.ts";
import { languageParameters, type ParameterShape } from "../models/llama.ts";
import { classifierNames } from "../models/token-classifier.ts";
import type { AdaptedModel } from "./open-adapted.ts";

/** Numbers that are held at once: 16 MB in single precision. */
const chunkNumbers = 4 * 2 ** 20;

/** Beside the tokenizer, as far as the base has them. */
const companions = [
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
  "generation_config.json",
  "LICENSE",
];

const torchNames: Readonly<Record<FloatDType, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

function streamed(source: WeightSource, { name, shape }: ParameterShape, dtype: FloatDType): StreamedTensor {
  const { rows, rowLength } = rowsOf(shape);
  const step = Math.max(1, Math.floor(chunkNumbers / rowLength));
  return {
    name,
    shape,
    dtype,
    bytes: async function* () {
      for (let from = 0; from < rows; from += step) {
        yield floatBytes(await source.read(name, { from, to: Math.min(rows, from + step) }), dtype);
      }
    },
  };
}

function headTensors({ heads, config }: AdaptedModel, dtype: FloatDType): StreamedTensor[] {
  if (heads === undefined) return [];
  const { hidden } = config.network;
  const tensor = (name: string, shape: readonly number[], data: Float32Array): StreamedTensor => ({
    name,
    shape,
    dtype,
    bytes: async function* () {
      yield floatBytes(data, dtype);
    },
  });
  return [
    tensor(classifierNames.weight, [heads.bias.length, hidden], heads.weight),
    tensor(classifierNames.bias, [heads.bias.length], heads.bias),
  ];
}

export async function writeMerged(
  folder: string,
  model: AdaptedModel,
  weights: WeightSource,
  dtype: FloatDType,
): Promise<void> {
  const { config, tokenizer, nerium, base } = model;
  await mkdir(folder, { recursive: true });
  const tensors = languageParameters(config.network).map((parameter) => streamed(weights, parameter, dtype));
  await streamSafetensors(join(folder, "model.safetensors"), [...tensors, ...headTensors(model, dtype)], {
    format: "pt",
  });
  const file = {
    ...huggingFaceConfig(config.network, nerium?.task ?? "language"),
    ...(config.beginId !== undefined && { bos_token_id: config.beginId }),
    ...(config.endIds.length > 0 && {
      eos_token_id: config.endIds.length === 1 ? config.endIds[0] : config.endIds,
    }),
    ...(config.padId !== undefined && { pad_token_id: config.padId }),
    torch_dtype: torchNames[dtype],
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(join(folder, "config.json"), json(file));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer.json));
  if (nerium !== undefined) {
    const { attention: _, ...rest } = nerium;
    await writeFile(join(folder, "nerium.json"), json(rest));
  }
  const from = (await stat(base)).isDirectory() ? base : dirname(base);
  for (const name of companions) {
    if (existsSync(join(from, name))) await copyFile(join(from, name), join(folder, name));
  }
}
