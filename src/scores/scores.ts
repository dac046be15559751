/** @file Two streams of documents, gold and predicted → micro, macro and per-type scores. */
import type { Document } from "../documents/index.ts";
import type { CompareOptions } from "./compare.ts";
import { compareDocuments } from "./compare.ts";
import type { Counts } from "./counts.ts";
import { addCounts, f1, noCounts, precision, recall } from "./counts.ts";

export interface Averages {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Score extends Averages {
  /** Gold mentions: true positives and false negatives. */
  readonly support: number;
  readonly counts: Counts;
}

/** Plain data: survives `JSON.stringify`. All rates are 0..1, and 0 where they are undefined. */
export interface Scores {
  readonly micro: Score;
  /** Unweighted mean over all types that occur in gold or predicted. */
  readonly macro: Averages;
  /** In alphabetical order of the types. */
  readonly types: Readonly<Record<string, Score>>;
  /** Gold documents that were compared, missing ones included. */
  readonly documents: number;
  /** Ids of gold documents without prediction: all their mentions are counted as missed. */
  readonly missing: readonly string[];
  /** Ids of predicted documents that gold lacks: their mentions are not scored. */
  readonly extra: readonly string[];
}

/**
 * Scores a prediction under the strict convention (`compareDocuments`). Documents are matched by id; where an id comes
 * more than once, the first with the first, the second with the second. The order of the two streams is free.
 */
export async function scoreCorpus(
  gold: AsyncIterable<Document>,
  predicted: AsyncIterable<Document>,
  options: CompareOptions = {},
): Promise<Scores> {
  const waiting = await byId(predicted);
  const totals = new Map<string, Counts>();
  const missing: string[] = [];
  let documents = 0;
  for await (const document of gold) {
    const prediction = waiting.get(document.id)?.shift();
    if (prediction === undefined) missing.push(document.id);
    for (const [type, counts] of compareDocuments(document, prediction, options)) {
      totals.set(type, addCounts(totals.get(type) ?? noCounts, counts));
    }
    documents++;
  }
  const extra = [...waiting.values()].flat().map(({ id }) => id);
  return { ...summarise(totals), documents, missing, extra };
}

/** Whole in memory: the prediction may be in another order than gold (shards, parallel runs). */
async function byId(documents: AsyncIterable<Document>): Promise<Map<string, Document[]>> {
  const waiting = new Map<string, Document[]>();
  for await (const document of documents) {
    const same = waiting.get(document.id);
    if (same === undefined) waiting.set(document.id, [document]);
    else same.push(document);
  }
  return waiting;
}

function summarise(totals: ReadonlyMap<string, Counts>): Pick<Scores, "micro" | "macro" | "types"> {
  const rows = [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
  const scores = rows.map(([, counts]) => scoreOf(counts));
  return {
    micro: scoreOf(rows.reduce((sum, [, counts]) => addCounts(sum, counts), noCounts)),
    macro: {
      precision: mean(scores.map((score) => score.precision)),
      recall: mean(scores.map((score) => score.recall)),
      f1: mean(scores.map((score) => score.f1)),
    },
    types: Object.fromEntries(rows.map(([type], at) => [type, scores[at]!])),
  };
}

function scoreOf(counts: Counts): Score {
  return {
    precision: precision(counts),
    recall: recall(counts),
    f1: f1(counts),
    support: counts.truePositives + counts.falseNegatives,
    counts,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
