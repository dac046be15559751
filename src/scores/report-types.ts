/**
 * @file The evaluation report as plain data: what `nerium evaluate --json` prints and what the HTML report draws.
 * Everything survives `JSON.stringify`; all rates are 0..1; offsets are UTF-16 units in `documentText(gold)`.
 */
import type { ConventionName } from "./conventions.ts";
import type { MatchCounts } from "./match-counts.ts";
import type { ErrorClass, Extent } from "./verdicts.ts";

/** A number and, unless intervals were switched off, its 95 % percentile interval over resampled documents. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface RateEstimates {
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly f1: Estimate;
}

export interface ScoreReport extends RateEstimates {
  /** Gold mentions (`counts.possible`). */
  readonly support: number;
  /** correct, incorrect, partial, missed, spurious, possible, actual. */
  readonly counts: MatchCounts;
}

export interface TypeScore extends ScoreReport {
  readonly type: string;
}

/** One system's scores on one corpus under one convention. */
export interface ConventionScores {
  readonly convention: ConventionName;
  readonly micro: ScoreReport;
  /** Unweighted mean over all types that occur in gold or predicted. */
  readonly macro: RateEstimates;
  /** In alphabetical order. */
  readonly types: readonly TypeScore[];
}

/** Mentions of one kind: `correct` of `gold` were found, `correct` of `predicted` are right (strict convention). */
export interface Stratum {
  /** "seen", "unseen", "1 word", "2–5" … */
  readonly name: string;
  readonly gold: number;
  readonly predicted: number;
  readonly correct: number;
  /** Absent where predicted mentions cannot be told apart in this way (by identifiers). */
  readonly precision?: number;
  readonly recall: number;
  readonly f1?: number;
}

export interface StratumTable {
  /** What mentions are told apart by. */
  readonly by: "seen-surface" | "seen-id" | "length" | "train-frequency" | "gold-frequency";
  /** In their natural order; strata without any mention are left out. */
  readonly strata: readonly Stratum[];
}

export interface CalibrationBin {
  /** Lowest and highest score in the bin. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly meanScore: number;
  /** Share of the bin's mentions that are right (strict convention). */
  readonly precision: number;
}

export interface CalibrationReport {
  /** Predicted mentions with and without a score; only the former are in the bins. */
  readonly scored: number;
  readonly unscored: number;
  /** Expected calibration error over bins of equal mass. */
  readonly ece: number;
  /** In order of score. */
  readonly bins: readonly CalibrationBin[];
}

/** How often a gold mention of one type was paired with a predicted one of another (or the same). */
export interface ConfusionCell {
  /** Null: spurious. */
  readonly gold: string | null;
  /** Null: missed. */
  readonly predicted: string | null;
  readonly count: number;
}

export interface ErrorGroup {
  readonly class: ErrorClass;
  /** Only for "boundary" and "boundary-type". */
  readonly extent?: Extent;
  readonly count: number;
  /** Of the gold type; of the predicted type for "spurious". */
  readonly types: readonly { readonly type: string; readonly count: number }[];
  /** `document` is an index into the corpus's `documents`; most errors first. */
  readonly documents: readonly { readonly document: number; readonly id: string; readonly count: number }[];
}

/** One system on one corpus. */
export interface SystemResult {
  /** An index into the report's `systems`. */
  readonly system: number;
  /** The file that was read. */
  readonly file: string;
  /** Ids of gold documents without prediction: their mentions count as missed. */
  readonly missing: readonly string[];
  /** Ids of predicted documents that gold lacks: not scored. */
  readonly extra: readonly string[];
  readonly conventions: readonly ConventionScores[];
  /** "correct" first, then the errors; classes that did not occur are left out. */
  readonly errors: readonly ErrorGroup[];
  readonly confusion: readonly ConfusionCell[];
  readonly strata: readonly StratumTable[];
  /** Absent where no prediction carries a score. */
  readonly calibration?: CalibrationReport;
}

