/** @file Lengths of sequences → groups of similar length that fit into a budget of padded tokens. */
import { NeriumError } from "../errors.ts";
import { shuffle } from "../shared/random.ts";
import type { Random } from "../shared/random.ts";

export interface BatchOptions {
  /** The most tokens of one batch: its rows times its longest row, rounded up to a multiple of 8. */
  readonly tokenBudget: number;
  readonly maximumRows?: number;
  /** Numbers in [0, 1). With it, rows of near-equal length and the order of the batches are shuffled. */
  readonly random?: Random;
}

/** Matrix products want a multiple of 8, and rows that are equal so far count as equally long. */
const paddedLength = (length: number): number => Math.max(8, Math.ceil(length / 8) * 8);

/**
 * Groups the indices of `lengths`; each stands in one batch. A row longer than the budget stands alone. Without
 * `random` the batches come shortest first, the indices of equal rows in ascending order.
 */
export function batchByLength(lengths: readonly number[], options: BatchOptions): number[][] {
  const { tokenBudget, maximumRows = Infinity, random } = options;
  if (!(tokenBudget >= 1) || !(maximumRows >= 1)) {
    const got = `tokenBudget ${tokenBudget}, maximumRows ${maximumRows}`;
    throw new NeriumError("USAGE", `batchByLength: expected numbers of 1 or more, got ${got}.`);
  }
  const order = [...lengths.keys()];
  if (random !== undefined) shuffle(order, random);
  const key =
    random === undefined
      ? (index: number) => lengths[index]!
      : (index: number) => paddedLength(lengths[index]!);
  order.sort((a, b) => key(a) - key(b));
  const batches = fill(order, (rows, last) => {
    return rows <= maximumRows && rows * paddedLength(lengths[last]!) <= tokenBudget;
  });
  if (random !== undefined) shuffle(batches, random);
  return batches;
}

/** `order` goes from short to long, so that a batch's last row tells its width. */
function fill(order: readonly number[], fits: (rows: number, last: number) => boolean): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    if (batch.length === 0 || !fits(batch.length + 1, index)) batches.push((batch = []));
    batch.push(index);
  }
  return batches;
}
