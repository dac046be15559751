/** @file Mentions of one passage → the pairs of them that share text, told apart by how they lie to each other. */
import type { Mention } from "../documents/index.ts";
import { sortMentions } from "../documents/index.ts";

export interface OverlappingPair<M extends Mention> {
  /** The one that starts first, or the longer of two that start together. */
  readonly first: M;
  readonly second: M;
  readonly relation: "same-span" | "nested" | "crossing";
}

/** All pairs whose outer bounds overlap, in text order. Time and room grow with the number of pairs. */
export function overlappingPairs<M extends Mention>(mentions: readonly M[]): OverlappingPair<M>[] {
  const pairs: OverlappingPair<M>[] = [];
  let open: M[] = [];
  for (const second of sortMentions(mentions)) {
    open = open.filter(({ end }) => end > second.start);
    for (const first of open) pairs.push({ first, second, relation: relationOf(first, second) });
    open.push(second);
  }
  return pairs;
}

function relationOf(first: Mention, second: Mention): OverlappingPair<Mention>["relation"] {
  if (first.start === second.start && first.end === second.end) return "same-span";
  return second.end <= first.end ? "nested" : "crossing";
}

/** Equal for two mentions that mark the same text: start and end of every part. */
export function spanKey(mention: Mention): string {
  return (mention.fragments ?? [mention]).map(({ start, end }) => `${start}-${end}`).join(";");
}
