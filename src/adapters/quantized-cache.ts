/**
 * @file The frozen matrices of a model → the same ones quantised: from the file that an earlier run wrote, or made anew and
 * kept. A file that is missing, damaged or of other weights, or that cannot be written, costs time and nothing else.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NeriumError } from "../errors.ts";
import { quantizedBytes, type QuantizedLayout, readQuantized, writeQuantized } from "./quantized-file.ts";
import { type StorageSettings, storeMatrix, type StoredMatrix } from "./stored-matrix.ts";

export interface QuantizedCache {
  /** The folder of such files. */
  readonly folder: string;
  /** The model as the recipe names it: a path, or a repository on the hub. */
  readonly model: string;
  /** The files that its weights lie in. */
  readonly files: readonly string[];
  /** Told what was found and done, in words for a person. */
  readonly onNote: (note: string) => void;
}

/** A change of what `storeMatrix` gives makes all files stale. */
const version = 1;

/** One file for each model and way to quantise: what has become stale is replaced, not joined by another. */
export function quantizedPath(folder: string, model: string, settings: StorageSettings): string {
  const { storage, doubleQuantize } = settings;
  const form = storage === "nf4" && doubleQuantize ? "nf4-double" : storage;
  const name = basename(model).replaceAll(/[^\w.-]/g, "_");
  const hash = createHash("sha256").update(model).digest("hex").slice(0, 12);
  return join(folder, `${name}.${form}.${hash}.safetensors`);
}

/** Name, size and times of each file. The time of its last change of any kind tells apart what package managers date alike. */
async function identify(files: readonly string[]): Promise<string> {
  const facts = files.map(async (file) => {
    const { size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [basename(file), ...[size, mtimeNs, ctimeNs].map(String)];
  });
  return JSON.stringify([version, await Promise.all(facts)]);
}

/** The matrices by name, in the layout's order. `read` gives a matrix in single precision, to be kept. */
export async function quantizedThrough(
  cache: QuantizedCache | undefined,
  layout: QuantizedLayout,
  read: (matrix: string) => Promise<Float32Array<ArrayBuffer>>,
): Promise<ReadonlyMap<string, StoredMatrix>> {
  const { matrices, settings } = layout;
  const made = new Map<string, StoredMatrix>();
  const make = async (name: string): Promise<StoredMatrix> => {
    const matrix = made.get(name) ?? storeMatrix(await read(name), matrices.get(name)!, settings);
    made.set(name, matrix);
    return matrix;
  };
  // Weights in single precision would be no smaller, nor sooner there.
  if (cache !== undefined && settings.storage !== "float32") {
    const path = quantizedPath(cache.folder, cache.model, settings);
    const origin = { model: cache.model, identity: await identify(cache.files) };
    const found = await readKept(path, cache, () => readQuantized(path, layout, origin));
    if (found !== undefined) return found;
    await keep(path, cache, quantizedBytes(layout), () => writeQuantized(path, layout, origin, make));
  }
  for (const name of matrices.keys()) await make(name);
  return made;
}

/** Undefined where there is no such file, or none that can be used: that is said. */
async function readKept<T>(
  path: string,
  { onNote }: QuantizedCache,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  try {
    const found = await read();
    onNote(`quantised weights were read from ${path}`);
    return found;
  } catch (error) {
    onNote(`the kept quantised weights cannot be used and are made anew: ${reasonOf(error, path)}`);
    return undefined;
  }
}

/** Its path is told once: errors of ours begin with it. */
function reasonOf(error: unknown, path: string): string {
  const { message } = error as Error;
  return error instanceof NeriumError && message.includes(path) ? message : `${path}: ${message}`;
}

/** `write` may fail for want of space, or because of the weights: whoever needs those meets that fault again. */
async function keep(
  path: string,
  { onNote }: QuantizedCache,
  bytes: number,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeAbandoned(path);
    const { bavail, bsize } = await statfs(dirname(path));
    if (bytes > bavail * bsize) throw new Error(`expected ${bytes} free bytes, got ${bavail * bsize}`);
    await write();
    onNote(`quantised weights were kept for later runs in ${path} (quantize.cache=false: not)`);
  } catch (error) {
    onNote(`quantised weights could not be kept for later runs: ${reasonOf(error, path)}`);
  }
}

/** A writer that is alive changes its file all the time; what has rested for an hour was left by one that was killed. */
const abandonedAfter = 3_600_000;

async function removeAbandoned(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(".tmp")) continue;
    const file = join(dirname(path), name);
    const age = Date.now() - (await stat(file)).mtimeMs;
    if (age > abandonedAfter) await rm(file, { force: true });
  }
}
