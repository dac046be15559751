/** @file Mentions that may overlap → those of which no two do: more votes first, then the longer, then the earlier (D5). */
import type { Mention } from "../documents/index.ts";
import { resolveOverlaps } from "../documents/index.ts";

/** Overlaps between types are kept where `acrossTypes` is false: a gene may stand inside of a disease. */
export function withoutOverlaps<M extends Mention>(mentions: readonly M[], acrossTypes = true): readonly M[] {
  if (acrossTypes) return resolveOverlaps(mentions).kept;
  const types = new Set(mentions.map(({ type }) => type));
  const kept = new Set(
    [...types].flatMap((type) => resolveOverlaps(mentions.filter((mention) => mention.type === type)).kept),
  );
  return mentions.filter((mention) => kept.has(mention)).sort((a, b) => a.start - b.start || b.end - a.end);
}
