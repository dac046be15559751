/** @file Matched, invented and missed mentions → precision, recall and F1. */

/** What a comparison counted; counts of two documents add up (micro-averaging). */
export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

export const noCounts: Counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
  };
}

/** Share of the predicted mentions that are right; 0 where nothing was predicted (undefined, strictly). */
export function precision({ truePositives, falsePositives }: Counts): number {
  return ratio(truePositives, truePositives + falsePositives);
}

/** Share of the gold mentions that were found; 0 where there are no gold mentions (undefined, strictly). */
export function recall({ truePositives, falseNegatives }: Counts): number {
  return ratio(truePositives, truePositives + falseNegatives);
}

/** Harmonic mean of precision and recall; 0 where there is neither a gold nor a predicted mention. */
export function f1({ truePositives, falsePositives, falseNegatives }: Counts): number {
  // 2·tp / (2·tp + fp + fn) rather than 2PR/(P+R): one division, so perfect is exactly 1
  return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
