/** @file A difference between two systems → the sentence a person would write about it. */
import type { Difference } from "./report-types.ts";

const significance = 0.05;

/** "A is better by 1.3 F1 [0.4, 2.2], p = 0.003"; what may be chance is said to be so. */
export function comparisonSentence(a: string, b: string, f1: Difference): string {
  if (f1.value === 0) return `${a} and ${b} have the same F1${details(f1, 1)}`;
  const [better, worse, sign] = f1.value > 0 ? ([a, b, 1] as const) : ([b, a, -1] as const);
  const amount = `${points(Math.abs(f1.value))} F1`;
  if (f1.p === undefined) return `${better} is ahead of ${worse} by ${amount}, not tested`;
  if (f1.p < significance) return `${better} is better by ${amount}${details(f1, sign)}`;
  return `${better} is ahead of ${worse} by ${amount}${details(f1, sign)}: this may be chance`;
}

function details({ low, high, p }: Difference, sign: 1 | -1): string {
  const ends = low === undefined || high === undefined ? [] : [sign * low, sign * high].sort((x, y) => x - y);
  const interval = ends.length === 0 ? "" : ` [${ends.map(points).join(", ")}]`;
  return p === undefined ? interval : `${interval}, ${pValue(p)}`;
}

/** A rate or a difference of rates in points of 100. */
export function points(rate: number): string {
  const text = (100 * rate).toFixed(1);
  return text === "-0.0" ? "0.0" : text;
}

/** As papers write it: "p = 0.003", "p < 0.001". */
export function pValue(p: number): string {
  if (p < 0.001) return "p < 0.001";
  return `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}
