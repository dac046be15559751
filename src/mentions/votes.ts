/** @file Mentions found in N samples of one text → the mentions that enough samples agree on, with their shares (D5). */
import type { Mention } from "../documents/index.ts";
import { withoutOverlaps } from "./overlaps.ts";

export interface VoteOptions {
  /** The share of samples that a mention needs; ½ if absent (tuned on dev only). */
  readonly threshold?: number | undefined;
  /** Samples that voted; the number of lists if absent. Failed calls that cast no vote are left out here. */
  readonly samples?: number | undefined;
  /** Whether mentions of different types may overlap; false if absent. */
  readonly overlappingTypes?: boolean | undefined;
}

export interface VotedMention extends Mention {
  /** The share of samples that found it. */
  readonly score: number;
  readonly votes: number;
}

/**
 * One vote a sample for each start, end and type, however often the sample says it. Kept is what reaches the threshold;
 * of what overlaps, the one with more votes, then the longer, then the earlier. The rest of a mention (alignment,
 * stated) is that of the first sample that found it.
 */
export function voteOver<M extends Mention>(
  samples: readonly (readonly M[])[],
  { threshold = 0.5, samples: voters = samples.length, overlappingTypes = false }: VoteOptions = {},
): (M & VotedMention)[] {
  const ballots = new Map<string, { mention: M; votes: number }>();
  for (const sample of samples) {
    const seen = new Set<string>();
    for (const mention of sample) {
      const key = JSON.stringify([mention.start, mention.end, mention.type, mention.fragments]);
      if (seen.has(key)) continue;
      seen.add(key);
      const ballot = ballots.get(key) ?? { mention, votes: 0 };
      ballot.votes++;
      ballots.set(key, ballot);
    }
  }
  const elected = [...ballots.values()]
    .map(({ mention, votes }) => ({ ...mention, votes, score: votes / voters }))
    .filter(({ score }) => score >= threshold - 1e-9);
  return [...withoutOverlaps(elected, !overlappingTypes)];
}
