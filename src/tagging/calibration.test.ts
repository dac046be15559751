/** @file Scores that are too sure, and what calibration makes of them. */
import { describe, expect, it } from "vitest";
import { randomFrom } from "../shared/random.ts";
import { calibrated, fitCalibration, type ScoredMention } from "./calibration.ts";

/** Mentions whose true probability is known, with a score that follows from it. */
function mentions(count: number, seed: number, scoreOf: (truth: number) => number): ScoredMention[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const truth = 0.02 + 0.96 * random();
    return { score: scoreOf(truth), isRight: random() < truth };
  });
}

const logit = (p: number): number => Math.log(p / (1 - p));
const tooSure = (truth: number): number => 1 / (1 + Math.exp(-(3 * logit(truth) + 1)));

describe("calibration", () => {
  it("finds what made scores too sure", () => {
    const fit = fitCalibration(mentions(20_000, 1, tooSure));
    expect(fit.slope).toBeCloseTo(1 / 3, 1);
    expect(fit.intercept).toBeCloseTo(-1 / 3, 1);
    for (const truth of [0.1, 0.5, 0.9]) expect(calibrated(tooSure(truth), fit)).toBeCloseTo(truth, 1);
  });

  it("leaves good scores as they are", () => {
    const fit = fitCalibration(mentions(20_000, 2, (truth) => truth));
    for (const score of [0.05, 0.5, 0.95]) expect(calibrated(score, fit)).toBeCloseTo(score, 1);
  });

  it("keeps the order of scores, and stays finite, whatever it is shown", () => {
    const cases: ScoredMention[][] = [
      [],
      [{ score: 1, isRight: true }],
      [
        { score: 0.9, isRight: false },
        { score: 0.1, isRight: true },
      ],
      mentions(50, 3, (truth) => 1 - truth),
    ];
    for (const seen of cases) {
      const fit = fitCalibration(seen);
      const scores = [0, 0.2, 0.5, 0.8, 1].map((score) => calibrated(score, fit));
      expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
      expect(scores.toSorted((a, b) => a - b)).toEqual(scores);
    }
  });
});
