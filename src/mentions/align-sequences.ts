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
  let above = newRow(width);
  let row = newRow(width);
  for (let i = 0; i <= first; i++) {
    [above, row] = [row, above];
    const { paired, skippedFirst, skippedSecond } = row;
    for (let j = 0; j <= second; j++) {
      let origin = 0;
      paired[j] = i === 0 && j === 0 ? 0 : -Infinity;
      skippedFirst[j] = skippedSecond[j] = -Infinity;
      if (i > 0 && j > 0) {
        const from = best(above, j - 1, 0, pair);
        paired[j] = valueOf(above, from, j - 1) + score(i - 1, j - 1);
        origin |= from;
      }
      if (i > 0) {
        const from = best(above, j, open, skipFirst);
        skippedFirst[j] = valueOf(above, from, j) - extend - (from === skipFirst ? 0 : open);
        origin |= from << 2;
      }
      if (j > 0) {
        const from = best(row, j - 1, open, skipSecond);
        skippedSecond[j] = valueOf(row, from, j - 1) - extend - (from === skipSecond ? 0 : open);
        origin |= from << 4;
      }
      origins[i * width + j] = origin;
    }
  }
  return traced(origins, first, second, best(row, second, 0, pair));
}

/** The best value so far of each state, for each item of the second sequence. */
interface Row {
  readonly paired: Float64Array;
  readonly skippedFirst: Float64Array;
  readonly skippedSecond: Float64Array;
}

function newRow(width: number): Row {
  const values = (): Float64Array => new Float64Array(width);
  return { paired: values(), skippedFirst: values(), skippedSecond: values() };
}

function valueOf({ paired, skippedFirst, skippedSecond }: Row, state: number, column: number): number {
  if (state === pair) return paired[column]!;
  return state === skipFirst ? skippedFirst[column]! : skippedSecond[column]!;
}

/** The state with the highest value in a column, the first of equals; `free` is the one state that pays no opening. */
function best(
  { paired, skippedFirst, skippedSecond }: Row,
  column: number,
  open: number,
  free: number,
): number {
  let state = pair;
  let highest = paired[column]! - (free === pair ? 0 : open);
  const afterFirst = skippedFirst[column]! - (free === skipFirst ? 0 : open);
  if (afterFirst > highest) [state, highest] = [skipFirst, afterFirst];
  return skippedSecond[column]! - (free === skipSecond ? 0 : open) > highest ? skipSecond : state;
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
