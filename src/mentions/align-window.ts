/** @file A text and a much longer answer → the part of the answer that is the text's copy. */
import type { Word } from "./align-words.ts";

/** Words of the copy, half-open. */
export interface WordRange {
  readonly from: number;
  readonly to: number;
}

/** Words before and behind the first and last agreement that still may belong to the copy. */
const rim = 6;

/**
 * Answers hold talk before, repetitions behind, or the same sentence without marks first. The copy is the stretch of the
 * text's length that shares most runs of three words with it; a stretch with marks wins over an earlier one without
 * that is not clearly better, and of equals the first wins. Linear in both.
 */
export function windowOf(
  textWords: readonly Word[],
  copyWords: readonly Word[],
  isMarked: (word: Word) => boolean,
): WordRange {
  const whole = { from: 0, to: copyWords.length };
  if (copyWords.length <= 1.3 * textWords.length + 4 || textWords.length === 0) return whole;
  const size = Math.min(3, textWords.length);
  const known = new Set(runsOf(textWords, size));
  const hits = runsOf(copyWords, size).map((run) => known.has(run));
  const length = Math.ceil(1.2 * textWords.length);
  const start = bestStart(hits, copyWords.map(isMarked), length);
  if (start < 0) return whole;
  const end = Math.min(start + length, hits.length);
  const first = hits.indexOf(true, start);
  const last = hits.lastIndexOf(true, end - 1);
  return { from: Math.max(0, first - rim), to: Math.min(copyWords.length, last + size + rim) };
}

function runsOf(words: readonly Word[], size: number): string[] {
  const count = Math.max(0, words.length - size + 1);
  return Array.from({ length: count }, (_, at) => {
    let run = words[at]!.key;
    for (let next = 1; next < size; next++) run += ` ${words[at + next]!.key}`;
    return run;
  });
}

/** The first start of the fullest window, one with marks before one without; -1 if no window holds anything. */
function bestStart(hits: readonly boolean[], marked: readonly boolean[], length: number): number {
  const hitSums = sums(hits);
  const markSums = sums(marked);
  const inWindow = (sums: Int32Array, start: number): number =>
    sums[Math.min(start + length, sums.length - 1)]! - sums[start]!;
  const starts = hits.flatMap((hit, at) => (hit ? [at] : []));
  const count = (start: number): number => inWindow(hitSums, start);
  const most = starts.reduce((most, start) => Math.max(most, count(start)), 0);
  const good = starts.filter((start) => count(start) >= 0.9 * most && inWindow(markSums, start) > 0);
  const near = good.length === 0 ? starts : good.filter((start) => start < good[0]! + length / 2);
  return near.reduce((best, start) => (best < 0 || count(start) > count(best) ? start : best), -1);
}

function sums(flags: readonly boolean[]): Int32Array {
  const totals = new Int32Array(flags.length + 1);
  for (const [at, flag] of flags.entries()) totals[at + 1] = totals[at]! + (flag ? 1 : 0);
  return totals;
}
