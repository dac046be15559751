/** @file INPUT arguments (files, folders, `-`) → the files to read, in a fixed order. */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { NeriumError } from "../errors.ts";

export interface Input {
  /** What to open: a path, or `-` for stdin. */
  readonly path: string;
  /** The path below the folder that was given, or the file's bare name: where its output goes in an output folder. */
  readonly name: string;
}

export interface FindOptions {
  /** Which files of a folder are read; a file that was named is read in any case. */
  readonly accepts: (path: string) => boolean;
  /** A folder that is never entered: our own output. */
  readonly except?: string | undefined;
}

/** Files in the order given; a folder's files recursively in the order of their names, hidden ones left out. */
export async function findInputs(argument: string, options: FindOptions): Promise<Input[]> {
  if (argument === "-") return [{ path: "-", name: "stdin" }];
  if (!(await isFolder(argument))) return [{ path: argument, name: basename(argument) }];
  const inputs: Input[] = [];
  for await (const path of filesBelow(argument, options)) {
    inputs.push({ path, name: relative(argument, path) });
  }
  if (inputs.length === 0) {
    throw new NeriumError(
      "UNREADABLE",
      "no file with a known suffix in this folder; give --format to read all of them",
      { file: argument },
    );
  }
  return inputs;
}

/** False for what does not exist too: opening it will say so. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function* filesBelow(folder: string, options: FindOptions): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || isExcepted(path, options.except)) continue;
    if (entry.isDirectory()) yield* filesBelow(path, options);
    else if (options.accepts(path) && (await isFile(entry, path))) yield path;
  }
}

function isExcepted(path: string, except: string | undefined): boolean {
  return except !== undefined && resolve(path) === resolve(except);
}

/** Links to files are followed, links to folders are not: they may lead back to where we are. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
