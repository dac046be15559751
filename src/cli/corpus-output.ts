/** @file A corpus file → the format that it is written in again; documents → a file or folder of that format. */
import { basename, join } from "node:path";
import type { CorpusFormat, OnIssue, TargetFormat } from "../corpora/index.ts";
import {
  folderFormat,
  formatOfFile,
  isTarget,
  isWritable,
  suffixOf,
  targetFormats,
  writeCorpus,
  writeCorpusFiles,
} from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { Effects } from "./effects.ts";
import { writeFolder } from "./folder-output.ts";
import { isFolder } from "./inputs.ts";
import { writeWhole } from "./outputs.ts";

/** The format that is asked for, else the file's own. Throws USAGE where that cannot be told or written. */
export async function targetFormatOf(
  path: string,
  stated: CorpusFormat | undefined,
  asked?: TargetFormat,
): Promise<TargetFormat> {
  if (asked !== undefined) return asked;
  const format = stated ?? (await ownFormat(path));
  if (isTarget(format)) return format;
  const problem = `${format} files can only be read; nerium convert writes them as ${targetFormats.join(", ")}`;
  throw new NeriumError("USAGE", problem, { file: path });
}

async function ownFormat(path: string): Promise<CorpusFormat> {
  if (path === "-") throw new NeriumError("USAGE", "say what stdin is with --format");
  if (!(await isFolder(path))) return formatOfFile(path);
  const format = await folderFormat(path);
  if (format !== undefined) return format;
  throw new NeriumError("USAGE", "this folder is no corpus; give its files", { file: path });
}

/** `all.pubtator.gz` and "train" → `train.pubtator.gz`; a folder's name for formats of several files. */
export function outputName(stem: string, format: TargetFormat, like: string): string {
  if (!isWritable(format)) return stem;
  return stem + suffixOf(format) + (/\.gz$/i.test(like) && !/\.tar\.gz$/i.test(like) ? ".gz" : "");
}

/** Writes a file, or a folder for formats of several files; either appears when it is complete. */
export async function writeDocuments(
  path: string,
  format: TargetFormat,
  documents: AsyncIterable<Document>,
  { signal }: Pick<Effects, "signal">,
  onIssue: OnIssue,
): Promise<void> {
  if (isWritable(format)) return writeWhole(path, writeCorpus(format, documents, { onIssue }), signal);
  const stem = basename(path);
  return writeFolder(join(path), writeCorpusFiles(format, documents, { onIssue, stem }), signal);
}
