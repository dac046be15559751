/** @file Bytes, plain or gzip → whole lines of text, strictly UTF-8. Knows nothing of what the lines say. */
import { NeriumError } from "../errors.ts";
import { gunzipped } from "./gunzip.ts";
import { decodeUtf8 } from "./utf8.ts";

export interface Line {
  /** Without what ends it, "\n" or "\r\n". A lone carriage return is text. */
  readonly text: string;
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
const pieceBytes = 1 << 18;

/**
 * Lines in batches, because one `await` a line costs more than reading it. A byte-order mark at the start is removed.
 * Throws ENCODING for invalid UTF-8, CORPUS_FORMAT for a line beyond the limit, UNREADABLE for broken gzip.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<readonly Line[]> {
  let number = 0;
  for await (const block of readLineBlocks(source, options, () => number)) {
    const lines = splitLines(block, number);
    yield lines;
    number += lines.length;
  }
}

/**
 * Stretches of many whole lines, for readers that find their way in them by themselves: for very short lines that takes
 * half the time. `before` says how many lines the reader has seen; it is asked when a fault has to be placed.
 */
export async function* readLineBlocks(
  source: AsyncIterable<Uint8Array>,
  { file, maxLineBytes = defaultMaxLineBytes }: LineOptions,
  before: () => number,
): AsyncGenerator<string> {
  let pending: Uint8Array[] = []; // bytes of an unfinished line
  let pendingBytes = 0;
  let first = true;
  const decoded = (bytes: Uint8Array): string => {
    const text = decodeUtf8(bytes, file, before() + 1);
    const marked = first && text.startsWith("\uFEFF");
    first = false;
    return marked ? text.slice(1) : text;
  };
  for await (const piece of pieces(gunzipped(source, file))) {
    const cut = piece.lastIndexOf(0x0a) + 1;
    if (cut > 0) {
      const whole = piece.subarray(0, cut);
      yield decoded(pendingBytes === 0 ? whole : Buffer.concat([...pending, whole]));
      pending = [];
      pendingBytes = 0;
    }
    pending.push(piece.subarray(cut));
    pendingBytes += piece.length - cut;
    if (pendingBytes > maxLineBytes) throw tooLong(file, before() + 1, maxLineBytes);
  }
  if (pendingBytes === 0) return;
  const rest = decoded(Buffer.concat(pending));
  if (rest !== "") yield rest;
}

async function* pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += pieceBytes)
      yield chunk.subarray(start, start + pieceBytes);
  }
}

function splitLines(text: string, before: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  let number = before;
  while (start < text.length) {
    const feed = text.indexOf("\n", start);
    const end = feed < 0 ? text.length : feed;
    lines.push({ text: text.slice(start, lineEnd(text, start, end)), number: ++number });
    start = end + 1;
  }
  return lines;
}

/** Where a line's text ends: before the carriage return that may stand before its line feed at `end`. */
export function lineEnd(text: string, start: number, end: number): number {
  return end > start && end < text.length && text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
}

function tooLong(file: string, line: number, limit: number): NeriumError {
  return new NeriumError(
    "CORPUS_FORMAT",
    `expected lines of at most ${limit} bytes, got a longer one; is this a text file with line breaks?`,
    { file, line },
  );
}
