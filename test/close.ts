/** @file Two lists of numbers → nothing, or an error that names the worst place. */

/**
 * Every difference is at most `tolerance` times the largest expected magnitude. Not element by element: a sum of
 * single-precision terms that nearly cancel has no correct digits of its own. Where all numbers may be nearly 0, `smallest` is the magnitude to measure by.
 */
export function expectClose(
  what: string,
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  tolerance: number,
  smallest = 0,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  let [worst, worstError, largest] = [0, 0, smallest];
  for (let index = 0; index < expected.length; index++) {
    const error = Math.abs(Number(actual[index]) - Number(expected[index]));
    largest = Math.max(largest, Math.abs(Number(expected[index])));
    if (error > worstError || Number.isNaN(error)) [worst, worstError] = [index, error];
    if (Number.isNaN(error)) break;
  }
  if (worstError <= tolerance * largest) return;
  throw new Error(
    `${what}[${worst}]: expected ${expected[worst]}, got ${actual[worst]} ` +
      `(off by ${worstError}, allowed ${tolerance} of ${largest})`,
  );
}
