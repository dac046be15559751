/**
 * @file Sentences with marks, one a line → documents: BioNER-LLaMA's `<mark>p53</mark>` and
 * `<span class="disease">gout</span>`; the writer is in `marked-write.ts`.
 *
 * `<mark>` stands for one type (the option `type`, or "Entity"), a span's class is its type. Rules for reading:
 * an end closes the last open start of its kind, so marks may be nested; an end without a start, a start without an
 * end on its line and a mark around nothing make no mention, and are reported. A "<" that begins no mark is text; a
 * text that looks like a mark is written `&lt;mark>` (and one that looks like that, `&amp;lt;mark>`).
 * Reading and writing gives the same bytes but for: line endings, a byte-order mark, blank lines, a missing line end.
 */
import type { Document } from "../../documents/index.ts";
import { fileStem, quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";
import { parseMarks, renderMarks } from "./mark-up.ts";

export interface MarkedOptions extends ReadOptions {
  /** The type that a bare `<mark>` stands for; "Entity" if absent. */
  readonly type?: string | undefined;
}

/** Yields one document a line (id `stem:line`); blank lines are skipped. */
export async function* readMarked(
  source: AsyncIterable<Uint8Array>,
  options: MarkedOptions,
): AsyncGenerator<Document> {
  const stem = fileStem(options.file);
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      if (line.text.trim() !== "") yield parseLine(line, `${stem}:${line.number}`, options);
    }
  }
}

function parseLine(line: Line, id: string, options: MarkedOptions): Document {
  const { text, mentions, faults } = parseMarks(line.text, options.type);
  for (const { kind, what } of faults) {
    const problem = `${what} in ${quoted(line.text)}`;
    options.onIssue?.({ kind, file: options.file, line: line.number, document: id, problem });
  }
  // The line itself is kept where the marks do not say it all: faults, and marks in an unusual order.
  const same = renderMarks(text, mentions, options.type).line === line.text;
  return {
    id,
    passages: [{ text, kind: "sentence", mentions }],
    ...(!same && { carried: [{ format: "marked-layout", lines: [line.text] }] }),
  };
}
