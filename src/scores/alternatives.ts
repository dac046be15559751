/**
 * @file Gold spans, their alternatives and predicted spans → BioCreative II's counts (gene mention task: Smith et al.
 * 2008, https://doi.org/10.1186/gb-2008-9-s2-s2; the task's scorer `alt_eval.perl`).
 *
 * A gold mention is found, once, if a prediction equals it or equals an alternative that overlaps it. A prediction is
 * wrong if it equals neither a gold mention nor any alternative of the sentence. So a second alternative of a mention
 * that was found already is neither right nor wrong, and one alternative that reaches over two gold mentions finds both:
 * that is how the published numbers were counted, and why `actual` is not always the number of predictions.
 * The scorer counts a line that stands twice in a prediction twice if it is wrong; here, as everywhere, it counts once.
 */
import type { MatchCounts } from "./match-counts.ts";
import { matchCounts } from "./match-counts.ts";
import type { Span } from "./spans.ts";
import { identityOf, overlapFinder } from "./spans.ts";

/** All lists in text order. */
export function countWithAlternatives(
  gold: readonly Span[],
  alternatives: readonly Span[],
  predicted: readonly Span[],
): MatchCounts {
  const answered = new Set(predicted.map(identityOf));
  const alternativesOf = overlapFinder(alternatives);
  const isFound = (span: Span): boolean =>
    answered.has(identityOf(span)) ||
    alternativesOf(span).some((at) => {
      const alternative = alternatives[at]!;
      return alternative.type === span.type && answered.has(identityOf(alternative));
    });
  const found = gold.filter(isFound).length;
  const known = new Set([...gold, ...alternatives].map(identityOf));
  const wrong = predicted.filter((span) => !known.has(identityOf(span))).length;
  return matchCounts(found, 0, 0, gold.length - found, wrong);
}
