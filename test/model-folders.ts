/** @file A family's name → a folder in Hugging Face's layout with a random model whose weights follow from a formula. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoraMatrices } from "../src/models/gguf-adapter.ts";
import { parseHuggingFaceConfig } from "../src/models/hugging-face-config.ts";
import { languageParameters } from "../src/models/llama.ts";
import { type TensorSource, writeSafetensors } from "../src/formats/safetensors.ts";

/**
 * Weights that scripts/make-model-fixtures.py draws in the same way: a 32-bit hash of the place (Knuth's and
 * xorshift's), its upper 24 bits as a number in [-1, 1), scaled. Norms are near 1. All steps are exact in both.
 */
export function formulaWeights(name: string, size: number, place: number): Float32Array<ArrayBuffer> {
  const isNorm = name.includes("norm");
  return Float32Array.from({ length: size }, (_, index) => {
    let hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 12;
    hash = Math.imul(hash, 0x297a2d39);
    hash ^= hash >>> 15;
    const uniform = (hash >>> 8) / 2 ** 23 - 1;
    return isNorm ? 1 + uniform / 4 : uniform / 4;
  });
}

/** Writes config.json and model.safetensors; returns the folder. */
export async function writeFormulaModel(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  dtype: "F32" | "F16" | "BF16" = "F32",
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { network } = parseHuggingFaceConfig(config, "config.json");
  const names = languageParameters(network).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const tensors = new Map(
    names.map(({ name, shape }, place): [string, TensorSource] => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, data: formulaWeights(name, size, place), dtype }];
    }),
  );
  await writeSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

/** An adapter of every matrix of every block, drawn like the weights and behind them. */
export function formulaLora(config: Readonly<Record<string, unknown>>, rank: number): LoraMatrices[] {
  const parameters = languageParameters(parseHuggingFaceConfig(config, "config.json").network);
  const matrices = parameters
    .filter(({ name }) => name.endsWith("_proj.weight"))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return matrices.map(({ name, shape: [rows, columns] }, index) => {
    const place = parameters.length + 2 * index;
    const a = formulaWeights("lora_a", rank * columns!, place);
    const b = formulaWeights("lora_b", rows! * rank, place + 1);
    return { name, rank, a, b };
  });
}

export interface Family {
  readonly config: Readonly<Record<string, unknown>>;
  readonly prompt: readonly number[];
  /** The likeliest continuation. */
  readonly greedy: readonly number[];
  /** Every eighth score of what follows the prompt. */
  readonly scores: readonly number[];
  /** The likeliest continuation with `formulaLora`. */
  readonly lora: { readonly rank: number; readonly alpha: number; readonly greedy: readonly number[] };
}

/** What transformers computes for each family (scripts/make-model-fixtures.py). */
export function readFamilies(): Readonly<Record<string, Family>> {
  const path = join(import.meta.dirname, "fixtures", "models", "families.json");
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, Family>;
}
