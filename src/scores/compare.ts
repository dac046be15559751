/** @file One gold document and its prediction → counts per type, under the strict convention. */
import type { Document } from "../documents/index.ts";
import { documentText, passageStarts } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { Counts } from "./counts.ts";
import { spanKey } from "./spans.ts";

export interface CompareOptions {
  /** Only mentions of these types are compared, on both sides; all if absent. */
  readonly types?: readonly string[];
}

/**
 * Counts per type. A predicted mention is right if start, end, fragments and type all equal those of a gold mention;
 * on either side, mentions that are equal in all of these count once. Without a prediction every gold mention is missed.
 * Texts that differ throw `DATA`, because offsets into another text mean nothing.
 */
export function compareDocuments(
  gold: Document,
  predicted: Document | undefined,
  options: CompareOptions = {},
): Map<string, Counts> {
  if (predicted !== undefined) checkSameText(gold, predicted);
  const expected = spansByType(gold, options.types);
  const found = predicted === undefined ? new Map() : spansByType(predicted, options.types);
  const counts = new Map<string, Counts>();
  for (const type of new Set([...expected.keys(), ...found.keys()])) {
    counts.set(type, compareSpans(expected.get(type) ?? new Set(), found.get(type) ?? new Set()));
  }
  return counts;
}

function compareSpans(expected: ReadonlySet<string>, found: ReadonlySet<string>): Counts {
  let truePositives = 0;
  for (const span of found) if (expected.has(span)) truePositives++;
  return {
    truePositives,
    falsePositives: found.size - truePositives,
    falseNegatives: expected.size - truePositives,
  };
}

/** The spans of each type as sets of keys in document offsets: how a file divides its text into passages is no matter. */
function spansByType(document: Document, types: readonly string[] | undefined): Map<string, Set<string>> {
  const spans = new Map<string, Set<string>>();
  const starts = passageStarts(document);
  for (const [at, passage] of document.passages.entries()) {
    for (const mention of passage.mentions) {
      if (types !== undefined && !types.includes(mention.type)) continue;
      const known = spans.get(mention.type) ?? new Set();
      spans.set(mention.type, known.add(spanKey(mention, starts[at]!)));
    }
  }
  return spans;
}

/** Throws `DATA` with document and place where the texts differ. */
export function checkSameText(gold: Document, predicted: Document): void {
  const expected = documentText(gold);
  const found = documentText(predicted);
  if (expected === found) return;
  const at = firstDifference(expected, found);
  throw new NeriumError(
    "DATA",
    `document ${gold.id}: gold and predicted text differ from character ${at} on: ` +
      `gold ${excerpt(expected, at)}, predicted ${excerpt(found, at)}. ` +
      `Tag the gold file's own text, or evaluate against the file that was tagged.`,
  );
}

/** Counts UTF-16 units from 0; the shorter length if one text is the beginning of the other. */
function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function excerpt(text: string, at: number): string {
  if (at >= text.length) return "ends there";
  return `has ${JSON.stringify(text.slice(at, at + 20))}`;
}
