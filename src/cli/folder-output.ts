/** @file Pieces of many files → a folder in which they all appear together, when the last one is complete. */
import { rmSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileChunk } from "../corpora/index.ts";

/** Files that are open at once; brat's are through after one piece, BioCreative's three grow side by side. */
const maxOpen = 8;
/** A sentence a write is slow. */
const enough = 1 << 16;

interface OpenFile {
  readonly handle: FileHandle;
  waiting: string;
}

/**
 * Writes to a hidden neighbour (`.name.partial/`) and moves the files when all are written. A folder that exists keeps
 * its other files. The neighbour is removed on failure and on abort.
 */
export async function writeFolder(
  folder: string,
  chunks: AsyncIterable<FileChunk>,
  signal: AbortSignal,
): Promise<void> {
  const partial = join(dirname(folder), `.${basename(folder)}.partial`);
  const discard = (): void => rmSync(partial, { force: true, recursive: true });
  discard();
  await mkdir(partial, { recursive: true });
  signal.addEventListener("abort", discard);
  try {
    await writeAll(partial, chunks);
    await moveFiles(partial, folder);
  } finally {
    signal.removeEventListener("abort", discard);
    await rm(partial, { force: true, recursive: true });
  }
}

async function writeAll(folder: string, chunks: AsyncIterable<FileChunk>): Promise<void> {
  const files = new Map<string, OpenFile>(); // the one used last stands last
  try {
    for await (const { name, text } of chunks) {
      const file = files.get(name) ?? { handle: await openFile(folder, name), waiting: "" };
      files.delete(name);
      files.set(name, file);
      file.waiting += text;
      if (file.waiting.length >= enough) await flush(file);
      const [oldest] = files;
      if (files.size <= maxOpen || oldest === undefined) continue;
      await flush(oldest[1]);
      files.delete(oldest[0]);
      await oldest[1].handle.close();
    }
    for (const file of files.values()) await flush(file);
  } finally {
    await Promise.all(Array.from(files.values(), ({ handle }) => handle.close()));
  }
}

async function flush(file: OpenFile): Promise<void> {
  const text = file.waiting;
  file.waiting = "";
  if (text !== "") await file.handle.writeFile(text);
}

async function openFile(folder: string, name: string): Promise<FileHandle> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  return open(path, "a");
}

async function moveFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await moveFiles(source, target);
    else await rename(source, target);
  }
}
