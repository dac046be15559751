/** @file A folder's files → named files in memory, in a fixed order: the twin of `tar.ts` for archives. */
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import type { NamedFile } from "./tar.ts";

/** Deeper folders are a mistake, such as a home folder. */
const maxFolderDepth = 12;
/** As `tar.ts` allows. */
const maxFileBytes = 256 * 1024 * 1024;

/** The files of a folder and its subfolders, sorted by path; links are not followed. Throws UNREADABLE. */
export async function* readFolder(
  folder: string,
  wanted: (path: string) => boolean,
): AsyncGenerator<NamedFile> {
  for await (const path of paths(folder, "", 0)) {
    if (wanted(path)) yield { path, bytes: await readWhole(join(folder, path)) };
  }
}

async function* paths(folder: string, inside: string, depth: number): AsyncGenerator<string> {
  if (depth > maxFolderDepth) {
    const problem = `expected folders at most ${maxFolderDepth} deep; give a folder nearer to the files`;
    throw new NeriumError("UNREADABLE", problem, { file: join(folder, inside) });
  }
  const entries = await readdir(join(folder, inside), { withFileTypes: true });
  // By code unit and not by locale: the same order on every machine.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) yield* paths(folder, path, depth + 1);
    else if (entry.isFile()) yield path;
  }
}

/** Whether a path is a folder. Throws UNREADABLE where there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    const problem =
      "expected a readable file or folder; check the path (it counts from the folder you are in)";
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** One whole file. Throws UNREADABLE with the path. */
export async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size <= maxFileBytes) return await readFile(file);
  } catch (cause) {
    const problem = `expected a readable file: ${String(cause)}; check the path`;
    throw new NeriumError("UNREADABLE", problem, { file, cause });
  }
  const problem = `expected at most ${maxFileBytes} bytes for one document; split the file`;
  throw new NeriumError("UNREADABLE", problem, { file });
}
