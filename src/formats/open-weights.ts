/** @file A model's folder or file → its weights, whichever of the known kinds they are. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import { openGguf } from "./gguf-source.ts";
import { openLlama2c } from "./llama2c-source.ts";
import { listedShards, openSafetensors } from "./safetensors-source.ts";
import type { WeightSource } from "./weight-source.ts";

const indexName = "model.safetensors.index.json";
const singleName = "model.safetensors";

/** Which file of a folder has the weights: the index of several, the one file, or the path itself if it is a file. */
export async function findWeights(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    const problem = "expected a model's folder or file, got nothing there; nerium pull fetches models";
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  });
  if (!found.isDirectory()) return path;
  const names = await readdir(path);
  const name = [indexName, singleName].find((one) => names.includes(one));
  if (name !== undefined) return join(path, name);
  const gguf = names.filter((one) => one.endsWith(".gguf"));
  if (gguf.length === 1) return join(path, gguf[0]!);
  throw new NeriumError("MODEL_FORMAT", missing(names, gguf), { file: path });
}

function missing(names: readonly string[], gguf: readonly string[]): string {
  const expected = `expected ${singleName}, ${indexName} or one .gguf file`;
  if (gguf.length > 1)
    return `${expected}, got ${gguf.length} .gguf files; name one of them: ${gguf.join(", ")}`;
  if (names.some((name) => /\.(bin|pth|pt)$/.test(name)))
    return `${expected}, got PyTorch files, which can run code when read; convert them to safetensors first`;
  if (names.includes("adapter_model.safetensors")) return `${expected}, got an adapter; name its base model`;
  return `${expected}, got ${names.length === 0 ? "an empty folder" : names.slice(0, 12).join(", ")}`;
}

/** The files that the weights of a model's folder or file lie in: those that an index lists, else the one. */
export async function weightFiles(path: string): Promise<string[]> {
  const file = await findWeights(path);
  return file.endsWith(".safetensors.index.json") ? [file, ...(await listedShards(file))] : [file];
}

/** Opens .safetensors files (one, or an index of several), GGUF, and llama2.c's .bin. */
export async function openWeights(path: string): Promise<WeightSource> {
  const file = await findWeights(path);
  if (file.endsWith(".gguf")) return openGguf(file);
  if (file.endsWith(".safetensors") || file.endsWith(".safetensors.index.json")) return openSafetensors(file);
  if (file.endsWith(".bin")) return openLlama2c(file);
  const problem = "expected weights in .safetensors, .safetensors.index.json, .gguf or llama2.c's .bin";
  throw new NeriumError("MODEL_FORMAT", problem, { file });
}
