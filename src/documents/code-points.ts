/** @file One text → a map between its UTF-16 offsets and its code-point offsets, both ways. */
import { NeriumError } from "../errors.ts";
import { partitionPoint } from "../shared/partition-point.ts";

export interface CodePointMap {
  /** The text's length in code points. */
  readonly length: number;
  /** UTF-16 offset → code-point offset. Throws OFFSETS out of range or between the halves of a surrogate pair. */
  toCodePoint(utf16: number): number;
  /** Code-point offset → UTF-16 offset. Throws OFFSETS out of range. */
  toUtf16(codePoint: number): number;
}

/**
 * Builds the map in one pass; each conversion is then O(log pairs), and O(1) for text without surrogates.
 * A lone surrogate counts as one code point, as JavaScript's own string iterator counts it.
 */
export function codePointMap(text: string): CodePointMap {
  const pairs = surrogatePairs(text);
  const length = text.length - pairs.length;
  if (pairs.length === 0) {
    const same = (offset: number): number => checked(offset, length, "UTF-16 units or code points");
    return { length, toCodePoint: same, toUtf16: same };
  }
  return {
    length,
    toCodePoint(utf16) {
      checked(utf16, text.length, "UTF-16 units");
      const before = partitionPoint(pairs.length, (index) => pairs[index]! < utf16);
      if (pairs[before - 1] === utf16 - 1) throw insidePair(text, utf16);
      return utf16 - before;
    },
    toUtf16(codePoint) {
      checked(codePoint, length, "code points");
      // The pair number `index` stands at code point `place - index`: that is ascending, so it can be searched.
      return codePoint + partitionPoint(pairs.length, (index) => pairs[index]! - index < codePoint);
    },
  };
}

/** UTF-16 offsets of the first halves of all surrogate pairs, ascending. */
function surrogatePairs(text: string): number[] {
  const pairs: number[] = [];
  for (const match of text.matchAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)) pairs.push(match.index);
  return pairs;
}

function checked(offset: number, length: number, unit: string): number {
  if (Number.isInteger(offset) && offset >= 0 && offset <= length) return offset;
  throw new NeriumError(
    "OFFSETS",
    `expected a whole offset from 0 to ${length} (${unit}), got ${offset}; check the text and the offsets' unit`,
  );
}

function insidePair(text: string, utf16: number): NeriumError {
  const character = String.fromCodePoint(text.codePointAt(utf16 - 1)!);
  return new NeriumError(
    "OFFSETS",
    `expected an offset between two characters, got ${utf16}, which lies inside of ${character} (a UTF-16 surrogate pair); ` +
      "the offsets probably count code points: say so where they are read",
  );
}
