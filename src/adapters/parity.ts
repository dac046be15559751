/** @file The same prompts through two forms of a model → how far their scores are apart, and which choices change. */

export interface Parity {
  /** Largest difference of any score. */
  readonly largest: number;
  /** Places whose best token or label is another one, of how many. */
  readonly changed: number;
  readonly places: number;
}

function bestOf(scores: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let one = 1; one < classes; one++) {
    if (scores[row * classes + one]! > scores[row * classes + best]!) best = one;
  }
  return best;
}

/** `groups` of classes are decided alone: 3 for label heads, all for a vocabulary. */
export function compareScores(
  expected: readonly Float32Array[],
  found: readonly Float32Array[],
  group: number,
): Parity {
  let [largest, changed, places] = [0, 0, 0];
  expected.forEach((scores, index) => {
    const other = found[index]!;
    for (let place = 0; place < scores.length; place++) {
      const difference = Math.abs(scores[place]! - other[place]!);
      if (!(difference <= largest)) largest = difference; // NaN counts as the largest
    }
    for (let row = 0; row * group < scores.length; row++) {
      places++;
      if (bestOf(scores, row, group) !== bestOf(other, row, group)) changed++;
    }
  });
  return { largest, changed, places };
}
