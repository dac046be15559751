/**
 * @file Parquet rows of Hugging Face's NER data sets → documents. Two shapes: `tokens` with `ner_tags` (class names in
 * the file's "huggingface" metadata), and bigbio_kb's passages with entities (https://github.com/bigscience-workshop/biomedical).
 *
 * A Parquet file is read from its end, so it has to be a file or fit into memory; its row groups are read one by one.
 * Tokens are joined by one space, as in BIO columns. bigbio's offsets count code points over the whole document.
 */
import { createReadStream } from "node:fs";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Document } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { wholeSource } from "../gunzip.ts";
import { fileStem } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { checkMetadata } from "./parquet-check.ts";
import { bigbioDocument } from "./parquet-bigbio.ts";
import { checkPages } from "./parquet-pages.ts";
import { tokenDocument } from "./parquet-tokens.ts";
import { checkThrift } from "./thrift-check.ts";

export type ParquetSource = AsyncBuffer | AsyncIterable<Uint8Array>;
export type ParquetRow = Readonly<Record<string, unknown>>;

/** What a stream may hold: it has to be kept whole. */
const limit = {
  bytes: 1 << 30,
  of: "of Parquet from a stream",
  advice: "give the file itself, not compressed",
};

/** Yields one document a row. Throws CORPUS_FORMAT for what is no Parquet or has neither shape. */
export async function* readParquet(source: ParquetSource, options: ReadOptions): AsyncGenerator<Document> {
  const file = "byteLength" in source ? source : await buffered(source, options.file);
  const metadata = await readable(checkedMetadata(file), options);
  const toDocument = shapeOf(metadata, options);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    await readable(checkPages(file, group, metadata.schema), options);
    const rows = await readable(
      parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors }),
      options,
    );
    for (const [index, row] of rows.entries()) yield toDocument(row, rowStart + index + 1);
    rowStart = rowEnd;
  }
}

async function buffered(source: AsyncIterable<Uint8Array>, file: string): Promise<ArrayBuffer> {
  return new Uint8Array(await wholeSource(source, file, limit)).buffer;
}

async function checkedMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  const tail = new DataView(await file.slice(Math.max(0, file.byteLength - 8), file.byteLength));
  const start = file.byteLength - 8 - tail.getUint32(0, true);
  if (start >= 0) checkThrift(new DataView(await file.slice(start, file.byteLength)), 0);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  checkMetadata(metadata, file.byteLength);
  return metadata;
}

/** The documents of the file `options.file`: only the parts that are asked for are in memory. */
export async function* readParquetPath(options: ReadOptions): AsyncGenerator<Document> {
  const compressed = /\.gz$/i.test(options.file);
  yield* readParquet(
    compressed ? createReadStream(options.file) : await asyncBufferFromFile(options.file),
    options,
  );
}

function shapeOf(
  metadata: FileMetaData,
  options: ReadOptions,
): (row: ParquetRow, number: number) => Document {
  const stem = fileStem(options.file);
  const columns = topLevelColumns(metadata);
  if (columns.includes("passages") && columns.includes("entities")) {
    return (row, number) => bigbioDocument(row, `${stem}:${number}`, number, options);
  }
  const tags = ["ner_tags", "tags", "ner", "labels"].find((name) => columns.includes(name));
  if (columns.includes("tokens") && tags !== undefined) {
    const names = classNames(metadata, tags);
    return (row, number) => tokenDocument(row, { tags, names, id: `${stem}:${number}`, number }, options);
  }
  const expected = "the columns tokens and ner_tags, or bigbio_kb's passages and entities";
  const problem = `expected ${expected}, got ${columns.join(", ")}; choose another configuration of the data set`;
  throw new NeriumError("CORPUS_FORMAT", problem, { file: options.file });
}

/** The schema is its tree written down depth first, each element with the number of its children. */
function topLevelColumns({ schema }: FileMetaData): string[] {
  const columns: string[] = [];
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < (schema[index]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let index = 1; index < schema.length; index = skip(index)) columns.push(schema[index]!.name);
  return columns;
}

/** Class names of a column: `{"info":{"features":{"ner_tags":{"feature":{"names":[…]}}}}}`. */
function classNames({ key_value_metadata }: FileMetaData, column: string): readonly string[] | undefined {
  const text = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  if (text === undefined) return undefined;
  try {
    const features = property(property(JSON.parse(text), "info"), "features");
    return namesIn(property(features, column), 0);
  } catch {
    return undefined; // a note of some other tool
  }
}

/** Sequences are nested differently by the versions of the datasets library: "feature", "sequence", "class_label". */
function namesIn(feature: unknown, depth: number): readonly string[] | undefined {
  if (typeof feature !== "object" || feature === null || depth > 4) return undefined;
  const names = property(feature, "names");
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  // An older way to write a list: {"0": "O", "1": "B-Disease"}.
  if (typeof names === "object" && names !== null) return Object.values(names).map(String);
  for (const inner of Object.values(feature)) {
    const found = namesIn(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

async function readable<T>(reading: Promise<T>, { file }: ReadOptions): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    // hyparquet throws errors of every kind for broken files; those of the system stay what they are
    if (!(cause instanceof Error) || "syscall" in cause) throw cause;
    const stumbled = cause instanceof TypeError || cause instanceof RangeError;
    const got = stumbled ? "parts that do not fit together" : cause.message;
    const problem = `expected a whole Parquet file, got: ${got}; fetch the file again`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, cause });
  }
}
