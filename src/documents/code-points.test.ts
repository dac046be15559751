/** @file UTF-16 offsets ↔ code-point offsets, checked against JavaScript's own string iterator. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codePointMap } from "./code-points.ts";

/** The UTF-16 offset of each code point, the slow way; the text's length last. */
function slowOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push(offsets.at(-1)! + character.length);
  return offsets;
}

describe("codePointMap", () => {
  it("agrees with the string iterator in both directions on 100,000 random strings", () => {
    // Halves of pairs by themselves, whole pairs, marks, line ends and plain letters, in any order.
    const unit = fc.constantFrom("a", "é", "e\u0301", "🧬", "𝛽", "\uD83E", "\uDDEC", "\r\n", "\t", "中", "");
    const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(""));
    const property = fc.property(text, (value) => {
      const map = codePointMap(value);
      const offsets = slowOffsets(value);
      if (map.length !== offsets.length - 1) return false;
      return offsets.every(
        (utf16, point) => map.toUtf16(point) === utf16 && map.toCodePoint(utf16) === point,
      );
    });
    fc.assert(property, { numRuns: 100_000, seed: 20_240_601 });
  });

  it("refuses offsets inside of a surrogate pair and says which character it is", () => {
    const map = codePointMap("a🧬b");
    expect(() => map.toCodePoint(2)).toThrow(/got 2, which lies inside of 🧬/);
    expect(map.toCodePoint(3)).toBe(2);
  });

  it.each(["abc", "a🧬c"])("refuses offsets out of range in %j", (text) => {
    const map = codePointMap(text);
    for (const offset of [-1, 5, 0.5, Number.NaN, Infinity]) {
      expect(() => map.toCodePoint(offset)).toThrow(expect.objectContaining({ code: "OFFSETS" }));
      expect(() => map.toUtf16(offset)).toThrow(expect.objectContaining({ code: "OFFSETS" }));
    }
  });

  it("counts a lone surrogate as one", () => {
    expect(codePointMap("\uDDEC\uD83Ea").length).toBe(3);
    expect(codePointMap("🧬\uD83E").toUtf16(2)).toBe(3);
  });
});
