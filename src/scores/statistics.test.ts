/** @file Intervals and tests: against closed forms and full enumeration, repeatable, and quick enough. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bootstrapRates, percentileInterval } from "./bootstrap.ts";
import type { DocumentCounts } from "./conventions.ts";
import type { CountTable } from "./count-table.ts";
import { countTable, totalRates } from "./count-table.ts";
import { compareEstimated, estimate } from "./estimates.ts";
import { matchCounts } from "./match-counts.ts";
import { holm, randomizationTest } from "./randomization.ts";
import { comparisonSentence, pValue } from "./sentences.ts";

type Row = readonly [correct: number, missed: number, spurious: number];

function documentOf(...[correct, missed, spurious]: Row): DocumentCounts {
  const counts = matchCounts(correct, 0, 0, missed, spurious);
  return { all: counts, types: new Map([["Disease", counts]]) };
}

function tableOf(rows: readonly Row[]): CountTable {
  return countTable(
    ["Disease"],
    rows.map((row) => documentOf(...row)),
  );
}

const options = { seed: 1, resamples: 2000 };
const [precisionAt, recallAt, f1At] = [0, 1, 2];

describe("the bootstrap", () => {
  test("has no width where all documents are alike", () => {
    const samples = bootstrapRates(tableOf(Array.from({ length: 20 }, () => [3, 1, 1])), options);
    expect(percentileInterval(samples[f1At]!, 0.95)).toEqual({ low: 0.75, high: 0.75 });
  });

  test("has a binomial proportion's width for documents with one mention each", () => {
    const rows = Array.from({ length: 400 }, (_, at): Row => (at < 300 ? [1, 0, 0] : [0, 1, 0]));
    const { low, high } = percentileInterval(bootstrapRates(tableOf(rows), options)[recallAt]!, 0.95);
    const halfWidth = 1.96 * Math.sqrt((0.75 * 0.25) / 400);
    expect(low).toBeCloseTo(0.75 - halfWidth, 2);
    expect(high).toBeCloseTo(0.75 + halfWidth, 2);
  });

  test("is repeatable, and another seed is another run", () => {
    const table = tableOf([
      [1, 0, 0],
      [0, 2, 1],
      [3, 1, 0],
    ]);
    expect(bootstrapRates(table, options)).toEqual(bootstrapRates(table, options));
    expect(bootstrapRates(table, options)).not.toEqual(bootstrapRates(table, { ...options, seed: 2 }));
  });

  test("holds the value itself between its ends, whatever the corpus", () => {
    const rows = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(rows, (rows) => {
        const table = tableOf(rows);
        const samples = bootstrapRates(table, { seed: 3, resamples: 200 });
        for (const at of [precisionAt, recallAt, f1At]) {
          const { low, high } = percentileInterval(samples[at]!, 1);
          expect(low).toBeLessThanOrEqual(totalRates(table)[at]! + 1e-9);
          expect(high).toBeGreaterThanOrEqual(totalRates(table)[at]! - 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("approximate randomisation", () => {
  test("comes near the exact test over all exchanges", () => {
    const a: Row[] = [
      [5, 0, 0],
      [4, 1, 1],
      [3, 2, 0],
      [5, 0, 1],
      [2, 3, 2],
      [4, 1, 0],
    ];
    const b: Row[] = [
      [4, 1, 0],
      [4, 1, 2],
      [2, 3, 1],
      [3, 2, 1],
      [3, 2, 1],
      [2, 3, 0],
    ];
    const p = randomizationTest(tableOf(a), tableOf(b), { seed: 1, resamples: 20_000 })[f1At]!;
    expect(p).toBeCloseTo(exactP(a, b), 2);
  });

  test("says 1 for equal systems and never 0", () => {
    const rows: Row[] = Array.from({ length: 40 }, (_, at) => [at % 4, 1, at % 3]);
    const table = tableOf(rows);
    expect(Math.min(...randomizationTest(table, table, options))).toBe(1);
    const perfect = tableOf(rows.map(([correct, missed]) => [correct + missed, 0, 0]));
    const p = randomizationTest(perfect, tableOf(rows.map(() => [0, 4, 4])), options)[f1At]!;
    expect(p).toBeCloseTo(1 / 2001, 12);
  });
});

/** All 2^n ways to exchange documents. */
function exactP(a: readonly Row[], b: readonly Row[]): number {
  const f1 = (rows: readonly Row[]): number => totalRates(tableOf(rows))[f1At]!;
  const observed = Math.abs(f1(a) - f1(b)) - 1e-12;
  let asLarge = 0;
  for (let mask = 0; mask < 2 ** a.length; mask++) {
    const pick = (own: readonly Row[], other: readonly Row[]): Row[] =>
      own.map((row, at) => ((mask >> at) & 1 ? other[at]! : row));
    if (Math.abs(f1(pick(a, b)) - f1(pick(b, a))) >= observed) asLarge++;
  }
  return asLarge / 2 ** a.length;
}

describe("two systems", () => {
  test("are compared with interval, p-value and the share of resamples in which the first is better", () => {
    const better = estimate(tableOf(Array.from({ length: 50 }, () => [9, 1, 1])), options);
    const rows = Array.from({ length: 50 }, (_, at): Row => [7 - (at % 3), 3 + (at % 3), 1]);
    const worse = estimate(tableOf(rows), options);
    const [micro, macro, disease] = compareEstimated(better, worse, options);
    expect(micro!.f1.low).toBeGreaterThan(0);
    expect(micro!.f1).toMatchObject({ better: 1, p: 1 / 2001 });
    expect(macro!.kind).toBe("macro");
    expect(disease!.f1.corrected).toBe(disease!.f1.p);
    expect(compareEstimated(worse, better, options)[0]!.f1.value).toBe(-micro!.f1.value);
  });

  test("are not tested without resamples", () => {
    const none = { seed: 1, resamples: 0 };
    const one = estimate(tableOf([[1, 0, 0]]), none);
    expect(compareEstimated(one, one, none)[0]!.f1).toEqual({ value: 0 });
  });
});

describe("Holm's correction", () => {
  test("agrees with a worked example", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("sentences", () => {
  test("say who is better, by how much and how surely", () => {
    const f1 = { value: 0.013, low: 0.004, high: 0.022, p: 0.003 };
    expect(comparisonSentence("A", "B", f1)).toBe("A is better by 1.3 F1 [0.4, 2.2], p = 0.003");
    const turned = { value: -0.013, low: -0.022, high: -0.004, p: 0.003 };
    expect(comparisonSentence("B", "A", turned)).toBe("A is better by 1.3 F1 [0.4, 2.2], p = 0.003");
  });

  test("do not sell chance for progress", () => {
    const f1 = { value: 0.002, low: -0.004, high: 0.01, p: 0.41 };
    expect(comparisonSentence("A", "B", f1)).toBe(
      "A is ahead of B by 0.2 F1 [-0.4, 1.0], p = 0.41: this may be chance",
    );
    expect(comparisonSentence("A", "B", { value: 0 })).toBe("A and B have the same F1");
    expect(pValue(0.0004)).toBe("p < 0.001");
  });
});
