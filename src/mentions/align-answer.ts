/** @file A text and a model's marked answer to it → the marks as mentions of the text, and what became of each mark (D4). */
import type { Fragment } from "../documents/index.ts";
import { pairMarks, parseMarkup } from "../instructions/marks.ts";
import type { Mark, MarkedCopy, Markup } from "../instructions/markup.ts";
import { lexMarkup } from "../instructions/markup.ts";
import { exactMarks } from "./align-exact.ts";
import type { FoundCopy } from "./align-find.ts";
import { findCopy } from "./align-find.ts";
import { withoutLiterals } from "./align-literals.ts";
import { placeMark, trimmed } from "./align-place.ts";
import type { AlignedAnswer, AlignedMention, MarkStatus } from "./types.ts";
import { noCounts } from "./types.ts";

/**
 * Strips the marks, finds the text's copy in what is left (exact, but for the tokenizer's clean-up, but for white
 * space, by edit distance) and carries the marks over. Where the copy is intact the mentions are exactly the marks,
 * without the white space at their ends. Deterministic, linear in practice, never throws, knows no gold.
 */
export function alignAnswer(text: string, answer: string, markup: Markup): AlignedAnswer {
  const { head, tail } = withoutThoughts(answer);
  const marked = markedCopy(text, tail, markup);
  const found = findCopy(text, marked);
  const outside = head === "" ? 0 : parseMarkup(head, markup).marks.length;
  return gather(text, marked, found, outside);
}

/** Where the text holds signs itself, an answer that is the text with whole tags is read as that and nothing else. */
function markedCopy(text: string, answer: string, markup: Markup): MarkedCopy {
  const marks = lexMarkup(text, markup).length === 0 ? undefined : exactMarks(text, answer, markup);
  if (marks !== undefined) return { copy: text, marks };
  return pairMarks(answer, withoutLiterals(text, answer, lexMarkup(answer, markup)), markup);
}

/** What a reasoning model thinks before it answers is no answer, even where it holds the copy. */
function withoutThoughts(answer: string): { head: string; tail: string } {
  const end = answer.lastIndexOf("</think>");
  if (end < 0) return { head: "", tail: answer };
  const from = end + "</think>".length;
  return { head: answer.slice(0, from), tail: answer.slice(from) };
}

function gather(text: string, { copy, marks }: MarkedCopy, found: FoundCopy, outside: number): AlignedAnswer {
  const counts = noCounts();
  counts.outside = outside;
  const mentions: AlignedMention[] = [];
  const taken = new Set<string>();
  for (const [at, mark] of marks.entries()) {
    const loss = lossOf(mark, found, at === marks.length - 1);
    const place = loss === undefined ? placeIn(text, copy, mark, found) : undefined;
    const key = `${place?.start} ${place?.end} ${mark.type}`;
    if (place === undefined || found.status === "absent" || taken.has(key)) {
      counts[loss ?? "rejected"]++;
      continue;
    }
    taken.add(key);
    counts[found.status]++;
    const stated = copy.slice(...ends(trimmed(copy, mark)));
    mentions.push({
      ...place,
      type: mark.type!,
      ...(stated !== text.slice(place.start, place.end) && { stated }),
      alignment: found.status,
    });
  }
  return {
    mentions: mentions.sort((a, b) => a.start - b.start || b.end - a.end),
    counts,
    marks: marks.length + outside,
    copy: found.status,
    truncated: found.truncated,
    nested: marks.filter(({ nested }) => nested).length,
    broken: marks.filter(({ broken }) => broken).length,
  };
}

function ends({ start, end }: Fragment): [number, number] {
  return [start, end];
}

/** Why a mark cannot make a mention, whatever the text says. */
function lossOf(mark: Mark, found: FoundCopy, isLast: boolean): MarkStatus | undefined {
  if (mark.shape === "unclosed" && isLast && found.cut) return "truncated";
  if (mark.end < found.from || mark.start > found.to) return "outside";
  if (mark.shape !== "closed") return mark.shape;
  if (mark.start >= found.to || mark.end <= found.from) return "outside";
  return mark.type === undefined ? "foreign" : undefined;
}

/** Where a mark stands in the text, whole characters only. */
function placeIn(text: string, copy: string, mark: Mark, { projection }: FoundCopy): Fragment | undefined {
  const place = placeMark(text, copy, trimmed(copy, mark), projection);
  if (place === undefined) return undefined;
  const start = splitsPair(text, place.start) ? place.start - 1 : place.start;
  const end = splitsPair(text, place.end) ? place.end + 1 : place.end;
  return { start, end };
}

function splitsPair(text: string, offset: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(Math.max(0, offset - 1), offset + 1));
}
