/** @file A name's places are those that a plain search finds, whatever the texts; a cover knows what overlaps. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cover, NameIndex, type NamePlace } from "./name-index.ts";

const isNamePart = (character: string | undefined): boolean => /^[\p{L}\p{M}\p{N}]$/u.test(character ?? "");

/** Each place of each text is tried. */
function searched(texts: readonly string[], name: string): NamePlace[] {
  const found: NamePlace[] = [];
  for (const [passage, text] of texts.entries()) {
    for (let start = 0; start + name.length <= text.length; start++) {
      const end = start + name.length;
      if (text.slice(start, end) !== name || isNamePart(text[start - 1]) || isNamePart(text[end])) continue;
      found.push({ passage, start, end });
      start = end - 1;
    }
  }
  return found;
}

describe("places of a name", () => {
  it.each([
    ["words", ["gout, goutier; gout", "anti-gout"], "gout", ["0:0-4", "0:15-19", "1:5-9"]],
    ["names of several words", ["renal failure and renal", "Renal failure"], "renal failure", ["0:0-13"]],
    ["signs before the first word", ["a (+)-x, (+)-x b(+)-x"], "(+)-x", ["0:2-7", "0:9-14"]],
    ["no overlaps", ["a a a a"], "a a", ["0:0-3", "0:4-7"]],
    ["nothing without a letter or digit", ["+ + +"], "+", []],
    ["nothing of an empty name", ["a"], "", []],
  ])("are %s", (_, texts, name, expected) => {
    const places = [...new NameIndex(texts).places(name)];
    expect(places.map(({ passage, start, end }) => `${passage}:${start}-${end}`)).toEqual(expected);
  });

  it("are found in any case on request", () => {
    const index = new NameIndex(["Gout GOUT gout", "İ Gout gout"]);
    const of = (ignoreCase: boolean): number[][] =>
      [...index.places("gout", { ignoreCase })].map(({ passage, start }) => [passage, start]);
    expect(of(true)).toEqual([
      [0, 0],
      [0, 5],
      [0, 10],
      [1, 7],
    ]); // İ gets longer in lower case: as it stands
    expect(of(false)).toEqual([
      [0, 10],
      [1, 7],
    ]);
  });

  it("are those of a plain search", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "1", " ", "-", "(", "é"), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), text, (texts, name) => {
        fc.pre(/[ab1é]/.test(name));
        expect([...new NameIndex(texts).places(name)]).toEqual(searched(texts, name));
      }),
      { numRuns: 2000 },
    );
  });
});

it("a cover knows what overlaps", () => {
  const cover = new Cover(10, [{ start: 2, end: 4 }]);
  const overlapping = (): number[] =>
    Array.from({ length: 9 }, (_, start) => start).filter((start) =>
      cover.overlaps({ start, end: start + 2 }),
    );
  expect(overlapping()).toEqual([1, 2, 3]);
  cover.add({ start: 8, end: 9 });
  expect(overlapping()).toEqual([1, 2, 3, 7, 8]);
});
