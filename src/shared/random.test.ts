/** @file Seeded random numbers: the same for the same seeds, different for others, spread as they should be. */
import { describe, expect, it } from "vitest";
import { normalFrom, randomFrom, shuffle } from "./random.ts";

const first = (...seeds: number[]): number[] => Array.from({ length: 4 }, randomFrom(...seeds));

describe("random numbers", () => {
  it("are the same for the same seeds", () => {
    expect(first(5, 1, 2)).toEqual(first(5, 1, 2));
  });

  it("differ where any seed, their number or their order differs", () => {
    const seeds = [[], [0], [1], [-1], [2 ** 32], [2 ** 33 + 1], [0, 0], [0, 1], [1, 0], [1, 0, 0], [1, 1]];
    expect(new Set(seeds.map((list) => first(...list).join())).size).toBe(seeds.length);
  });

  it("fill [0, 1) evenly", () => {
    const random = randomFrom(3);
    const numbers = Array.from({ length: 20_000 }, random);
    expect(numbers.filter((number) => number < 0 || number >= 1)).toEqual([]);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length,
    );
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(250); // 6 standard deviations
  });

  it("have mean 0 and variance 1 where they are normal", () => {
    const normal = normalFrom(randomFrom(4));
    const numbers = Array.from({ length: 20_000 }, normal);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
  });
});

describe("shuffling", () => {
  it("keeps every item and reaches every order alike", () => {
    const random = randomFrom(6);
    const orders = new Map<string, number>();
    for (let time = 0; time < 6000; time++) {
      const order = shuffle(["a", "b", "c"], random).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].toSorted()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(180);
  });

  it("takes empty and single lists", () => {
    expect([shuffle([], randomFrom(1)), shuffle(["a"], randomFrom(1))]).toEqual([[], ["a"]]);
  });
});
