/** @file Gold and predicted documents of one or more corpora and systems → the whole evaluation as one report. */
export type { EvaluationReport } from "./report-types.ts";
