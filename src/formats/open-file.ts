/** @file A path → an open file that is read at any place, or written as a whole, in pieces that the system can take. */
import { randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { NeriumError } from "../errors.ts";

/** Larger reads abort the process: FileHandle.read asserts that its length fits into 31 bits. */
export const maxChunkBytes = 2 ** 30;

/** Opens a file for reading; a folder, a device or nothing there is UNREADABLE. `what` is what was expected. */
export async function openToRead(path: string, what: string): Promise<FileHandle> {
  try {
    const handle = await open(path, "r");
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (cause) {
    throw new NeriumError("UNREADABLE", `cannot be opened: ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
  throw new NeriumError("UNREADABLE", `expected ${what}, got a folder or a device`, { file: path });
}

/** Reads as many bytes as `target` has; a file that ends before is MODEL_FORMAT. */
export async function fill(
  handle: FileHandle,
  target: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(maxChunkBytes, target.length - done);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) {
      const problem = `the file ended at byte ${position + done} while it was read; take a fresh copy of it`;
      throw new NeriumError("MODEL_FORMAT", problem, { file: path });
    }
    done += bytesRead;
  }
}

/** Writes all of `bytes` where the file stands. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(maxChunkBytes, bytes.length - done);
    done += (await handle.write(bytes, done, length)).bytesWritten;
  }
}

/**
 * What `write` writes is at `path`, whole and on the disk, or nothing there has changed: the bytes go to a temporary name of
 * this call's own beside the file and reach the disk before the rename.
 */
export async function writeWhole(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, "w");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a rename in the folder durable, where the system can (Windows cannot open a folder). */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // The file itself is complete and on the disk.
  }
}
