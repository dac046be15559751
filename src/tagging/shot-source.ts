/** @file A corpus of demonstrations → those for one sentence, at random or by similarity, never the sentence itself. */
import type { Passage } from "../documents/index.ts";
import { drawShots, similarityIndex } from "../instructions/index.ts";
import { randomFrom } from "../shared/random.ts";

/** Demonstrations for a text that is asked for some types; equal seeds give equal ones. */
export type ShotSource = (
  text: string,
  types: readonly string[],
  seeds: readonly number[],
) => readonly Passage[];

export interface ShotSourceOptions {
  readonly count: number;
  /** random: drawn anew each time, as NERLlama did; similar: those whose text is most like the sentence. */
  readonly by: "random" | "similar";
  /** Draw as NERLlama3.1 did: the sentence itself may be among them. */
  readonly published?: boolean | undefined;
}

/** How many of the most similar sentences a sample's demonstrations are drawn from, as a multiple of their number. */
const breadth = 2;

/**
 * With `similar`, the first sample sees the most similar sentences, the best last (next to the question); further samples
 * draw from twice as many, so that their votes are worth something.
 */
export function shotSource(
  pool: readonly Passage[],
  { count, by, published }: ShotSourceOptions,
): ShotSource {
  if (by === "random") {
    return (text, _, seeds) =>
      drawShots(pool, { text, mentions: [] }, randomFrom(...seeds), { count, published });
  }
  const index = similarityIndex(pool);
  return (text, _, seeds) => {
    const sample = seeds.at(-1) ?? 0;
    if (sample === 0) return index.nearest(text, count).toReversed();
    const near = index.nearest(text, breadth * count);
    return drawShots(near, { text, mentions: [] }, randomFrom(...seeds), { count });
  };
}
