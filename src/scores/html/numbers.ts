/** @file Rates, intervals and p-values → the words that a reader sees: percent with one decimal, a real minus sign. */
import type { Difference, Estimate } from "../report-types.ts";

/** The usual limit; said in the report wherever the word "significant" is used. */
export const significanceLevel = 0.05;

/** Does not break at the end of a line. */
export const space = "\u{A0}";

const grouped = new Intl.NumberFormat("en-US");

/** 1234 → "1,234". */
export function count(value: number): string {
  return grouped.format(value);
}

/** "1 document", "1,234 documents". */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** 0.8634 → "86.3". */
export function percent(rate: number): string {
  return minus((100 * rate).toFixed(1).replace(/^-(0\.0)$/, "$1"));
}

/** 0.013 → "+1.3"; what rounds to nothing has no sign. */
export function signed(difference: number): string {
  const text = percent(difference);
  return difference > 0 && text !== "0.0" ? `+${text}` : text;
}

/** "[84.1, 88.2]", or nothing without interval. */
export function interval({ low, high }: Pick<Estimate, "low" | "high">, print = percent): string {
  return low === undefined || high === undefined ? "" : `[${print(low)},${space}${print(high)}]`;
}

/** "86.3 [84.1, 88.2]". */
export function estimate(value: Estimate, print = percent): string {
  return `${print(value.value)}${space}${interval(value, print)}`.trim();
}

/** "p = 0.021", "p < 0.001". */
export function pValue(p: number): string {
  return p < 0.001 ? `p${space}<${space}0.001` : `p${space}=${space}${pNumber(p)}`;
}

/** "0.021", "0.38", "< 0.001". */
export function pNumber(p: number): string {
  if (p < 0.001) return `<${space}0.001`;
  return p < 0.1 ? p.toFixed(3) : p.toFixed(2);
}

/** The corrected p-value decides where there is one. */
export function isSignificant({ corrected, p }: Pick<Difference, "p" | "corrected">): boolean {
  return (corrected ?? p ?? 1) < significanceLevel;
}

/** 12 of 40 → "30 %"; never "0 %" or "100 %" for something between. */
export function share(part: number, whole: number): string {
  if (whole === 0) return "–";
  const rounded = Math.round((100 * part) / whole);
  if (rounded === 0 && part > 0) return `<${space}1${space}%`;
  return rounded === 100 && part < whole ? `>${space}99${space}%` : `${rounded}${space}%`;
}

/** For coordinates: short, and never "1e-7". */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10 || 0);
}

function minus(text: string): string {
  return text.replace("-", "−");
}
