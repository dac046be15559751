/** @file A path on disk (or "-", standard input) → documents, whatever the format; documents → text of a format. */
import { createReadStream } from "node:fs";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { readBc2 } from "./formats/bc2.ts";
import { readBio, writeBio } from "./formats/bio.ts";
import { readJsonl, writeJsonl } from "./formats/jsonl.ts";
import type { JsonlWriteOptions } from "./formats/jsonl.ts";
import { readPubTator } from "./formats/pubtator.ts";
import { writePubTator } from "./formats/pubtator-write.ts";
import { readText } from "./formats/text.ts";
import { gunzipped } from "./gunzip.ts";
import type { OnIssue } from "./issues.ts";
import { readLines } from "./lines.ts";

export const corpusFormats = ["pubtator", "jsonl", "bio", "bc2", "text"] as const;
export type CorpusFormat = (typeof corpusFormats)[number];

export const writableFormats = ["pubtator", "jsonl", "bio"] as const;
export type WritableFormat = (typeof writableFormats)[number];

export interface OpenOptions {
  /** Told, not guessed. */
  readonly format?: CorpusFormat | undefined;
  /** Text: one document a line. */
  readonly perLine?: boolean | undefined;
  /** BIO: the type of bare labels. */
  readonly type?: string | undefined;
  readonly onIssue?: OnIssue | undefined;
  /** BioCreative II: the answers' path. */
  readonly evalPath?: string | undefined;
  /** A file with one document id a line: only these documents are yielded, in the corpus's order. */
  readonly idsPath?: string | undefined;
}

const suffixes: Readonly<Record<string, CorpusFormat>> = {
  pubtator: "pubtator",
  jsonl: "jsonl",
  ndjson: "jsonl",
  tsv: "bio",
  bio: "bio",
  iob: "bio",
  conll: "bio",
  in: "bc2",
};
/** Files that would otherwise be taken for plain text and quietly lose all their mentions. */
const unknownSuffixes = new Set([
  "xml",
  "ann",
  "a1",
  "a2",
  "json",
  "html",
  "pdf",
  "docx",
  "tar",
  "tgz",
  "zip",
]);
const sniffedBytes = 4096;

/**
 * The format of a file by its suffix (`.gz` after it is fine); `.txt`, standard input and unknown suffixes by what the
 * file begins with, if that is given. Throws USAGE for files of which it is known that they are none of ours.
 */
export function formatOf(path: string, start = ""): CorpusFormat {
  const names = path.split(/[/\\]/).at(-1)!.toLowerCase().replace(/\.gz$/, "").split(".").slice(1);
  const last = names.at(-1) ?? "";
  const stated = suffixes[last] ?? (last === "txt" && names.at(-2) === "pubtator" ? "pubtator" : undefined);
  if (stated !== undefined) return stated;
  if (unknownSuffixes.has(last)) {
    const problem = `there is no reader for .${last} files; convert the file, or give one of the formats ${corpusFormats.join(", ")}`;
    throw new NeriumError("USAGE", problem, { file: path });
  }
  const text = start.replace(/^\uFEFF?\s*/, "");
  if (/^[^|\t\n]+\|t\|/.test(text)) return "pubtator";
  if (last === "txt") return "text";
  if (/^\{\s*"/.test(text)) return "jsonl";
  if (/^\S+\t(?:O|[BIES](?:-\S+)?)\r?\n/.test(text)) return "bio";
  return "text";
}

/**
 * Streams the documents of a file. Throws UNREADABLE where there is nothing to read, and what the format's reader
 * throws. The file is opened when the first document is asked for and closed when the loop ends, however it ends.
 */
export async function* openCorpus(path: string, options: OpenOptions = {}): AsyncGenerator<Document> {
  const source = openBytes(path);
  try {
    // A format that is told needs no waiting for a first block: standard input may come line by line.
    const { start, bytes } = await sniffed(source, path, options.format === undefined ? sniffedBytes : 0);
    const ids = options.idsPath === undefined ? undefined : await readIds(options.idsPath);
    const format = options.format ?? formatOf(path, start);
    const missing = new Set(ids);
    for await (const document of reader(format, bytes, path, options)) {
      if (ids?.has(document.id) === false) continue;
      missing.delete(document.id);
      yield document;
    }
    for (const id of missing) {
      options.onIssue?.({
        file: options.idsPath!,
        document: id,
        problem: `no document of this id in ${path}`,
      });
    }
  } finally {
    await source.return(undefined);
  }
}

function reader(
  format: CorpusFormat,
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  options: OpenOptions,
): AsyncGenerator<Document> {
  const read = { file: path === "-" ? "stdin" : path, onIssue: options.onIssue };
  const { evalPath } = options;
  const answers = evalPath === undefined ? {} : { eval: openBytes(evalPath), evalFile: evalPath };
  const readers: { readonly [Format in CorpusFormat]: () => AsyncGenerator<Document> } = {
    pubtator: () => readPubTator(bytes, read),
    jsonl: () => readJsonl(bytes, read),
    bio: () => readBio(bytes, { ...read, type: options.type }),
    bc2: () => readBc2(bytes, { ...read, ...answers }),
    text: () => readText(bytes, { ...read, perLine: options.perLine }),
  };
  return readers[format]();
}

/** Writes documents in a format, as chunks of text. */
export function writeCorpus(
  format: WritableFormat,
  documents: AsyncIterable<Document>,
  options: JsonlWriteOptions = {},
): AsyncGenerator<string> {
  const writers = { jsonl: writeJsonl, pubtator: writePubTator, bio: writeBio };
  return writers[format](documents, options);
}

async function readIds(path: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const lines of readLines(openBytes(path), { file: path })) {
    for (const { text } of lines) if (text.trim() !== "") ids.add(text.trim());
  }
  return ids;
}

async function* openBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const stream = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    throw unreadable(path, String(cause.code), cause);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; check the path (it counts from the folder you are in)",
  EISDIR: "this is a folder; give a file in it",
  EACCES: "you may not read this file; change its permissions (chmod u+r) or copy it",
  ENOTDIR: "a part of the path is no folder; check the path",
};

function unreadable(path: string, code: string, cause: Error): NeriumError {
  const problem = `expected a readable file: ${reasons[code] ?? cause.message}`;
  return new NeriumError("UNREADABLE", problem, { file: path, cause });
}

/** The first characters of a source, and all of its plain bytes from the start on. */
async function sniffed(source: AsyncGenerator<Uint8Array>, path: string, atLeast: number) {
  const plain = gunzipped(source, path);
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < atLeast) {
    const next = await plain.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(first).subarray(0, sniffedBytes).toString("utf8");
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      yield* plain;
    } finally {
      await plain.return(undefined);
    }
  }
  return { start, bytes: bytes() };
}
