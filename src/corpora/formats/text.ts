/** @file Plain text → documents without mentions: a file is one document, or each line is one. */
import type { Document } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { gunzipped } from "../gunzip.ts";
import { fileStem } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import { decodeUtf8 } from "../utf8.ts";

export interface TextOptions extends ReadOptions {
  /** One document a line (id `stem:line`, blank lines skipped) and not one a file: for pre-training text. */
  readonly perLine?: boolean | undefined;
}

/** One document has to be one string in memory; below V8's limit with room to spare. */
const maxFileBytes = 256 * 1024 * 1024;

/**
 * The text is untouched, a byte-order mark included: offsets made elsewhere may count it. (Line by line the mark and
 * the line endings are no text.) Throws ENCODING, UNREADABLE, CORPUS_FORMAT.
 */
export async function* readText(
  source: AsyncIterable<Uint8Array>,
  options: TextOptions,
): AsyncGenerator<Document> {
  const stem = fileStem(options.file);
  if (options.perLine !== true) {
    yield newDocument(stem, decodeUtf8(await allBytes(source, options.file), options.file, 1));
    return;
  }
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      if (line.text.trim() !== "") yield newDocument(`${stem}:${line.number}`, line.text);
    }
  }
}

function newDocument(id: string, text: string): Document {
  return { id, passages: [{ text, mentions: [] }] };
}

async function allBytes(source: AsyncIterable<Uint8Array>, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of gunzipped(source, file)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxFileBytes) {
      const problem = `expected at most ${maxFileBytes} bytes for one document; split the file, or read it line by line`;
      throw new NeriumError("CORPUS_FORMAT", problem, { file });
    }
  }
  return Buffer.concat(chunks);
}