/** A minus B; positive where A is better. */
export interface Difference extends Estimate {
  /** Two-sided, by paired approximate randomisation over documents. */
  readonly p?: number;
  /** Holm's correction over the types of the table; only for types. */
  readonly corrected?: number;
  /** Share of the paired bootstrap's resamples in which A is better (ties count half). */
  readonly better?: number;
}

export interface ComparisonRow {
  readonly name: string;
  readonly kind: "micro" | "macro" | "type";
  readonly precision: Difference;
  readonly recall: Difference;
  readonly f1: Difference;
}

/** Two systems on the same corpus. */
export interface SystemComparison {
  /** Indices into the report's `systems`. */
  readonly a: number;
  readonly b: number;
  readonly convention: ConventionName;
  /** Micro, macro, then the types. */
  readonly rows: readonly ComparisonRow[];
  /** "A is better by 1.3 F1 [0.4, 2.2], p = 0.003" */
  readonly sentence: string;
}

export interface ReportMention {
  readonly start: number;
  readonly end: number;
  readonly fragments?: readonly { readonly start: number; readonly end: number }[];
  readonly type: string;
  readonly text: string;
  readonly ids?: readonly string[];
  readonly score?: number;
}

export interface ReportVerdict {
  readonly class: ErrorClass;
  readonly extent?: Extent;
  /** The mention on the other side that it was paired with: an index into the document's gold or predicted list. */
  readonly partner?: number;
}

/** A gold mention with one verdict for each of the corpus's `results`, in their order. */
export interface GoldMentionReport extends ReportMention {
  readonly verdicts: readonly ReportVerdict[];
}

export interface PredictedMentionReport extends ReportMention {
  readonly verdict: ReportVerdict;
}

export interface DocumentReport {
  readonly id: string;
  readonly text: string;
  /** In text order; mentions that are equal in span and type are listed once. */
  readonly gold: readonly GoldMentionReport[];
  /** One list for each of the corpus's `results`, in their order; null where that system lacks the document. */
  readonly predicted: readonly (readonly PredictedMentionReport[] | null)[];
}

/** One gold file and every system's result on it. */
export interface CorpusReport {
  readonly name: string;
  readonly file: string;
  readonly mentions: number;
  /** Of gold and of all predictions, in alphabetical order. */
  readonly types: readonly string[];
  readonly results: readonly SystemResult[];
  /** First system (A) against second (B) under each convention; only with `--vs`. */
  readonly comparisons: readonly SystemComparison[];
  readonly documents: readonly DocumentReport[];
}

export interface MatrixCell {
  readonly corpus: number;
  readonly system: number;
  /** Micro-averaged, under the first convention. */
  readonly f1: Estimate;
}

export interface SystemMean {
  readonly system: number;
  /** Unweighted mean of the corpora's micro F1. */
  readonly f1: number;
  readonly corpora: number;
}

export interface ReportSettings {
  /** The first is the one that `comparisons`' headline and the matrix are about. */
  readonly conventions: readonly ConventionName[];
  readonly seed: number;
  /** 0: no intervals. */
  readonly resamples: number;
  /** 0.95 */
  readonly confidence: number;
  /** Renamed gold types. */
  readonly map: Readonly<Record<string, string>>;
  /** Only these types were scored; all if null. */
  readonly types: readonly string[] | null;
  /** Training files that "seen" and "frequency" refer to. */
  readonly train: readonly string[];
}

export interface EvaluationReport {
  readonly format: "nerium-evaluation";
  readonly version: 1;
  readonly settings: ReportSettings;
  /** Names to show; unique. */
  readonly systems: readonly string[];
  readonly corpora: readonly CorpusReport[];
  /** Corpora × systems, and each system's mean; one cell for each result. */
  readonly matrix: readonly MatrixCell[];
  readonly means: readonly SystemMean[];
}
