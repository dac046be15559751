/** @file One mark of an altered copy → the stretch of the text it stands for, or nothing. */
import type { Fragment } from "../documents/index.ts";
import type { Projection } from "./align-copy.ts";
import { insideWord } from "./align-words.ts";

/** Of the longer of mark and stretch, this share of letters must be the same. */
const leastSame = 0.5;
/** A stretch that says something else entirely is believed up to this many words, if its neighbours stand right beside it. */
const longestReplaced = 6;

const blank = /\s/;

/**
 * From the first to the last letter that the mark's letters stand for. An end that lies inside of a word of the text,
 * but not of the copy, moves to that word's end over letters that the copy lacks ("amphetamine" for "amphetamines").
 * Half of the letters must be the same; failing that, the mark is believed if it fills the whole of a difference whose
 * neighbours on both sides are the text's ("MI" for "myocardial infarction").
 */
export function placeMark(
  text: string,
  copy: string,
  mark: Fragment,
  projection: Projection,
): Fragment | undefined {
  const { start, end } = trimmed(copy, mark);
  const found = mapped(projection, start, end);
  if (found === undefined) return undefined;
  const grown = grow(text, copy, { start, end }, found, projection);
  const letters = Math.max(countLetters(copy, start, end), countLetters(text, grown.start, grown.end));
  if (found.same / letters >= leastSame) return grown;
  return replaced(text, copy, { start, end }, projection);
}

/** A mark without the white space at its ends. */
export function trimmed(text: string, { start, end }: Fragment): Fragment {
  let [from, to] = [start, end];
  while (from < to && blank.test(text[from]!)) from++;
  while (to > from && blank.test(text[to - 1]!)) to--;
  return { start: from, end: to };
}

interface Mapped extends Fragment {
  /** Letters of the mark that the text has too. */
  readonly same: number;
}

function mapped({ places, same }: Projection, start: number, end: number): Mapped | undefined {
  let first = -1;
  let last = -1;
  let count = 0;
  for (let at = start; at < end; at++) {
    const place = places[at]!;
    if (place < 0) continue;
    if (first < 0) first = place;
    last = place;
    count += same[at]!;
  }
  return first < 0 ? undefined : { start: first, end: last + 1, same: count };
}

function grow(text: string, copy: string, mark: Fragment, found: Fragment, projection: Projection): Fragment {
  let { start, end } = found;
  const before = lastPlaceBefore(projection, mark.start);
  const after = firstPlaceFrom(projection, mark.end, text.length);
  if (!insideWord(copy, mark.start)) while (start - 1 > before && insideWord(text, start)) start--;
  if (!insideWord(copy, mark.end)) while (end < after && insideWord(text, end)) end++;
  return { start, end };
}

function lastPlaceBefore({ places }: Projection, offset: number): number {
  for (let at = offset - 1; at >= 0; at--) if (places[at]! >= 0) return places[at]!;
  return -1;
}

function firstPlaceFrom({ places }: Projection, offset: number, none: number): number {
  for (let at = offset; at < places.length; at++) if (places[at]! >= 0) return places[at]!;
  return none;
}

function countLetters(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (!blank.test(text[at]!)) count++;
  return count;
}

/** The text between the mark's neighbours, if those are in place and little enough lies between. */
function replaced(text: string, copy: string, mark: Fragment, { places }: Projection): Fragment | undefined {
  let left = mark.start - 1;
  while (left >= 0 && blank.test(copy[left]!)) left--;
  let right = mark.end;
  while (right < copy.length && blank.test(copy[right]!)) right++;
  if ((left >= 0 && places[left]! < 0) || (right < copy.length && places[right]! < 0)) return undefined;
  const start = left < 0 ? 0 : places[left]! + 1;
  const end = right >= copy.length ? text.length : places[right]!;
  const between = trimmed(text, { start, end });
  if (insideWord(text, between.start) || insideWord(text, between.end)) return undefined;
  const words = text.slice(between.start, between.end).split(/\s+/).length;
  return between.start < between.end && words <= longestReplaced ? between : undefined;
}
