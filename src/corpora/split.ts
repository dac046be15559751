/** @file Document ids, ratios and a seed → the part that each id belongs to; the same whatever the order of documents. */
import { randomFrom, shuffle } from "../shared/random.ts";

export interface SplitPart {
  readonly name: string;
  readonly ids: ReadonlySet<string>;
}

/**
 * Shares out ids, not documents: what carries one id stays together. Sizes follow the ratios as closely as whole
 * numbers can (largest remainder). Ratios must be positive and as many as names.
 */
export function splitIds(
  ids: Iterable<string>,
  names: readonly string[],
  ratios: readonly number[],
  seed: number,
): SplitPart[] {
  // Sorted by code units, so that neither the file's order nor the locale has a say.
  const shuffled = shuffle([...new Set(ids)].sort(), randomFrom(seed));
  const sizes = partSizes(shuffled.length, ratios);
  let start = 0;
  return names.map((name, index) => {
    const end = start + sizes[index]!;
    const part = { name, ids: new Set(shuffled.slice(start, end)) };
    start = end;
    return part;
  });
}

/** Whole numbers that sum to `total` in the given ratios. */
export function partSizes(total: number, ratios: readonly number[]): number[] {
  const sum = ratios.reduce((a, b) => a + b, 0);
  const exact = ratios.map((ratio) => (total * ratio) / sum);
  const sizes = exact.map(Math.floor);
  const left = total - sizes.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((size, index) => ({ index, remainder: size - Math.floor(size) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) sizes[index]!++;
  return sizes;
}
