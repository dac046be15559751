/** @file A text and an answer without its marks → where in the answer the text's copy is, and how it differs. */
import type { MarkedCopy } from "../instructions/markup.ts";
import type { Projection } from "./align-copy.ts";
import { projectCopy } from "./align-copy.ts";
import type { Letters } from "./align-letters.ts";
import { findAll, lettersBefore, lettersOf } from "./align-letters.ts";
import { windowOf } from "./align-window.ts";
import { insideWord, wordsOf } from "./align-words.ts";
import type { AlignmentStatus } from "./types.ts";

export interface FoundCopy {
  readonly status: AlignmentStatus | "absent";
  /** The stretch of the answer that is the copy. */
  readonly from: number;
  readonly to: number;
  /** It ends before the text does. */
  readonly truncated: boolean;
  /** It is truncated because the answer ends there. */
  readonly cut: boolean;
  readonly projection: Projection;
}

/** An answer that ends in the midst of the copy is taken for an intact one if this share of it is the copy. */
const leastOfAnswer = 0.75;

/** The first intact copy with marks, else the first intact one, else an intact beginning, else the likeliest stretch. */
export function findCopy(text: string, marked: MarkedCopy): FoundCopy {
  const wanted = lettersOf(text);
  const searched = lettersOf(marked.copy);
  const { starts: all, begun } = findAll(wanted.text, searched.text);
  const starts = all.filter((start) => isWhole(marked.copy, searched, start, wanted.text.length));
  const start = firstMarked(starts, wanted.text.length, searched, marked) ?? starts[0];
  if (start !== undefined) return intact(text, wanted, searched, marked.copy, start, wanted.text.length);
  if (begun > 0 && begun >= leastOfAnswer * searched.text.length) {
    return intact(text, wanted, searched, marked.copy, searched.text.length - begun, begun);
  }
  return altered(text, marked);
}

/** A copy begins and ends with words: "gout" is not in "gouts". */
function isWhole(copy: string, { offsets }: Letters, start: number, length: number): boolean {
  return !insideWord(copy, offsets[start]!) && !insideWord(copy, offsets[start + length - 1]! + 1);
}

/** Talk before the answer often repeats the text without marks. */
function firstMarked(
  starts: readonly number[],
  length: number,
  searched: Letters,
  { marks }: MarkedCopy,
): number | undefined {
  if (starts.length < 2) return undefined;
  const closed = marks
    .filter(({ shape }) => shape === "closed")
    .map(({ start, end }) => ({ start: lettersBefore(searched, start), end: lettersBefore(searched, end) }));
  let next = 0;
  return starts.find((start) => {
    while (next < closed.length && closed[next]!.start < start) next++;
    return next < closed.length && closed[next]!.end <= start + length;
  });
}

function intact(
  text: string,
  wanted: Letters,
  searched: Letters,
  copy: string,
  start: number,
  length: number,
): FoundCopy {
  const places = new Int32Array(copy.length).fill(-1);
  const same = new Uint8Array(copy.length);
  for (let at = 0; at < length; at++) {
    const offset = searched.offsets[start + at]!;
    places[offset] = wanted.offsets[at]!;
    same[offset] = 1;
  }
  const from = searched.offsets[start] ?? 0;
  const to = (searched.offsets[start + length - 1] ?? -1) + 1;
  const truncated = length < wanted.text.length;
  const copied = copy.slice(from, to);
  const until = truncated ? wanted.offsets[length - 1]! + 1 : text.length;
  const status = spacing(text.slice(0, until).trim(), copied, cleanedUp(text).trim());
  return { status, from, to, truncated, cut: truncated, projection: { places, same } };
}

/** How the white space of an intact copy relates to the text's. */
function spacing(text: string, copied: string, cleaned: string): AlignmentStatus {
  if (copied === text) return "exact";
  return cleaned.startsWith(copied) ? "cleanup" : "whitespace";
}

/** Hugging Face's `clean_up_tokenization`: what its decoders do to text unless told not to. */
function cleanedUp(text: string): string {
  const shortened = [".", "?", "!", ","].reduce((text, sign) => text.replaceAll(` ${sign}`, sign), text);
  return [" n't", " 'm", " 's", " 've", " 're"].reduce(
    (text, ending) => text.replaceAll(ending, ending.slice(1)),
    shortened.replaceAll(" ' ", "'"),
  );
}

function altered(text: string, { copy, marks }: MarkedCopy): FoundCopy {
  const inMark = new Uint8Array(copy.length);
  for (const { shape, start, end } of marks) if (shape === "closed") inMark.fill(1, start, end);
  const marked = (offset: number): boolean => inMark[offset] === 1;
  const textWords = wordsOf(text);
  const copyWords = wordsOf(copy);
  const window = windowOf(textWords, copyWords, ({ start }) => marked(start));
  const from = window.from === 0 ? 0 : copyWords[window.from]!.start;
  const to = window.to === copyWords.length ? copy.length : copyWords[window.to - 1]!.end;
  const projection = projectCopy(text, { copy, from, to, marked });
  const { first, last } = bounds(projection);
  if (first < 0)
    return { status: "absent", from: 0, to: copy.length, truncated: false, cut: false, projection };
  const truncated = /[\p{L}\p{N}]/u.test(
    text.slice(projection.places[last]! + 1).replace(/^[\p{L}\p{N}]+/u, ""),
  );
  // A last word that was cut, or a mark that was, may stand for nothing.
  const cut =
    truncated &&
    copy
      .slice(last + 1)
      .trim()
      .split(/\s+/).length <= 2;
  return { status: "edited", from, to, truncated, cut, projection };
}

function bounds({ places }: Projection): { first: number; last: number } {
  return {
    first: places.findIndex((place) => place >= 0),
    last: places.findLastIndex((place) => place >= 0),
  };
}
