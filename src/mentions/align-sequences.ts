/** @file Two sequences and a score for each pair → which item of the first each item of the second stands for. */

export interface SequenceCosts {
  /** What a gap in either sequence costs, and each item in it: few long gaps are likelier than many short ones. */
  readonly open: number;
  readonly extend: number;
}

const pair = 0;
const skipFirst = 1;
const skipSecond = 2;

/**
 * The best order-keeping pairing of 0..first and 0..second (Gotoh's affine gaps): for each item of the second the item
 * of the first, or -1. Time and memory grow with first × second: callers bound that.
 */
export function alignSequences(
  first: number,
  second: number,
  score: (first: number, second: number) => number,
  { open, extend }: SequenceCosts,
): Int32Array {
  const width = second + 1;
  // From where each of the three states came, two bits each.
  const origins = new Uint8Array((first + 1) * width);
  const start = (): Float64Array => new Float64Array(width).fill(-Infinity);
  let rows = [start(), start(), start()];
  for (let i = 0; i <= first; i++) {
    const above = rows;
    rows = [start(), start(), start()];
    if (i === 0) rows[pair]![0] = 0;
    for (let j = 0; j <= second; j++) {
      let origin = 0;
      if (i > 0 && j > 0) {
        const from = best(above, j - 1, 0);
        rows[pair]![j] = above[from]![j - 1]! + score(i - 1, j - 1);
        origin |= from;
      }
      if (i > 0) {
        const from = best(above, j, open, skipFirst);
        rows[skipFirst]![j] = above[from]![j]! - extend - (from === skipFirst ? 0 : open);
        origin |= from << 2;
      }
      if (j > 0) {
        const from = best(rows, j - 1, open, skipSecond);
        rows[skipSecond]![j] = rows[from]![j - 1]! - extend - (from === skipSecond ? 0 : open);
        origin |= from << 4;
      }
      origins[i * width + j] = origin;
    }
  }
  return traced(origins, first, second, best(rows, second, 0));
}

/** The state with the highest value in a column; `free` is the one state that pays no opening. */
function best(rows: readonly Float64Array[], column: number, open: number, free = -1): number {
  let state = 0;
  let highest = -Infinity;
  for (let each = 0; each < 3; each++) {
    const value = rows[each]![column]! - (each === free ? 0 : open);
    if (value > highest) {
      highest = value;
      state = each;
    }
  }
  return state;
}

function traced(origins: Uint8Array, first: number, second: number, lastState: number): Int32Array {
  const partners = new Int32Array(second).fill(-1);
  let [i, j, state] = [first, second, lastState];
  while (i > 0 || j > 0) {
    const from = (origins[i * (second + 1) + j]! >> (2 * state)) & 3;
    if (state === pair) partners[--j] = --i;
    else if (state === skipFirst) i--;
    else j--;
    state = from;
  }
  return partners;
}
