/** @file A stream of texts → how often each pre-token occurs, in bounded memory. */
import { detach, splitPreTokens } from "./pre-tokens.ts";

export interface PreTokenCounts {
  readonly counts: ReadonlyMap<string, number>;
  readonly texts: number;
  /** Pre-tokens read, the pruned ones among them. */
  readonly occurrences: number;
  /** Occurrences forgotten because there were too many different pre-tokens. */
  readonly pruned: number;
}

/** Counts pre-tokens; beyond `maximumEntries` different ones the rarest are forgotten, down to half as many. */
export async function countPreTokens(
  texts: AsyncIterable<string>,
  options: { readonly maximumEntries: number; readonly onText?: (texts: number, distinct: number) => void },
): Promise<PreTokenCounts> {
  const counts = new Map<string, number>();
  let [read, occurrences, pruned] = [0, 0, 0];
  for await (const text of texts) {
    const words = splitPreTokens(text);
    for (const word of words) {
      const count = counts.get(word);
      if (count === undefined) counts.set(detach(word), 1);
      else counts.set(word, count + 1);
    }
    occurrences += words.length;
    if (counts.size > options.maximumEntries) pruned += pruneRarest(counts, options.maximumEntries / 2);
    options.onText?.(++read, counts.size);
  }
  return { counts, texts: read, occurrences, pruned };
}

/** All words of one count go together, so that what stays does not depend on the order in which words came. */
function pruneRarest(counts: Map<string, number>, size: number): number {
  let pruned = 0;
  for (let floor = 1; counts.size > size; floor++) {
    for (const [word, count] of counts) {
      if (count > floor) continue;
      counts.delete(word);
      pruned += count;
    }
  }
  return pruned;
}
