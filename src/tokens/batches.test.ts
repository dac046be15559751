import * as fc from "fast-check";
import { expect, test } from "vitest";
import { randomFrom } from "../shared/random.ts";
import { batchByLength } from "./batches.ts";

const width = (lengths: readonly number[], batch: readonly number[]): number =>
  Math.max(8, ...batch.map((index) => Math.ceil(lengths[index]! / 8) * 8));

test("rows of similar length go together, up to the budget", () => {
  expect(batchByLength([3, 20, 7, 24, 8], { tokenBudget: 48 })).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
});

test("a row longer than the budget stands alone", () => {
  expect(batchByLength([100, 100, 5], { tokenBudget: 64 })).toEqual([[2], [0], [1]]);
});

test("every index stands in one batch, every batch keeps budget and rows, with and without shuffling", () => {
  const anything = fc.record({
    lengths: fc.array(fc.nat(90)),
    tokenBudget: fc.integer({ min: 1, max: 400 }),
    maximumRows: fc.integer({ min: 1, max: 9 }),
    seed: fc.option(fc.integer()),
  });
  fc.assert(
    fc.property(anything, ({ lengths, seed, ...limits }) => {
      const options = seed === null ? limits : { ...limits, random: randomFrom(seed) };
      const batches = batchByLength(lengths, options);
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(limits.maximumRows);
        if (batch.length > 1)
          expect(batch.length * width(lengths, batch)).toBeLessThanOrEqual(limits.tokenBudget);
      }
    }),
  );
});

test("the same seed gives the same batches, another seed others", () => {
  const lengths = Array.from({ length: 200 }, (_, index) => (index * 37) % 64);
  const shuffled = (seed: number): number[][] =>
    batchByLength(lengths, { tokenBudget: 256, random: randomFrom(seed) });
  expect(shuffled(1)).toEqual(shuffled(1));
  expect(shuffled(1)).not.toEqual(shuffled(2));
});

test("budgets that make no sense are refused", () => {
  expect(() => batchByLength([1], { tokenBudget: 0 })).toThrow(/tokenBudget 0/);
  expect(() => batchByLength([1], { tokenBudget: Number.NaN })).toThrow(/NaN/);
});
