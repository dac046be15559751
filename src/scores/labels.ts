/**
 * @file A sentence's labels → the spans of tokens they stand for, leniently (conlleval) or by the letter (IOB2).
 *
 * "conlleval" (Tjong Kim Sang & Buchholz 2000, https://www.clips.uantwerpen.be/conll2000/chunking/output.html; also
 * seqeval's default): an I that follows O, another type or an end begins a chunk, as a B would.
 * "iob2" (Ramshaw & Marcus 1995 as changed by Tjong Kim Sang & Veenstra 1999; seqeval's mode="strict", scheme=IOB2):
 * only a B begins a chunk, and an I that continues none is nothing at all. E and S are no labels of IOB2.
 */
import type { Fragment } from "../documents/index.ts";
import { bioToMentions } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";

export type LabelConvention = "conlleval" | "iob2";

/** Counts in tokens, the end excluded. */
export interface LabelSpan extends Fragment {
  readonly type: string;
}

export function labelSpans(labels: readonly string[], convention: LabelConvention): LabelSpan[] {
  const tokens = labels.map((_, at) => ({ start: at, end: at + 1 }));
  return bioToMentions(tokens, convention === "iob2" ? withoutOrphans(labels) : labels);
}

/** The same labels with O for every I that continues nothing. Throws DATA for E and S. */
export function withoutOrphans(labels: readonly string[]): string[] {
  let open: string | undefined;
  return labels.map((label) => {
    const type = label.slice(2);
    if (/^[ES](?:-|$)/.test(label)) throw notIob2(label);
    if (label.startsWith("B")) open = type;
    else if (label === "O" || open !== type) open = undefined;
    return open === undefined ? "O" : label;
  });
}

function notIob2(label: string): NeriumError {
  return new NeriumError(
    "DATA",
    `expected IOB2 labels (B-…, I-…, O), got ${JSON.stringify(label)}; leave out the convention iob2, or convert the file`,
  );
}
