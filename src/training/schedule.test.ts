/** @file Learning-rate schedules at their edges. */
import { describe, expect, it } from "vitest";
import { learningRateAt, type ScheduleName } from "./schedule.ts";

const at = (schedule: ScheduleName, step: number, change: object = {}): number =>
  learningRateAt({ schedule, learningRate: 2, warmup: 0.1, finalLearningRate: 0.25, ...change }, step, 100);
const names: readonly ScheduleName[] = ["cosine", "linear", "constant", "wsd"];

describe("the learning rate", () => {
  it.each(names)("rises in a line and is highest when the warm-up ends (%s)", (name) => {
    expect([1, 5, 10].map((step) => at(name, step))).toEqual([0.2, 1, 2]);
    expect(at(name, 11)).toBeLessThanOrEqual(2);
    expect(at(name, 11)).toBeGreaterThan(1.9);
  });

  it("ends where the recipe says", () => {
    expect(names.map((name) => at(name, 100))).toEqual([0.5, 0.5, 2, 0.5]);
    expect(at("cosine", 100, { finalLearningRate: 0 })).toBe(0);
  });

  it("is between both ends half-way", () => {
    expect(at("cosine", 55)).toBeCloseTo(1.25);
    expect(at("linear", 55)).toBeCloseTo(1.25);
    expect(at("wsd", 55)).toBe(2);
    expect(at("wsd", 91)).toBeCloseTo(1.25); // half of the last fifth
  });

  it.each(names)("never rises after the warm-up (%s)", (name) => {
    for (let step = 11; step <= 100; step++) expect(at(name, step)).toBeLessThanOrEqual(at(name, step - 1));
  });

  it("needs no warm-up, and may be nothing else", () => {
    expect(at("linear", 1, { warmup: 0 })).toBeCloseTo(2 - 0.015);
    expect(at("linear", 100, { warmup: 1 })).toBe(2);
    expect(
      learningRateAt({ schedule: "cosine", learningRate: 1, warmup: 0, finalLearningRate: 0 }, 1, 1),
    ).toBe(0);
  });
});
