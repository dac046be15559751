/**
 * @file Predicted mentions with scores → how far the scores can be taken as probabilities: a reliability table and the
 * expected calibration error (Naeini, Cooper & Hauskrecht 2015; bins of equal mass: Nguyen & O'Connor 2015).
 */
import type { ComparedDocument } from "./compared.ts";
import type { CalibrationBin, CalibrationReport } from "./report-types.ts";

interface Scored {
  readonly score: number;
  /** Same span and type as a gold mention. */
  readonly isRight: boolean;
}

const usualBins = 10;

/** Undefined where no prediction carries a score. */
export function calibrationOf(
  documents: readonly ComparedDocument[],
  bins = usualBins,
): CalibrationReport | undefined {
  const scored: Scored[] = [];
  let unscored = 0;
  for (const { predicted, verdicts } of documents) {
    for (const [at, { mention }] of predicted.entries()) {
      if (mention.score === undefined) unscored++;
      else scored.push({ score: mention.score, isRight: verdicts.predicted[at]!.class === "correct" });
    }
  }
  if (scored.length === 0) return undefined;
  const table = equalMassBins(scored, bins);
  const ece = table.reduce((sum, bin) => sum + gap(bin), 0) / scored.length;
  return { scored: scored.length, unscored, ece, bins: table };
}

/** How far a bin's mean score is from the share that is right, times its mentions. */
function gap({ count, meanScore, precision }: CalibrationBin): number {
  return count * Math.abs(meanScore - precision);
}

/** Equal scores stay together, else the result would hang on the order of equals; so there may be fewer bins. */
function equalMassBins(scored: readonly Scored[], bins: number): CalibrationBin[] {
  const sorted = [...scored].sort((a, b) => a.score - b.score);
  const table: CalibrationBin[] = [];
  let from = 0;
  for (let bin = 1; bin <= bins; bin++) {
    let to = Math.max(from, Math.round((bin * sorted.length) / bins));
    while (to > from && to < sorted.length && sorted[to]!.score === sorted[to - 1]!.score) to++;
    if (to > from) table.push(toBin(sorted.slice(from, to)));
    from = to;
  }
  return table;
}

function toBin(scored: readonly Scored[]): CalibrationBin {
  const sum = scored.reduce((sum, { score }) => sum + score, 0);
  return {
    low: scored[0]!.score,
    high: scored.at(-1)!.score,
    count: scored.length,
    meanScore: sum / scored.length,
    precision: scored.filter(({ isRight }) => isRight).length / scored.length,
  };
}
