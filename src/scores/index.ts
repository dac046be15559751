/** @file The public names of scores/: gold and predicted documents → strict precision, recall and F1. */
export type { CompareOptions } from "./compare.ts";
export { compareDocuments } from "./compare.ts";
export type { Counts } from "./counts.ts";
export { addCounts, f1, noCounts, precision, recall } from "./counts.ts";
export type { Averages, Score, Scores } from "./scores.ts";
export { scoreCorpus } from "./scores.ts";
