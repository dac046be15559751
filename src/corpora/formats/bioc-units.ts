/** @file One text → a map between its UTF-16 offsets and offsets in one of BioC's units. */
import { codePointMap } from "../../documents/index.ts";
import type { BiocUnit } from "./bioc-model.ts";

export interface UnitMap {
  /** The text's length in the unit. */
  readonly length: number;
  /** Undefined where there is no such place between two characters. */
  toUtf16(offset: number): number | undefined;
  fromUtf16(offset: number): number;
}

export function unitMap(text: string, unit: BiocUnit): UnitMap {
  // oxlint-disable-next-line no-control-regex -- ASCII counts the same in every unit
  if (/^[\u0000-\u007F]*$/.test(text)) return plainMap(text.length);
  if (unit === "byte") return byteMap(text);
  const map = codePointMap(text);
  if (unit === "code-point") {
    return {
      length: map.length,
      toUtf16: (offset) => (inside(offset, map.length) ? map.toUtf16(offset) : undefined),
      fromUtf16: (offset) => map.toCodePoint(offset),
    };
  }
  return {
    length: text.length,
    toUtf16: (offset) => (inside(offset, text.length) && !splitsPair(text, offset) ? offset : undefined),
    fromUtf16: (offset) => offset,
  };
}

function plainMap(length: number): UnitMap {
  return {
    length,
    toUtf16: (offset) => (inside(offset, length) ? offset : undefined),
    fromUtf16: (offset) => offset,
  };
}

function inside(offset: number, length: number): boolean {
  return Number.isInteger(offset) && offset >= 0 && offset <= length;
}

function splitsPair(text: string, offset: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(offset - 1, offset + 1));
}

function byteMap(text: string): UnitMap {
  const bytes = new Uint32Array(text.length + 1); // byte offset of each UTF-16 offset
  const places = new Map<number, number>([[0, 0]]);
  let at = 0;
  let utf16 = 0;
  for (const character of text) {
    // Inside of a pair there is no place: it has the place of the pair.
    for (let half = 0; half < character.length; half++) bytes[utf16 + half] = at;
    at += Buffer.byteLength(character);
    utf16 += character.length;
    bytes[utf16] = at;
    places.set(at, utf16);
  }
  return {
    length: at,
    toUtf16: (offset) => places.get(offset),
    fromUtf16: (offset) => bytes[offset]!,
  };
}
