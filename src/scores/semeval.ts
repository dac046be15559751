/**
 * @file Gold and predicted spans of one document → SemEval-2013 task 9.1's counts, by its four ways to compare:
 * strict (span and type), exact (span alone), partial (overlap is worth half), type (overlap and type).
 * Definitions: Segura-Bedmar, Martínez & Herrero-Zazo 2013 (https://aclanthology.org/S13-2056), after MUC-5.
 *
 * nervaluate 1.2.1 counts the same on sequences without overlapping mentions. It differs in two places, where we follow
 * the definition: it goes through predictions in order and lets one that merely overlaps take a gold mention from a
 * later one that equals it (only possible where mentions overlap each other), and it ignores overlaps that cover less
 * than 1 % of the gold mention.
 */
import type { MatchCounts } from "./match-counts.ts";
import { matchCounts } from "./match-counts.ts";
import type { Span } from "./spans.ts";
import { identityOf, overlapFinder } from "./spans.ts";

export type SemevalConvention = "strict" | "exact" | "partial" | "type";

/** Every gold span is paired with at most one predicted span; both lists are in text order. */
export function countSemeval(
  gold: readonly Span[],
  predicted: readonly Span[],
  convention: SemevalConvention,
): MatchCounts {
  const taken = new Set<number>();
  const rest = takeEqual(gold, predicted, convention === "strict" || convention === "type", taken);
  let correct = taken.size;
  let paired = 0;
  const overlapping = overlapFinder(gold);
  for (const span of rest) {
    const free = overlapping(span).filter((at) => !taken.has(at));
    const same = convention === "type" ? nearestOfType(gold, free, span) : undefined;
    const partner = same ?? free[0];
    if (partner === undefined) continue;
    taken.add(partner);
    if (same === undefined) paired++;
    else correct++;
  }
  const [incorrect, partial] = convention === "partial" ? [0, paired] : [paired, 0];
  const all = correct + paired;
  return matchCounts(correct, incorrect, partial, gold.length - all, predicted.length - all);
}

/** Pairs what is equal before anything else is paired; returns the predicted spans left over. */
function takeEqual(
  gold: readonly Span[],
  predicted: readonly Span[],
  withType: boolean,
  taken: Set<number>,
): Span[] {
  const identity = (span: Span): string => (withType ? identityOf(span) : span.key);
  const waiting = new Map<string, number[]>();
  for (const [at, span] of gold.entries()) {
    const same = waiting.get(identity(span));
    if (same === undefined) waiting.set(identity(span), [at]);
    else same.push(at);
  }
  return predicted.filter((span) => {
    const partner = waiting.get(identity(span))?.shift();
    if (partner !== undefined) taken.add(partner);
    return partner === undefined;
  });
}

/** Of several of the same type the one whose bounds differ least, the first of those. */
function nearestOfType(gold: readonly Span[], free: readonly number[], span: Span): number | undefined {
  let nearest: number | undefined;
  let least = Infinity;
  for (const at of free) {
    const { start, end, type } = gold[at]!;
    const distance = Math.abs(start - span.start) + Math.abs(end - span.end);
    if (type !== span.type || distance >= least) continue;
    [nearest, least] = [at, distance];
  }
  return nearest;
}
