/** @file The public names of scores/: gold and predicted documents → scores, intervals, tests and error analysis. */
export { countWithAlternatives } from "./alternatives.ts";
export type { CompareOptions } from "./compare.ts";
export { compareDocuments } from "./compare.ts";
export type { ConventionName, DocumentCounts, SpanLists } from "./conventions.ts";
export { conventionNames, countSpans } from "./conventions.ts";
export type { Counts } from "./counts.ts";
export { addCounts, f1, noCounts, precision, recall } from "./counts.ts";
export type { LabelConvention, LabelSpan } from "./labels.ts";
export { labelSpans, withoutOrphans } from "./labels.ts";
export type { MatchCounts } from "./match-counts.ts";
export { holm } from "./randomization.ts";
export type { CorpusInput, DocumentsInput, ReportOptions } from "./report.ts";
export { evaluate } from "./report.ts";
export type {
  CalibrationReport,
  ComparisonRow,
  ConventionScores,
  CorpusReport,
  Difference,
  DocumentReport,
  ErrorGroup,
  Estimate,
  EvaluationReport,
  RateEstimates,
  ScoreReport,
  StratumTable,
  SystemComparison,
  SystemResult,
} from "./report-types.ts";
export type { Averages, Score, Scores } from "./scores.ts";
export { scoreCorpus } from "./scores.ts";
export { points, pValue } from "./sentences.ts";
export type { Span } from "./spans.ts";
export { spansOf } from "./spans.ts";
export type { ErrorClass, Extent, Verdict, Verdicts } from "./verdicts.ts";
export { verdictsOf } from "./verdicts.ts";
