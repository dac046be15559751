/** @file What a convention counted in each document → one sparse table of numbers, made to be resampled quickly. */
import type { DocumentCounts } from "./conventions.ts";
import type { MatchCounts } from "./match-counts.ts";
import { addMatches, credit, noMatches } from "./match-counts.ts";

/**
 * Documents × columns; column 0 is all types together, column 1 + t is `types[t]`. A document's entries lie from
 * `starts[d]` to `starts[d + 1]`; entry e is of column `columns[e]` and has the numbers
 * `values[3e]` (credit), `values[3e + 1]` (possible) and `values[3e + 2]` (actual).
 */
export interface CountTable {
  readonly types: readonly string[];
  readonly documents: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** Exact sums, one a column. */
  readonly totals: readonly MatchCounts[];
}

/** `types` must hold every type that occurs. */
export function countTable(types: readonly string[], documents: readonly DocumentCounts[]): CountTable {
  const columnOf = new Map(types.map((type, at) => [type, at + 1]));
  const starts = new Int32Array(documents.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  const totals: MatchCounts[] = Array.from({ length: types.length + 1 }, () => noMatches);
  const add = (column: number, counts: MatchCounts): void => {
    totals[column] = addMatches(totals[column]!, counts);
    if (counts.possible + counts.actual === 0) return;
    columns.push(column);
    values.push(credit(counts), counts.possible, counts.actual);
  };
  for (const [at, { all, types }] of documents.entries()) {
    add(0, all);
    for (const [type, counts] of types) add(columnOf.get(type)!, counts);
    starts[at + 1] = columns.length;
  }
  return {
    types,
    documents: documents.length,
    starts,
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    totals,
  };
}

/** Precision, recall and F1 of every column and, last, of the macro average: 3 numbers each. */
export type Rates = Float64Array;

/** Columns of `Rates`: all types together, each type, the macro average. */
export function rateColumns({ types }: Pick<CountTable, "types">): number {
  return types.length + 2;
}

/**
 * Sums of credit, possible and actual by column → rates, written to `rates`. The macro average is over the types that
 * occur: in a resample that may be fewer, and a type that is not there is neither found nor missed.
 */
export function ratesOfSums(sums: Float64Array, rates: Rates): void {
  const macro = sums.length;
  let occurring = 0;
  rates.fill(0, macro, macro + 3);
  for (let at = 0; at < sums.length; at += 3) {
    const found = sums[at]!;
    const possible = sums[at + 1]!;
    const actual = sums[at + 2]!;
    rates[at] = actual === 0 ? 0 : found / actual;
    rates[at + 1] = possible === 0 ? 0 : found / possible;
    rates[at + 2] = possible + actual === 0 ? 0 : (2 * found) / (possible + actual);
    if (at === 0 || possible + actual === 0) continue;
    occurring++;
    for (let rate = 0; rate < 3; rate++) rates[macro + rate]! += rates[at + rate]!;
  }
  const divisor = Math.max(1, occurring);
  for (let rate = 0; rate < 3; rate++) rates[macro + rate]! /= divisor;
}

/** The sums over all documents, laid out for `ratesOfSums`. */
export function totalSums({ totals }: CountTable): Float64Array {
  return Float64Array.from(totals.flatMap((counts) => [credit(counts), counts.possible, counts.actual]));
}

/** The rates over all documents. */
export function totalRates(table: CountTable): Rates {
  const rates = new Float64Array(3 * rateColumns(table));
  ratesOfSums(totalSums(table), rates);
  return rates;
}
