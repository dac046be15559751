/** @file The place where a condition turns, as counting gives it, in few steps. */
import { expect, it } from "vitest";
import { partitionPoint } from "./partition-point.ts";

it("finds every turn in every length", () => {
  for (let length = 0; length < 40; length++) {
    for (let turn = 0; turn <= length; turn++) expect(partitionPoint(length, (at) => at < turn)).toBe(turn);
  }
});

it("asks about few indices, and only about those that are there", () => {
  const asked: number[] = [];
  partitionPoint(1_000_000, (at) => asked.push(at) > 0);
  expect(asked.length).toBeLessThanOrEqual(20);
  expect(Math.max(...asked)).toBeLessThan(1_000_000);
});
