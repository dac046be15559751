/** @file Chunks of text → a file that exists only when it is complete. */
import { rmSync } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gzipText, inByteBlocks } from "../corpora/index.ts";

/**
 * Writes to a hidden neighbour (`.name.partial`) and renames it when all is on disk, so that an output that exists is
 * finished. The neighbour is removed on failure and on abort; after a power cut the next run overwrites it. A path that
 * ends in `.gz` is compressed.
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.partial`);
  const discard = (): void => rmSync(partial, { force: true });
  await mkdir(dirname(path), { recursive: true });
  signal.addEventListener("abort", discard);
  try {
    await writeAndSync(partial, /\.gz$/i.test(path) ? gzipText(chunks) : inByteBlocks(chunks));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    signal.removeEventListener("abort", discard);
  }
}

/** Whether something stands at `path`. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function writeAndSync(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "w");
  try {
    // The next chunk is made while the last one is written.
    let writing = Promise.resolve();
    for await (const chunk of chunks) {
      await writing;
      writing = file.writeFile(chunk);
      writing.catch(() => {}); // it is awaited above or below, perhaps later than it fails
    }
    await writing;
    await file.sync(); // a rename may otherwise reach the disk before the content does
  } finally {
    await file.close();
  }
}
