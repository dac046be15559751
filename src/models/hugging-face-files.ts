/** @file Small files of a model's folder (JSON, text, vocabularies) → their contents, with a limit on their size. */
import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { NeriumError } from "../errors.ts";

/** Llama 4's tokenizer.json has 28 MB, the largest vocabulary file of any model some 40 MB. */
const maxVocabularyBytes = 200_000_000;
/** config.json, tokenizer_config.json (with 2,000 added tokens), templates. */
const maxConfigBytes = 10_000_000;

/** Undefined if the file is not there. */
export async function readBytes(path: string, maximum = maxVocabularyBytes): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maximum) {
      throw new NeriumError("MODEL_FORMAT", `expected at most ${maximum} bytes, got ${size}`, { file: path });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof NeriumError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const problem = `cannot be read: ${(cause as Error).message}`;
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  }
}

export async function readText(path: string, maximum = maxConfigBytes): Promise<string | undefined> {
  const bytes = await readBytes(path, maximum);
  return bytes && new TextDecoder().decode(bytes);
}

/** Undefined if the file is not there; no JSON, or not what the schema says, is MODEL_FORMAT. */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = "expected JSON; fetch the file again";
    throw new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new NeriumError("MODEL_FORMAT", `${key.join(".")}: ${message}`, { file: path });
}
