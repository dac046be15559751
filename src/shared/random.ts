/** @file Seeds in → repeatable random numbers out; a generator for (seed, epoch, step) needs no state to be saved. */

export type Random = () => number;

function mix(hash: number, part: number): number {
  let mixed = Math.imul(hash ^ part, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Uniform numbers in [0, 1), 32 bits each (sfc32, Doty-Humphrey), different for every list of seeds. */
export function randomFrom(...seeds: readonly number[]): Random {
  let [a, b, c, counter] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 1];
  for (const seed of seeds) {
    a = mix(a, seed >>> 0);
    b = mix(b, Math.floor(seed / 2 ** 32) ^ a);
    c = mix(c, a ^ b);
  }
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** Standard normal numbers by Box and Muller's method. */
export function normalFrom(random: Random): Random {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Fisher–Yates, in place. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
