/** @file Plain text → documents without mentions: a file is one document, or each line is one. */
import type { Document } from "../../documents/index.ts";
import { wholeSource } from "../gunzip.ts";
import { fileStem } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import { decodeUtf8 } from "../utf8.ts";

export interface TextOptions extends ReadOptions {
  /** One document a line (id `stem:line`, blank lines skipped) and not one a file: for pre-training text. */
  readonly perLine?: boolean | undefined;
}

/** One document has to be one string in memory; below V8's limit with room to spare. */
const limit = {
  bytes: 256 * 1024 * 1024,
  of: "for one document",
  advice: "split the file, or read it line by line",
};

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
    const bytes = await wholeSource(source, options.file, limit);
    yield newDocument(stem, decodeUtf8(bytes, options.file, 1));
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
