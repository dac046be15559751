/** @file The conventions' names → how each pairs gold with predicted mentions and what it then counts. */

/** SemEval-2013's four first, then those on token labels, then BioCreative II's with alternatives. */
export const conventionNames = ["strict", "exact", "partial", "type", "conlleval", "iob2", "bc2"] as const;
export type ConventionName = (typeof conventionNames)[number];
