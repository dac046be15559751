/**
 * @file How gold and predicted mentions were matched, in the words of SemEval-2013 task 9.1 (Segura-Bedmar, Martínez &
 * Herrero-Zazo 2013, after MUC-5, Chinchor & Sundheim 1993) → precision, recall and F1.
 */
import type { Averages } from "./scores.ts";

export interface MatchCounts {
  readonly correct: number;
  /** Paired, but the pair does not meet the convention. */
  readonly incorrect: number;
  /** Paired and half right; only under the convention "partial". */
  readonly partial: number;
  readonly missed: number;
  readonly spurious: number;
  /** Gold mentions: correct + incorrect + partial + missed. */
  readonly possible: number;
  /** Predicted mentions: correct + incorrect + partial + spurious. */
  readonly actual: number;
}

export function matchCounts(
  correct: number,
  incorrect: number,
  partial: number,
  missed: number,
  spurious: number,
): MatchCounts {
  const paired = correct + incorrect + partial;
  return {
    correct,
    incorrect,
    partial,
    missed,
    spurious,
    possible: paired + missed,
    actual: paired + spurious,
  };
}

export const noMatches: MatchCounts = matchCounts(0, 0, 0, 0, 0);

export function addMatches(a: MatchCounts, b: MatchCounts): MatchCounts {
  return {
    correct: a.correct + b.correct,
    incorrect: a.incorrect + b.incorrect,
    partial: a.partial + b.partial,
    missed: a.missed + b.missed,
    spurious: a.spurious + b.spurious,
    possible: a.possible + b.possible,
    actual: a.actual + b.actual,
  };
}

/** What counts as found: a partial match is worth half a mention. */
export function credit({ correct, partial }: MatchCounts): number {
  return correct + partial / 2;
}

/** Rates are 0 where they are undefined (nothing predicted, no gold mention). */
export function rates(counts: MatchCounts): Averages {
  return ratesOf(credit(counts), counts.possible, counts.actual);
}

export function ratesOf(found: number, possible: number, actual: number): Averages {
  return {
    precision: actual === 0 ? 0 : found / actual,
    recall: possible === 0 ? 0 : found / possible,
    // 2·found / (possible + actual) = 2PR/(P+R), in one division, so that perfect is exactly 1
    f1: possible + actual === 0 ? 0 : (2 * found) / (possible + actual),
  };
}
