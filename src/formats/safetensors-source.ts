/** @file A .safetensors file, or the index of several → a WeightSource that reads tensors where they lie. */
import type { FileHandle } from "node:fs/promises";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { openToRead } from "./open-file.ts";
import { isFloatType, readFloats } from "./read-floats.ts";
import type { HeaderEntry } from "./safetensors-header.ts";
import { readHeader } from "./safetensors.ts";
import type { RowRange, WeightSource } from "./weight-source.ts";
import { allocateFloats, findRows } from "./weight-source.ts";

/** Llama 3.1 405B's index has 1,200 tensors in 95 kB; mixtures of experts come to some megabytes. */
const maxIndexBytes = 50_000_000;
/** DeepSeek's 671 billion parameters lie in 163 files; each is held open, and systems allow some 1,000. */
const maxShards = 500;
/** A plain name beside the index; a path could lead anywhere. */
const shardName = /^(?!\.)[^/\\\0]{1,255}$/;

const indexFile = z.object({ weight_map: z.record(z.string(), z.string()) });

interface Shard {
  readonly path: string;
  readonly handle: FileHandle;
  readonly dataStart: number;
  readonly entries: ReadonlyMap<string, HeaderEntry>;
}

type Placed = HeaderEntry & { readonly shard: Shard };

/** `path` is a .safetensors file or a `….safetensors.index.json`. All headers are read and checked, no tensor is. */
export async function openSafetensors(path: string): Promise<WeightSource> {
  const shards: Shard[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(shards.map(({ handle }) => handle.close()));
  };
  try {
    const entries = path.endsWith(".json")
      ? await openIndexed(path, shards)
      : placedIn(await openShard(path, shards));
    return {
      entries,
      read: (name, rows) => readRows(entries, name, rows, path),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readRows(
  entries: ReadonlyMap<string, Placed>,
  name: string,
  rows: RowRange | undefined,
  path: string,
): Promise<Float32Array<ArrayBuffer>> {
  const { entry, from, to, rowLength } = findRows(entries, name, rows, path);
  const { shard, dtype, start, end } = entry;
  if (!isFloatType(dtype)) {
    const problem = `expected ${name} as F32, F16 or BF16, got ${dtype}; quantised checkpoints are not read, take the original`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: shard.path });
  }
  const numbers = allocateFloats((to - from) * rowLength, name, shard.path);
  const size = numbers.length === 0 ? 0 : (end - start) / elementsOf(entry);
  const position = shard.dataStart + start + from * rowLength * size;
  await readFloats(shard.handle, dtype, position, numbers, shard.path);
  return numbers;
}

function elementsOf({ shape }: HeaderEntry): number {
  return shape.reduce((product, size) => product * size, 1);
}

async function openShard(path: string, opened: Shard[]): Promise<Shard> {
  const handle = await openToRead(path, "a .safetensors file");
  try {
    const { entries, dataStart } = await readHeader(handle, path, (await handle.stat()).size);
    const shard = { path, handle, dataStart, entries: new Map(entries.map((entry) => [entry.name, entry])) };
    opened.push(shard);
    return shard;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function placedIn(shard: Shard): Map<string, Placed> {
  return new Map([...shard.entries].map(([name, entry]) => [name, { ...entry, shard }]));
}

async function openIndexed(path: string, opened: Shard[]): Promise<Map<string, Placed>> {
  const places = await readIndex(path);
  const names = [...new Set(places.values())];
  if (names.length > maxShards) {
    throw new NeriumError("MODEL_FORMAT", `expected at most ${maxShards} files, got ${names.length}`, {
      file: path,
    });
  }
  const shards = new Map<string, Shard>();
  for (const name of names) shards.set(name, await openListed(path, name, opened));
  return new Map(
    [...places].map(([tensor, name]) => {
      const shard = shards.get(name)!;
      const entry = shard.entries.get(tensor);
      if (entry !== undefined) return [tensor, { ...entry, shard }];
      const problem = `expected the tensor ${tensor} here, as ${path} says; got ${shard.entries.size} others: the files are of different models, fetch them all again`;
      throw new NeriumError("MODEL_FORMAT", problem, { file: shard.path });
    }),
  );
}

async function openListed(index: string, name: string, opened: Shard[]): Promise<Shard> {
  if (!shardName.test(name)) {
    const problem = `weight_map: expected names of files in the same folder, got ${JSON.stringify(name.slice(0, 80))}`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: index });
  }
  const path = join(dirname(index), name);
  try {
    return await openShard(path, opened);
  } catch (cause) {
    if (!(cause instanceof NeriumError) || cause.code !== "UNREADABLE") throw cause;
    const problem = `expected this file, which ${index} lists; it cannot be opened: fetch it again, or all files of the model`;
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  }
}

/** The files that an index lists, each once. */
export async function listedShards(index: string): Promise<string[]> {
  return [...new Set((await readIndex(index)).values())].map((name) => join(dirname(index), name));
}

async function readIndex(path: string): Promise<Map<string, string>> {
  const refuse = (problem: string, cause?: unknown): NeriumError =>
    new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > maxIndexBytes) throw refuse(`expected at most ${maxIndexBytes} bytes, got ${size}`);
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof NeriumError) throw cause;
    const problem = `cannot be opened: ${(cause as Error).message}`;
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("expected JSON with a weight_map; fetch the file again", cause);
  }
  const parsed = indexFile.safeParse(json);
  if (parsed.success) return new Map(Object.entries(parsed.data.weight_map));
  throw refuse(`expected a weight_map from tensors to files: ${z.prettifyError(parsed.error)}`);
}
