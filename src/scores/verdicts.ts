/** @file Gold and predicted spans of one document → exactly one verdict for each: right, or which kind of error. */
import type { Span } from "./spans.ts";
import { lengthOf, overlapFinder, overlapOf } from "./spans.ts";

/** "boundary": same type, other span; "type": same span, other type; "boundary-type": overlap, both differ. */
export const errorClasses = ["correct", "type", "boundary", "boundary-type", "missed", "spurious"] as const;
export type ErrorClass = (typeof errorClasses)[number];

/** How the predicted span lies to the gold one: holds it, lies inside of it, or neither. */
export type Extent = "too-long" | "too-short" | "shifted";

export interface Verdict {
  readonly class: ErrorClass;
  /** Only for "boundary" and "boundary-type". */
  readonly extent?: Extent;
  /** Index of the span on the other side; absent for "missed" and "spurious". */
  readonly partner?: number;
}

export interface Verdicts {
  /** One for each gold span, in their order. */
  readonly gold: readonly Verdict[];
  readonly predicted: readonly Verdict[];
}

interface Candidate {
  readonly gold: number;
  readonly predicted: number;
  /** Shared characters in all characters of both (Jaccard 1912); 1 for the same span. */
  readonly likeness: number;
  readonly class: ErrorClass;
}

/**
 * Pairs one to one, the best first: equal in all, same span, overlap of the same type, any overlap; within each kind
 * the more alike, then the earlier. What stays alone is missed or spurious, so both sides' sums add up.
 */
export function verdictsOf(gold: readonly Span[], predicted: readonly Span[]): Verdicts {
  const forGold: Verdict[] = gold.map(() => ({ class: "missed" }));
  const forPredicted: Verdict[] = predicted.map(() => ({ class: "spurious" }));
  for (const pair of candidates(gold, predicted)) {
    const isTaken =
      forGold[pair.gold]!.partner !== undefined || forPredicted[pair.predicted]!.partner !== undefined;
    if (isTaken) continue;
    const bounds = pair.class === "boundary" || pair.class === "boundary-type";
    const extent = bounds ? { extent: extentOf(gold[pair.gold]!, predicted[pair.predicted]!) } : {};
    forGold[pair.gold] = { class: pair.class, ...extent, partner: pair.predicted };
    forPredicted[pair.predicted] = { class: pair.class, ...extent, partner: pair.gold };
  }
  return { gold: forGold, predicted: forPredicted };
}

function candidates(gold: readonly Span[], predicted: readonly Span[]): Candidate[] {
  const overlapping = overlapFinder(gold);
  const equal = indicesByKey(gold);
  const pairs = predicted.flatMap((span, at) => {
    // Mentions without any character overlap nothing, not even themselves.
    const near = new Set([...(equal.get(span.key) ?? []), ...overlapping(span)]);
    return [...near].map((partner) => candidate(gold[partner]!, span, partner, at));
  });
  const rank = (pair: Candidate): number => errorClasses.indexOf(pair.class);
  return pairs.sort(
    (a, b) => rank(a) - rank(b) || b.likeness - a.likeness || a.gold - b.gold || a.predicted - b.predicted,
  );
}

function indicesByKey(spans: readonly Span[]): Map<string, number[]> {
  const indices = new Map<string, number[]>();
  for (const [at, { key }] of spans.entries()) indices.set(key, [...(indices.get(key) ?? []), at]);
  return indices;
}

function candidate(gold: Span, predicted: Span, goldAt: number, predictedAt: number): Candidate {
  const sameType = gold.type === predicted.type;
  const place = { gold: goldAt, predicted: predictedAt };
  if (gold.key === predicted.key) return { ...place, likeness: 1, class: sameType ? "correct" : "type" };
  const shared = overlapOf(gold, predicted);
  const likeness = shared / (lengthOf(gold) + lengthOf(predicted) - shared);
  return { ...place, likeness, class: sameType ? "boundary" : "boundary-type" };
}

function extentOf(gold: Span, predicted: Span): Extent {
  const shared = overlapOf(gold, predicted);
  const [goldLength, predictedLength] = [lengthOf(gold), lengthOf(predicted)];
  if (shared === goldLength && shared < predictedLength) return "too-long";
  if (shared === predictedLength && shared < goldLength) return "too-short";
  return "shifted";
}
