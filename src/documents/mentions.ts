/** @file Mentions of one passage → the same mentions sorted, or without overlaps; parts of a mention → its span. */
import { partitionPoint } from "../shared/partition-point.ts";
import type { Fragment, Mention } from "./types.ts";

/** A new list in text order: by start, then the longer first; what is equal keeps its order. */
export function sortMentions<M extends Mention>(mentions: readonly M[]): M[] {
  return [...mentions].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Parts in any order → outer bounds, and the parts in text order if there are several. */
export function spanOf(parts: readonly Fragment[]): Pick<Mention, "start" | "end" | "fragments"> {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error("internal: a mention without parts");
  if (others.length === 0) return { start: first.start, end: first.end };
  const fragments = [...parts].sort((a, b) => a.start - b.start || a.end - b.end);
  const end = Math.max(...fragments.map((part) => part.end));
  return { start: fragments[0]!.start, end, fragments };
}

export interface ResolvedOverlaps<M extends Mention> {
  /** Mentions of which no two overlap, in text order. */
  readonly kept: readonly M[];
  /** Mentions that overlapped a better one, in text order. */
  readonly dropped: readonly M[];
}

/**
 * For formats and votes that cannot hold overlaps: the highest score wins (a gold mention counts 1), then the longest,
 * then the first. A discontinuous mention takes all the room between its outer bounds.
 */
export function resolveOverlaps<M extends Mention>(mentions: readonly M[]): ResolvedOverlaps<M> {
  if (mentions.length < 2) return { kept: mentions, dropped: [] };
  const best = [...mentions].sort(
    (a, b) => (b.score ?? 1) - (a.score ?? 1) || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const kept: M[] = [];
  const dropped: M[] = [];
  for (const mention of best) {
    // The kept ones are disjoint and sorted, so only the two neighbours can overlap.
    const place = insertionPlace(kept, mention.start);
    const free = !overlap(kept[place - 1], mention) && !overlap(kept[place], mention);
    if (free) kept.splice(place, 0, mention);
    else dropped.push(mention);
  }
  return { kept, dropped: sortMentions(dropped) };
}

function insertionPlace(sorted: readonly Mention[], start: number): number {
  return partitionPoint(sorted.length, (at) => sorted[at]!.start <= start);
}

function overlap(a: Mention | undefined, b: Mention): boolean {
  return a !== undefined && a.start < b.end && b.start < a.end;
}
