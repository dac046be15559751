/** @file A condition that is first true and then false → where it turns, by binary search. */

/** How many of the indices from 0 up to `length` satisfy a condition that no index satisfies after one that does not. */
export function partitionPoint(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
