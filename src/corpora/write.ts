/** @file Documents → text of a format, as a stream or as several files, gzip included. */
import { createGzip } from "node:zlib";
import { Readable, pipeline } from "node:stream";
import type { Document } from "../documents/index.ts";
import type { FileChunk } from "./issues.ts";
import { formatEntry, formats } from "./registry.ts";
import { deferred } from "./streams.ts";
import type { FormatWriteOptions, TargetFormat, WritableFormat } from "./registry.ts";

/** Writes documents in a format of one stream, as chunks of text. */
export function writeCorpus(
  format: WritableFormat,
  documents: AsyncIterable<Document>,
  options: FormatWriteOptions = {},
): AsyncGenerator<string> {
  return deferred(async () => (await formats[format].write())(documents, options));
}

/** Writes documents as the files of a format: those of a format of one stream make one file, `stem.suffix`. */
export async function* writeCorpusFiles(
  format: TargetFormat,
  documents: AsyncIterable<Document>,
  options: FormatWriteOptions & { readonly stem: string },
): AsyncGenerator<FileChunk> {
  const entry = formatEntry(format);
  const writeFiles = await entry.writeFiles?.();
  if (writeFiles !== undefined) {
    yield* writeFiles(documents, options);
    return;
  }
  const write = await entry.write?.();
  const name = `${options.stem}.${entry.suffixes[0]!}`;
  if (write !== undefined) for await (const text of write(documents, options)) yield { name, text };
}

/** Larger ones live so long that the garbage collector moves them. */
const enough = 1 << 14;
const blockBytes = 1 << 20;

/** Small chunks joined to larger ones: a document a write is slow. */
export async function* inBlocks(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let block = "";
  for await (const chunk of chunks) {
    block += chunk;
    if (block.length < enough) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}

/** Small chunks as the bytes of larger blocks. */
export async function* inByteBlocks(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(blockBytes);
  let used = 0;
  for await (const chunk of chunks) {
    const most = 3 * chunk.length; // as UTF-8
    if (used + most > block.length) {
      if (used > 0) yield block.subarray(0, used);
      block = Buffer.allocUnsafe(Math.max(blockBytes, most));
      used = 0;
    }
    used += block.write(chunk, used);
  }
  if (used > 0) yield block.subarray(0, used);
}

/** Text → gzip, for outputs whose name ends in `.gz`. */
export async function* gzipText(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // A failure of either side destroys the other and arrives in the loop below; the callback has nothing to add.
  pipeline(Readable.from(inByteBlocks(chunks)), gzip, () => {});
  for await (const chunk of gzip) yield chunk as Uint8Array;
}
