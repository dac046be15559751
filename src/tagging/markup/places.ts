/** @file A text → the places where a mention may begin or end. */

export interface TagPlaces {
  /** Where a word begins: an opening tag may stand before it. */
  readonly starts: readonly number[];
  /** Where a word ends: a closing tag may stand behind it. */
  readonly ends: readonly number[];
}

/** A run of letters, a run of digits, or one other character that is no white space. */
const word = /(?:\p{L}\p{M}*)+|\p{N}+|[^\p{White_Space}\p{L}\p{N}]\p{M}*/gu;

/** Mentions begin and end at words: what annotators mark otherwise is rare (docs/recognition.md says how rare). */
export function tagPlaces(text: string): TagPlaces {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: found, index } of text.matchAll(word)) {
    starts.push(index);
    ends.push(index + found.length);
  }
  return { starts, ends };
}
