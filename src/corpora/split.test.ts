/** @file Shares of ids: sizes, seeds and independence of the order. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { partSizes, splitIds } from "./split.ts";

const names = ["train", "dev", "test"];
const ids = Array.from({ length: 100 }, (_, index) => `id${index}`);

function split(of: Iterable<string>, seed: number): string[][] {
  return splitIds(of, names, [8, 1, 1], seed).map((part) => [...part.ids]);
}

it("gives every id to one part, in the ratios", () => {
  const parts = split(ids, 0);
  expect(parts.map(({ length }) => length)).toEqual([80, 10, 10]);
  expect(parts.flat().toSorted()).toEqual(ids.toSorted());
});

it("depends on the seed and not on the order or on repeats", () => {
  expect(split([...ids, ...ids].toReversed(), 1)).toEqual(split(ids, 1));
  expect(split(ids, 1)).not.toEqual(split(ids, 2));
});

it("always gives the same split for the same seed", () => {
  expect(split(["a", "b", "c", "d", "e", "f"], 7)).toMatchInlineSnapshot(`
    [
      [
        "f",
        "e",
        "b",
        "d",
        "c",
      ],
      [
        "a",
      ],
      [],
    ]
  `);
});

it("rounds sizes so that they sum up and are never more than one off", () => {
  const ratios = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.nat(1000), ratios, (total, shares) => {
      const sizes = partSizes(total, shares);
      const sum = shares.reduce((a, b) => a + b);
      expect(sizes.reduce((a, b) => a + b)).toBe(total);
      for (const [index, size] of sizes.entries()) {
        expect(Math.abs(size - (total * shares[index]!) / sum)).toBeLessThan(1);
      }
    }),
  );
});
