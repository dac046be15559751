/** @file A document's passages → the one text they make, with the place of each passage in it. */
import { NeriumError } from "../errors.ts";
import type { Document, Fragment, Mention } from "./types.ts";

/** What stands between two passages when the document does not say: PubTator's rule. */
const defaultSeparator = " ";

/** The passages' texts joined by the document's separator (one space if it has none). */
export function documentText(document: Document): string {
  return document.passages.map((passage) => passage.text).join(document.separator ?? defaultSeparator);
}

/** The UTF-16 offset of each passage in `documentText(document)`. */
export function passageStarts(document: Document): number[] {
  const gap = (document.separator ?? defaultSeparator).length;
  let start = 0;
  return document.passages.map((passage) => {
    const here = start;
    start += passage.text.length + gap;
    return here;
  });
}

/**
 * The text of a mention: its slice of the passage's text; the parts of a discontinuous mention are joined by one space,
 * as brat writes them. Throws OFFSETS where the mention does not lie inside of the text.
 */
export function mentionText(text: string, mention: Mention): string {
  const whole = sliced(text, mention, mention.type);
  return mention.fragments?.map((fragment) => sliced(text, fragment, mention.type)).join(" ") ?? whole;
}

function sliced(text: string, { start, end }: Fragment, type: string): string {
  if (start >= 0 && start <= end && end <= text.length) return text.slice(start, end);
  throw outside(text, type, start, end);
}

function outside(text: string, type: string, start: number, end: number): NeriumError {
  return new NeriumError(
    "OFFSETS",
    `a mention of type ${JSON.stringify(type)} reaches from ${start} to ${end}; expected 0 <= start <= end <= ${text.length} ` +
      `(UTF-16 units) in the passage that begins ${JSON.stringify(text.slice(0, 40))}; mentions count from their passage's start`,
  );
}
