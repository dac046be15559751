/** @file A number of tokens → overlapping windows that a model can read, and which tokens each is answerable for. */
import { NeriumError } from "../errors.ts";

/** Token indices, half-open. `keepStart` and `keepEnd` lie within `start` and `end`. */
export interface Window {
  readonly start: number;
  readonly end: number;
  /** The kept ranges follow each other without gap or overlap, from 0 to the length. */
  readonly keepStart: number;
  readonly keepEnd: number;
}

/**
 * As few windows of at most `size` tokens as can overlap by `overlap`, all as short as that allows: what attention costs
 * grows with their length. Neighbours part in the middle of their overlap: a kept token sees at least floor(overlap / 2)
 * tokens on each side, where there are so many.
 */
export function windows(
  length: number,
  options: { readonly size: number; readonly overlap: number },
): Window[] {
  const { size, overlap } = options;
  checkWindows(length, size, overlap);
  if (length === 0) return [];
  const count = Math.max(1, Math.ceil((length - overlap) / (size - overlap)));
  const width = Math.ceil((length + (count - 1) * overlap) / count);
  const rest = length - width;
  const startOf = (index: number): number => (count === 1 ? 0 : Math.floor((index * rest) / (count - 1)));
  const border = (index: number): number => Math.floor((startOf(index) + startOf(index + 1) + width) / 2);
  return Array.from({ length: count }, (_, index) => ({
    start: startOf(index),
    end: startOf(index) + width,
    keepStart: index === 0 ? 0 : border(index - 1),
    keepEnd: index === count - 1 ? length : border(index),
  }));
}

function checkWindows(length: number, size: number, overlap: number): void {
  const whole = [length, size, overlap].every(Number.isSafeInteger);
  if (whole && length >= 0 && overlap >= 0 && overlap < size) return;
  const got = `length ${length}, size ${size}, overlap ${overlap}`;
  throw new NeriumError("USAGE", `windows: expected whole numbers with 0 <= overlap < size, got ${got}.`);
}
