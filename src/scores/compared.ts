/** @file Gold and predicted documents → one compared document each: spans, verdicts and texts, ready to be counted. */
import type { Document } from "../documents/index.ts";
import { documentText } from "../documents/index.ts";
import { checkSameText } from "./compare.ts";
import type { Span } from "./spans.ts";
import { spansOf } from "./spans.ts";
import type { Verdicts } from "./verdicts.ts";
import { verdictsOf } from "./verdicts.ts";

/** One gold document and what one system says about it. */
export interface ComparedDocument {
  readonly id: string;
  readonly text: string;
  readonly gold: readonly Span[];
  /** Empty if the system lacks the document. */
  readonly predicted: readonly Span[];
  readonly isMissing: boolean;
  readonly verdicts: Verdicts;
}

export interface Pairing {
  /** In gold's order; undefined where there is no prediction. */
  readonly predicted: readonly (Document | undefined)[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** By id; where an id comes more than once, the first with the first, the second with the second. Checks the texts. */
export function pairDocuments(gold: readonly Document[], predicted: readonly Document[]): Pairing {
  const waiting = new Map<string, Document[]>();
  for (const document of predicted) {
    const same = waiting.get(document.id);
    if (same === undefined) waiting.set(document.id, [document]);
    else same.push(document);
  }
  const missing: string[] = [];
  const pairs = gold.map((document) => {
    const prediction = waiting.get(document.id)?.shift();
    if (prediction === undefined) missing.push(document.id);
    else checkSameText(document, prediction);
    return prediction;
  });
  const extra = [...waiting.values()].flat().map(({ id }) => id);
  return { predicted: pairs, missing, extra };
}

/** `types` leaves out mentions of all others, on both sides. */
export function compare(
  gold: readonly Document[],
  { predicted }: Pairing,
  types: readonly string[] | undefined,
): ComparedDocument[] {
  return gold.map((document, at) => {
    const prediction = predicted[at];
    const goldSpans = spansOf(document, types);
    const predictedSpans = prediction === undefined ? [] : spansOf(prediction, types);
    return {
      id: document.id,
      text: documentText(document),
      gold: goldSpans,
      predicted: predictedSpans,
      isMissing: prediction === undefined,
      verdicts: verdictsOf(goldSpans, predictedSpans),
    };
  });
}

/** What a span covers; the parts of a discontinuous one are joined by one space. */
export function spanText(text: string, { parts }: Span): string {
  return parts.map(({ start, end }) => text.slice(start, end)).join(" ");
}
