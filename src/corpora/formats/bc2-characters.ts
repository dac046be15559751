/** @file A sentence → its characters as BioCreative II counts them: all but ASCII white space, as in the task's own script. */
import type { Fragment } from "../../documents/index.ts";
import { partitionPoint } from "../../shared/partition-point.ts";

export interface CountedCharacters {
  readonly count: number;
  /** How many begin before an offset (UTF-16). */
  before(offset: number): number;
  /** Where the characters from the first to the last stand (UTF-16), both included; undefined where there are no such. */
  place(first: number, last: number): Fragment | undefined;
}

export function countedCharacters(text: string): CountedCharacters {
  const skipped = skippedUnits(text);
  const count = text.length - skipped.length;
  // The skipped unit number `index` stands behind `unit - index` characters: that ascends, so it can be searched.
  const startOf = (character: number): number =>
    character + partitionPoint(skipped.length, (index) => skipped[index]! - index <= character);
  return {
    count,
    before: (offset) => offset - partitionPoint(skipped.length, (index) => skipped[index]! < offset),
    place(first, last) {
      if (!(first <= last && last < count)) return undefined; // also for what is no number
      const end = startOf(last);
      return { start: startOf(first), end: end + (text.codePointAt(end)! > 0xffff ? 2 : 1) };
    },
  };
}

/** The offsets of white space, and of second halves of surrogate pairs: they belong to the character before them. */
function skippedUnits(text: string): number[] {
  const skipped: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x20 && code < 0xdc00) continue;
    const isSpace = code === 0x20 || (code >= 0x09 && code <= 0x0d);
    if (isSpace || (code >= 0xdc00 && code < 0xe000 && isHigh(text.charCodeAt(at - 1)))) skipped.push(at);
  }
  return skipped;
}

/** Whether a unit is the first half of a surrogate pair; NaN, what stands before a text, is none. */
function isHigh(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
