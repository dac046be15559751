/** @file A pool of passages and a random source → the demonstrations that one item is shown. */
import type { Passage } from "../documents/index.ts";
import type { Random } from "../shared/random.ts";
import { sameWords } from "./similar-shots.ts";

export interface ShotOptions {
  readonly count: number;
  /** Draw as NERLlama3.1 did: from the whole file, so that an item's own answer may stand in its prompt. */
  readonly published?: boolean | undefined;
}

/** Different sentences of the pool, never the item itself nor one with its very words (unless as published). */
export function drawShots(
  pool: readonly Passage[],
  item: Passage,
  random: Random,
  { count, published = false }: ShotOptions,
): Passage[] {
  const drawn = new Set<number>();
  const shots: Passage[] = [];
  const shown = new Set(published ? [] : [sameWords(item.text)]);
  // Rejected draws are bounded: a pool may hold nothing but the item.
  for (
    let tries = 0;
    shots.length < count && drawn.size < pool.length && tries < 100 * (count + 1);
    tries++
  ) {
    const at = Math.floor(random() * pool.length);
    if (drawn.has(at)) continue;
    drawn.add(at);
    const words = sameWords(pool[at]!.text);
    if (!published && shown.has(words)) continue;
    shown.add(words);
    shots.push(pool[at]!);
  }
  return shots;
}
