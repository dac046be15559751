/** @file A path on disk (or "-", standard input) → documents, whatever the format. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { formatOf, sniffedBytes } from "./detect.ts";
import { gunzipped } from "./gunzip.ts";
import type { OnIssue } from "./issues.ts";
import { readLines } from "./lines.ts";
import { formatEntry } from "./registry.ts";
import type { CorpusFormat, FormatReadOptions } from "./registry.ts";
import { closing, deferred, streamOf } from "./streams.ts";
import { readTar } from "./tar.ts";

export interface OpenOptions {
  /** Told, not guessed. */
  readonly format?: CorpusFormat | undefined;
  /** Text: one document a line. */
  readonly perLine?: boolean | undefined;
  /** BIO: the type of bare labels; marked lines: the type of `<mark>`. */
  readonly type?: string | undefined;
  readonly onIssue?: OnIssue | undefined;
  /** BioCreative II: the answers' path. */
  readonly evalPath?: string | undefined;
  /** BioCreative II: the path of the alternatives. */
  readonly alternativesPath?: string | undefined;
  /** A file with one document id a line: only these documents are yielded, in the corpus's order. */
  readonly idsPath?: string | undefined;
}

/**
 * Streams the documents of a file, of an archive (`.bio.tar.gz`: of all its files), or of a folder that is one corpus
 * (brat's). Throws UNREADABLE where there is nothing to read, and what the format's reader throws. The file is opened
 * when the first document is asked for and closed when the loop ends, however it ends.
 */
export function openCorpus(path: string, options: OpenOptions = {}): AsyncGenerator<Document> {
  const documents = deferred(() => opened(path, options));
  return options.idsPath === undefined
    ? documents
    : listed(documents, path, options.idsPath, options.onIssue);
}

/** Only the documents whose ids are listed. */
async function* listed(
  documents: AsyncIterable<Document>,
  path: string,
  idsPath: string,
  onIssue: OnIssue | undefined,
): AsyncGenerator<Document> {
  const ids = await readIds(idsPath);
  const missing = new Set(ids);
  for await (const document of documents) {
    if (!ids.has(document.id)) continue;
    missing.delete(document.id);
    yield document;
  }
  for (const id of missing) {
    onIssue?.({
      kind: "listed-id-missing",
      file: idsPath,
      document: id,
      problem: `no document of this id in ${path}`,
    });
  }
}

async function opened(path: string, options: OpenOptions): Promise<AsyncIterable<Document>> {
  const format = options.format ?? (path === "-" ? undefined : await formatByPath(path));
  const readPath = format === undefined || path === "-" ? undefined : await formatEntry(format).readPath?.();
  if (readPath !== undefined) {
    return faultsNamed(readPath(readOptions(path, options)), path);
  }
  const source = openBytes(path);
  const close = (): Promise<unknown> => source.return(undefined);
  try {
    // A format that is told needs no waiting for a first block: standard input may come line by line.
    const { start, bytes } = await sniffed(source, path, format === undefined ? sniffedBytes : 0);
    const known = format ?? formatOf(path, start);
    if (/\.(?:tar|tgz)(?:\.gz)?$/i.test(path)) return archived(known, bytes, path, options);
    const read = await formatEntry(known).read();
    const documents = read(bytes, readOptions(path, options));
    // A reader closes what it has begun to read; one with several files may fail before it comes to this one.
    return options.evalPath === undefined ? documents : closing(documents, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A file's format by its name and its beginning; by its name where it cannot be read. Throws USAGE as `formatOf` does. */
export async function formatOfFile(path: string): Promise<CorpusFormat> {
  const source = openBytes(path);
  try {
    return formatOf(path, (await sniffed(source, path, sniffedBytes)).start);
  } catch (error) {
    if (error instanceof NeriumError && error.code === "USAGE") throw error;
    return formatOf(path); // whoever opens the file says what is wrong with it
  } finally {
    await source.return(undefined);
  }
}

/** The format of a folder, if it is one corpus, and of files whose names leave no doubt; others have to be looked into. */
async function formatByPath(path: string): Promise<CorpusFormat | undefined> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return folderFormat(path);
  try {
    const format = formatOf(path);
    const { readPath, sniff } = formatEntry(format);
    // A beginning might tell otherwise: a text may be PubTator.
    return readPath !== undefined || (sniff === undefined && format !== "text") ? format : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The format that reads a folder as one corpus: the one told, if it reads folders, or that of the first file whose
 * format does; undefined for a folder of files that are corpora by themselves.
 */
export async function folderFormat(folder: string, told?: CorpusFormat): Promise<CorpusFormat | undefined> {
  if (told !== undefined) return formatEntry(told).folders === true ? told : undefined;
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name } of entries) {
    try {
      const format = formatOf(join(folder, name));
      if (formatEntry(format).folders === true) return format;
    } catch {
      continue; // a file that has to be looked into
    }
  }
  return undefined;
}

/** Reads bytes that are already at hand, in a format that is known; `options.file` is for messages and ids. */
export function readCorpus(
  format: CorpusFormat,
  source: AsyncIterable<Uint8Array>,
  options: FormatReadOptions,
): AsyncGenerator<Document> {
  return deferred(async () => (await formatEntry(format).read())(source, options));
}

function readOptions(path: string, options: OpenOptions): FormatReadOptions {
  const { evalPath, alternativesPath, perLine, type, onIssue } = options;
  return {
    file: path === "-" ? "stdin" : path,
    onIssue,
    perLine,
    type,
    ...(evalPath !== undefined && { eval: openBytes(evalPath), evalFile: evalPath }),
    ...(alternativesPath !== undefined && {
      alternatives: openBytes(alternativesPath),
      alternativesFile: alternativesPath,
    }),
  };
}

/** The documents of all files of an archive, each read by itself. */
async function* archived(
  format: CorpusFormat,
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  options: OpenOptions,
): AsyncGenerator<Document> {
  const wanted = (name: string): boolean => !/(?:^|\/)\._?[^/]*$/.test(name);
  for await (const file of readTar(bytes, { file: path, wanted })) {
    yield* readCorpus(format, streamOf(file.bytes), readOptions(`${path}/${file.path}`, options));
  }
}

async function readIds(path: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const lines of readLines(openBytes(path), { file: path })) {
    for (const { text } of lines) if (text.trim() !== "") ids.add(text.trim());
  }
  return ids;
}

/** A file's bytes as they are; it is opened when the first are asked for. Throws UNREADABLE with the reason. */
export async function* openBytes(path: string): AsyncGenerator<Uint8Array> {
  const bytes = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  yield* faultsNamed(bytes as AsyncIterable<Uint8Array>, path);
}

/** Faults of the operating system, with the path and what to do. */
async function* faultsNamed<T>(items: AsyncIterable<T>, path: string): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (cause) {
    if (cause instanceof NeriumError || !(cause instanceof Error) || !("code" in cause)) throw cause;
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
