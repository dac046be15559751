/** @file Files of a tar archive or a folder → brat documents: a text and its annotation are found by their name. */
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Document } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { exists, isFolder, readFolder, readWhole } from "../files.ts";
import type { ReadOptions } from "../issues.ts";
import { readTar } from "../tar.ts";
import type { NamedFile } from "../tar.ts";
import { decodeUtf8 } from "../utf8.ts";
import { parseBrat } from "./brat.ts";

/** What may wait for its partner: an archive that lists all texts before all annotations may be this large. */
const maxWaitingBytes = 256 * 1024 * 1024;
/** Names that begin with "._" are leavings of macOS. */
const wantedName = /(?:^|\/)(?!\._)[^/]+\.(?:txt|ann|a1|a2)$/;

function isWanted(path: string): boolean {
  return wantedName.test(path);
}

type Suffix = "txt" | "ann" | "a1" | "a2";
type Parts = Partial<Record<Suffix, NamedFile>>;

/** The documents of a .tar or .tar.gz archive, in the order in which they are complete. */
export function readBrat(source: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Document> {
  return readBratFiles(readTar(source, { file: options.file, wanted: isWanted }), options);
}

/**
 * The documents of a folder (and its subfolders, sorted by path), of an archive, or of one `.txt`, `.ann`, `.a1` or
 * `.a2` whose partners stand beside it. `options.file` is the path.
 */
export async function* readBratPath(options: ReadOptions): AsyncGenerator<Document> {
  const path = options.file;
  if (await isFolder(path)) {
    yield* readBratFiles(readFolder(path, isWanted), options);
    return;
  }
  const name = /^(.+)\.(?:txt|ann|a1|a2)$/.exec(basename(path))?.[1];
  if (name === undefined) yield* readBrat(createReadStream(path), options);
  else yield* readBratFiles(partners(dirname(path), name), { ...options, file: dirname(path) });
}

async function* partners(folder: string, name: string): AsyncGenerator<NamedFile> {
  const path = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const suffixes = (await exists(path("ann"))) ? ["ann"] : ["a1", "a2"];
  for (const suffix of [...suffixes, "txt"]) {
    // The text has to be there: reading it says so where it is not.
    if (suffix !== "txt" && !(await exists(path(suffix)))) continue;
    yield { path: `${name}.${suffix}`, bytes: await readWhole(path(suffix)) };
  }
}

/** Pairs files by path without suffix. Files that find no partner are reported. */
export async function* readBratFiles(
  files: AsyncIterable<NamedFile>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const waiting = new Map<string, Parts>();
  let bytes = 0;
  for await (const file of files) {
    const dot = file.path.lastIndexOf(".");
    const stem = file.path.slice(0, dot);
    const parts: Parts = { ...waiting.get(stem), [file.path.slice(dot + 1)]: file };
    bytes += file.bytes.length;
    if (bytes > maxWaitingBytes) throw tooMuch(options.file);
    waiting.set(stem, parts);
    if (!complete(parts)) continue;
    waiting.delete(stem);
    bytes -= sizeOf(parts);
    yield toDocument(stem, parts, options);
  }
  for (const [stem, parts] of waiting) {
    if (parts.txt !== undefined && parts.a1 !== undefined) yield toDocument(stem, parts, options);
    else alone(stem, parts, options);
  }
}

function complete({ txt, ann, a1, a2 }: Parts): boolean {
  return txt !== undefined && (ann !== undefined || (a1 !== undefined && a2 !== undefined));
}

function sizeOf(parts: Parts): number {
  return Object.values(parts).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function toDocument(stem: string, { txt, ann, a1, a2 }: Parts, options: ReadOptions): Document {
  const entities = (ann ?? a1)!;
  const source = {
    name: stem.split("/").at(-1)!,
    text: decoded(txt!, options),
    entities: decoded(entities, options),
    events: a2 === undefined || ann !== undefined ? undefined : decoded(a2, options),
    suffix: ann === undefined ? ("a1" as const) : ("ann" as const),
  };
  return parseBrat(source, { ...options, file: join(options.file, entities.path) });
}

function decoded({ bytes, path }: NamedFile, { file }: ReadOptions): string {
  return decodeUtf8(bytes, join(file, path), 1);
}

function alone(stem: string, parts: Parts, options: ReadOptions): void {
  const missing = parts.txt === undefined ? `${stem}.txt` : `${stem}.ann`;
  for (const { path } of Object.values(parts)) {
    const problem = `${path} left out: there is no ${missing} beside it`;
    options.onIssue?.({ kind: "file-without-partner", file: options.file, document: stem, problem });
  }
}

function tooMuch(file: string): NeriumError {
  const problem =
    `expected each text near its annotation, got more than ${maxWaitingBytes} bytes of files without partner; ` +
    "unpack the archive and read the folder";
  return new NeriumError("CORPUS_FORMAT", problem, { file });
}
