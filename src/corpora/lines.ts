/** @file Bytes, plain or gzip → batches of numbered lines, strictly UTF-8. Knows nothing of what the lines say. */
import { NeriumError } from "../errors.ts";
import { gunzipped } from "./gunzip.ts";
import { decodeUtf8 } from "./utf8.ts";

export interface Line {
  readonly text: string;
  /** What ended the line; "" for a last line that nothing ends. A lone carriage return is text. */
  readonly ending: "\n" | "\r\n" | "";
  /** Counts from 1. */
  readonly number: number;
}

export interface LineOptions {
  readonly file: string;
  readonly maxLineBytes?: number | undefined;
}

/** Far above any abstract or full text, far below the longest string that V8 can hold. */
const defaultMaxLineBytes = 64 * 1024 * 1024;
/** Sources may hand out one huge buffer; decoding it in pieces keeps memory and string lengths in bounds. */
const pieceBytes = 1 << 20;

/**
 * Lines in batches, because one `await` a line costs more than reading it. A byte-order mark at the start is removed.
 * Throws ENCODING for invalid UTF-8, CORPUS_FORMAT for a line beyond the limit, UNREADABLE for broken gzip.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  { file, maxLineBytes = defaultMaxLineBytes }: LineOptions,
): AsyncGenerator<readonly Line[]> {
  let pending: Uint8Array[] = []; // bytes of an unfinished line
  let pendingBytes = 0;
  let number = 1;
  for await (const piece of pieces(gunzipped(source, file))) {
    const cut = piece.lastIndexOf(0x0a) + 1;
    if (cut > 0) {
      const bytes = Buffer.concat([...pending, piece.subarray(0, cut)]);
      const lines = splitLines(decodeUtf8(bytes, file, number), number);
      yield lines;
      number += lines.length;
      pending = [];
      pendingBytes = 0;
    }
    pending.push(piece.subarray(cut));
    pendingBytes += piece.length - cut;
    if (pendingBytes > maxLineBytes) throw tooLong(file, number, maxLineBytes);
  }
  if (pendingBytes > 0) yield splitLines(decodeUtf8(Buffer.concat(pending), file, number), number);
}

async function* pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += pieceBytes)
      yield chunk.subarray(start, start + pieceBytes);
  }
}

function splitLines(text: string, firstNumber: number): Line[] {
  const lines: Line[] = [];
  let start = firstNumber === 1 && text.startsWith("\uFEFF") ? 1 : 0;
  for (let end = text.indexOf("\n", start); end >= 0; end = text.indexOf("\n", start)) {
    const carriageReturn = end > start && text.charCodeAt(end - 1) === 0x0d;
    lines.push({
      text: text.slice(start, carriageReturn ? end - 1 : end),
      ending: carriageReturn ? "\r\n" : "\n",
      number: firstNumber + lines.length,
    });
    start = end + 1;
  }
  if (start < text.length)
    lines.push({ text: text.slice(start), ending: "", number: firstNumber + lines.length });
  return lines;
}

function tooLong(file: string, line: number, limit: number): NeriumError {
  return new NeriumError(
    "CORPUS_FORMAT",
    `expected lines of at most ${limit} bytes, got a longer one; is this a text file with line breaks?`,
    { file, line },
  );
}
