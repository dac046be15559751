/** @file Bytes of a JSON array, or of values one after another (JSON Lines) → its values one by one, in bounded memory. */
import { NeriumError } from "../errors.ts";
import { gunzipped } from "./gunzip.ts";
import { quoted } from "./issues.ts";
import { decodeUtf8 } from "./utf8.ts";

export interface JsonValue {
  readonly value: unknown;
  /** The line on which the value begins, from 1. */
  readonly line: number;
}

export interface JsonValueOptions {
  readonly file: string;
  readonly maxValueBytes?: number | undefined;
}

/** PubTator 3's relations nest 8 deep; thousands of levels would break whoever walks through them. */
export const maxJsonDepth = 100;
const defaultMaxValueBytes = 64 * 1024 * 1024;
const [newline, quote, backslash, comma] = [0x0a, 0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where a scanner is: everything it must remember from one chunk of bytes to the next. */
interface Scan {
  depth: number;
  inString: boolean;
  escaped: boolean;
  /** The depth at which values stand: 1 inside of one great array, 0 for values one after another; -1 unknown yet. */
  level: number;
  line: number;
  valueLine: number;
  /** No value has ended yet: the great array's bracket stands before it. */
  first: boolean;
  parts: Uint8Array[];
  bytes: number;
}

/**
 * Yields objects and arrays; an array whose first item is a string is a value itself (spaCy's `["text", {…}]`).
 * Throws CORPUS_FORMAT with the line for what is no JSON.
 */
export async function* readJsonValues(
  source: AsyncIterable<Uint8Array>,
  { file, maxValueBytes = defaultMaxValueBytes }: JsonValueOptions,
): AsyncGenerator<JsonValue> {
  const place = { depth: 0, level: -1, line: 1, valueLine: 1 };
  const scan: Scan = { ...place, inString: false, escaped: false, first: true, parts: [], bytes: 0 };
  for await (const chunk of withoutMark(gunzipped(source, file))) {
    let start = 0;
    for (const end of valueEnds(chunk, scan, file)) {
      const value = parsed([...scan.parts, chunk.subarray(start, end)], scan, file);
      scan.first = false;
      scan.parts = [];
      scan.bytes = 0;
      start = end;
      yield value;
    }
    scan.parts.push(chunk.subarray(start));
    scan.bytes += chunk.length - start;
    if (scan.bytes > maxValueBytes) {
      const problem = `expected JSON values of at most ${maxValueBytes} bytes, got a longer one; is this the right format?`;
      throw new NeriumError("CORPUS_FORMAT", problem, { file, line: scan.valueLine });
    }
  }
  const rest = decodeUtf8(Buffer.concat(scan.parts), file, scan.line).trim();
  if (scan.depth !== 0 || scan.inString || /[^\s,[\]]/.test(rest)) {
    const problem = `expected whole JSON, got its end after ${quoted(rest.slice(-60))}; was the file cut off?`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, line: scan.line });
  }
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of chunks) {
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    first = false;
    yield marked ? chunk.subarray(3) : chunk;
  }
}

/** Offsets in the chunk right behind each value that ends in it. */
function* valueEnds(chunk: Uint8Array, scan: Scan, file: string): Generator<number> {
  for (let index = 0; index < chunk.length; index++) {
    if (scan.inString) {
      index = endOfString(chunk, index, scan);
      continue;
    }
    const byte = chunk[index]!;
    if (byte === newline) scan.line++;
    else if (byte === quote) {
      if (scan.level < 0) scan.level = 0; // the first item of the first array is a string
      scan.inString = true;
    } else if (byte === openBracket || byte === openBrace) {
      if (scan.level < 0 && (byte === openBrace || scan.depth === 1)) scan.level = scan.depth;
      if (scan.depth === scan.level || scan.level < 0) scan.valueLine = scan.line;
      if (++scan.depth > maxJsonDepth) {
        const problem = `expected at most ${maxJsonDepth} brackets inside of each other; is this the right format?`;
        throw new NeriumError("CORPUS_FORMAT", problem, { file, line: scan.line });
      }
    } else if (byte === closeBracket || byte === closeBrace) {
      scan.depth--;
      if (scan.level >= 0 && scan.depth === scan.level) yield index + 1;
    }
  }
}

/** The place of the quotation mark that ends the open string, or the chunk's length. */
function endOfString(chunk: Uint8Array, start: number, scan: Scan): number {
  let { escaped } = scan;
  let index = start;
  for (; index < chunk.length; index++) {
    const byte = chunk[index]!;
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) {
      scan.inString = false;
      break;
    }
    if (byte === newline) scan.line++;
  }
  scan.escaped = escaped;
  return index;
}

/** A value's bytes, perhaps with the great array's bracket or a comma before them. */
function parsed(parts: readonly Uint8Array[], scan: Scan, file: string): JsonValue {
  const bytes = Buffer.concat(parts);
  let start = 0;
  while (bytes[start]! <= 0x20 || (!scan.first && bytes[start] === comma)) start++;
  if (scan.first && scan.level === 1) start++;
  const text = decodeUtf8(bytes.subarray(start), file, scan.valueLine);
  try {
    return { value: JSON.parse(text) as unknown, line: scan.valueLine };
  } catch (cause) {
    const problem = `expected JSON, got ${quoted(text.trim())}: ${cause instanceof Error ? cause.message : ""}`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, line: scan.valueLine, cause });
  }
}
