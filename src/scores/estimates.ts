/** @file Tables of counts → scores with intervals, and two systems' differences with intervals and p-values. */
import type { Interval, ResampleOptions, Samples } from "./bootstrap.ts";
import { bootstrapRates, percentileInterval } from "./bootstrap.ts";
import type { ConventionName } from "./conventions.ts";
import type { CountTable, Rates } from "./count-table.ts";
import { totalRates } from "./count-table.ts";
import { holm, randomizationTest } from "./randomization.ts";
import type {
  ComparisonRow,
  ConventionScores,
  Difference,
  Estimate,
  RateEstimates,
  ScoreReport,
} from "./report-types.ts";

/** The share of resamples that an interval holds. */
export const confidence = 0.95;

/** A table with its rates over all documents and, unless there are to be no intervals, over resampled ones. */
export interface Estimated {
  readonly table: CountTable;
  readonly rates: Rates;
  readonly samples: Samples | undefined;
}

/** Without resamples there are no intervals. */
export function estimate(table: CountTable, options: ResampleOptions): Estimated {
  const samples = options.resamples === 0 ? undefined : bootstrapRates(table, options);
  return { table, rates: totalRates(table), samples };
}

export function scoresOf(convention: ConventionName, estimated: Estimated): ConventionScores {
  const { table } = estimated;
  const score = (column: number): ScoreReport => ({
    ...estimates(estimated, column),
    support: table.totals[column]!.possible,
    counts: table.totals[column]!,
  });
  const types = table.types.map((type, at) => ({ type, ...score(at + 1) }));
  return {
    convention,
    micro: score(0),
    macro: estimates(estimated, macroColumn(table)),
    // The table has the types of all systems; one that neither gold nor this system has gets no score.
    types: types.filter(({ counts }) => counts.possible + counts.actual > 0),
  };
}

function macroColumn({ types }: CountTable): number {
  return types.length + 1;
}

function estimates({ rates, samples }: Estimated, column: number): RateEstimates {
  const one = (at: number): Estimate => ({ value: rates[at]!, ...intervalOf(samples?.[at]) });
  const at = 3 * column;
  return { precision: one(at), recall: one(at + 1), f1: one(at + 2) };
}

function intervalOf(samples: Float64Array | undefined): Partial<Interval> {
  return samples === undefined ? {} : percentileInterval(samples, confidence);
}

/**
 * Micro, macro, then the types that occur. Both tables have the same documents and types, and both were resampled with
 * the same options, so that resample r drew the same documents for both.
 */
export function compareEstimated(a: Estimated, b: Estimated, options: ResampleOptions): ComparisonRow[] {
  const difference = differencesOf(a, b, options);
  const row = (name: string, kind: ComparisonRow["kind"], column: number): ComparisonRow => ({
    name,
    kind,
    precision: difference(3 * column),
    recall: difference(3 * column + 1),
    f1: difference(3 * column + 2),
  });
  const types = a.table.types
    .map((type, at) => row(type, "type", at + 1))
    .filter((_, at) => occurs(a, at + 1) || occurs(b, at + 1));
  return [row("micro", "micro", 0), row("macro", "macro", macroColumn(a.table)), ...corrected(types)];
}

function differencesOf(a: Estimated, b: Estimated, options: ResampleOptions): (at: number) => Difference {
  const value = (at: number): number => a.rates[at]! - b.rates[at]!;
  const [samplesA, samplesB] = [a.samples, b.samples];
  if (samplesA === undefined || samplesB === undefined) return (at) => ({ value: value(at) });
  const pValues = randomizationTest(a.table, b.table, options);
  return (at) => {
    const samples = samplesA[at]!.map((rate, resample) => rate - samplesB[at]![resample]!);
    return { value: value(at), ...intervalOf(samples), p: pValues[at]!, better: shareAbove(samples) };
  };
}

function shareAbove(samples: Float64Array): number {
  return samples.reduce((sum, value) => sum + (value > 0 ? 1 : value === 0 ? 0.5 : 0), 0) / samples.length;
}

function occurs({ table: { totals } }: Estimated, column: number): boolean {
  return totals[column]!.possible + totals[column]!.actual > 0;
}

/** Holm over the types, for each of the three rates by itself. */
function corrected(rows: readonly ComparisonRow[]): ComparisonRow[] {
  const correction = (rate: keyof RateEstimates): Pick<Difference, "corrected">[] =>
    holm(rows.flatMap((row) => row[rate].p ?? [])).map((p) => ({ corrected: p }));
  const [precision, recall, f1] = [correction("precision"), correction("recall"), correction("f1")];
  return rows.map((row, at) => ({
    ...row,
    precision: { ...row.precision, ...precision[at] },
    recall: { ...row.recall, ...recall[at] },
    f1: { ...row.f1, ...f1[at] },
  }));
}
