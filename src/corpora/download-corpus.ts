/** @file A known corpus and a folder → its files in the folder, each checked, and a lock file that says what they are. */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import type { DownloadEffects, DownloadRequest } from "./download.ts";
import { downloadFile, sha256Of } from "./download.ts";
import type { KnownCorpus, KnownFile } from "./known/index.ts";

export interface LockedFile {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FetchedFile extends LockedFile {
  readonly name: string;
  readonly path: string;
  /** "present": it was there and is the right one; "adopted": it was there and no checksum was known. */
  readonly status: "downloaded" | "present" | "adopted";
}

export interface FetchOptions extends Pick<DownloadRequest, "attempts" | "silence" | "maxBytes"> {
  /** Only files that hold one of these; all if absent. */
  readonly splits?: readonly string[] | undefined;
  /** A mirror: files are taken from here by their names. */
  readonly base?: string | undefined;
  readonly onProgress?: ((file: string, bytes: number, total: number | undefined) => void) | undefined;
}

export const lockName = "nerium.lock.json";

/**
 * Fetches what is not there. A file's first checksum is kept in the lock file and must be the same ever after, where the
 * publisher states none. Throws UNREADABLE and DATA as `downloadFile` does, and USAGE for unknown splits.
 */
export async function fetchCorpus(
  corpus: KnownCorpus,
  folder: string,
  options: FetchOptions,
  effects: DownloadEffects,
): Promise<FetchedFile[]> {
  const fetched: FetchedFile[] = [];
  for (const file of chosenFiles(corpus, options.splits)) {
    const locked = await readLock(folder);
    const path = join(folder, file.name);
    const sha256 = file.sha256 ?? locked.get(file.name)?.sha256;
    const url = addressOf(file, options.base);
    const there = await present(path, sha256);
    const result = there ?? {
      ...(await downloadFile({ ...requestOptions(options, file), url, path, sha256 }, effects)),
      status: "downloaded" as const,
    };
    const entry = { url, bytes: result.bytes, sha256: result.sha256 };
    if (result.status !== "present") await writeLock(folder, locked.set(file.name, entry));
    fetched.push({ name: file.name, path, ...entry, status: result.status });
  }
  return fetched;
}

function requestOptions({ attempts, silence, maxBytes, onProgress }: FetchOptions, { name }: KnownFile) {
  const progress =
    onProgress && ((bytes: number, total: number | undefined) => onProgress(name, bytes, total));
  return { attempts, silence, maxBytes, onProgress: progress };
}

function chosenFiles({ name, files }: KnownCorpus, splits: readonly string[] | undefined): KnownFile[] {
  if (splits === undefined) return [...files];
  const known = new Set(files.flatMap((file) => file.splits));
  const unknown = splits.filter((split) => !known.has(split));
  if (unknown.length > 0) {
    const problem = `${name} has no split ${unknown.join(", ")}; it has ${[...known].join(", ")}`;
    throw new NeriumError("USAGE", problem);
  }
  return files.filter((file) => file.splits.some((split) => splits.includes(split)));
}

function addressOf({ name, url }: KnownFile, base: string | undefined): string {
  return base === undefined ? url : `${base.replace(/\/+$/, "")}/${name}`;
}

/** What is at `path`, if anything is; a wrong file is never overwritten, it may be somebody's work. */
async function present(path: string, sha256: string | undefined) {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const got = await sha256Of(path);
  if (sha256 !== undefined && got !== sha256) {
    const problem = `expected sha256 ${sha256}, got ${got}; move the file away to fetch it again, or, if it is the right one, remove its entry from ${lockName}`;
    throw new NeriumError("DATA", problem, { file: path });
  }
  const status = sha256 === undefined ? ("adopted" as const) : ("present" as const);
  return { bytes: found.size, sha256: got, status };
}

async function readLock(folder: string): Promise<Map<string, LockedFile>> {
  const path = join(folder, lockName);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return new Map();
  try {
    const { files } = JSON.parse(text) as { files?: Record<string, LockedFile> };
    const entries = Object.entries(files ?? {});
    if (entries.every(([, { sha256 }]) => /^[0-9a-f]{64}$/.test(sha256))) return new Map(entries);
  } catch {
    // said below
  }
  const problem =
    'expected {"files": {name: {url, bytes, sha256}}}; correct the lock file, or remove it to make it anew';
  throw new NeriumError("DATA", problem, { file: path });
}

async function writeLock(folder: string, files: ReadonlyMap<string, LockedFile>): Promise<void> {
  const path = join(folder, lockName);
  const sorted = Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(`${path}.partial`, `${JSON.stringify({ files: sorted }, undefined, 2)}\n`);
  await rename(`${path}.partial`, path);
}
