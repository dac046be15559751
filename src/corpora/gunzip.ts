/** @file Bytes that may be gzip → plain bytes; whether they are is seen in their first two (RFC 1952). */
import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { NeriumError } from "../errors.ts";

const inflatedChunkBytes = 1 << 18;

/** Passes plain bytes through and inflates gzip, also of several members. Throws UNREADABLE for broken gzip. */
export async function* gunzipped(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const start: Uint8Array[] = [];
    let length = 0;
    while (length < 2) {
      const next = await chunks.next();
      if (next.done) break;
      start.push(next.value);
      length += next.value.length;
    }
    const [first, second] = Buffer.concat(start);
    const rest = concatenated(start, chunks);
    yield* first === 0x1f && second === 0x8b ? inflated(rest, file) : rest;
  } finally {
    await chunks.return?.();
  }
}

/** All plain bytes at once, for formats that need them so. Throws CORPUS_FORMAT, with what to do, beyond a limit. */
export async function wholeSource(
  source: AsyncIterable<Uint8Array>,
  file: string,
  limit: { readonly bytes: number; readonly of: string; readonly advice: string },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of gunzipped(source, file)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= limit.bytes) continue;
    const problem = `expected at most ${limit.bytes} bytes ${limit.of}; ${limit.advice}`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file });
  }
  return Buffer.concat(chunks);
}

async function* concatenated(
  start: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* inflated(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: inflatedChunkBytes });
  // A failure of either side destroys the other and arrives in the loop below; the callback has nothing to add.
  pipeline(Readable.from(bytes), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    const problem = `expected whole gzip data, got: ${cause.message}; fetch or compress the file again (gzip -t shows the fault)`;
    throw new NeriumError("UNREADABLE", problem, { file, cause });
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
