/** @file Gold documents and what a tagger found, once or in samples → scores, the best threshold, calibration. */
import type { Document, Mention } from "../documents/index.ts";
import type { EngineCost } from "../tagging/index.ts";
import { type CalibrationReport, evaluate, scoreCorpus } from "../scores/index.ts";

/** Seconds, and for a tagger that asks a model what its answers cost. */
export interface Cost extends Partial<EngineCost> {
  readonly seconds: number;
  readonly sentences?: number;
}

export interface Rates {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** One way to use the model. */
export interface TuningRow extends Rates {
  readonly name: string;
  /** Standard deviation of F1 over single samples. */
  readonly deviation?: number;
  /** Absent: that of the row before. */
  readonly cost?: Cost;
}

/** A choice of threshold: votes or scores from there on. */
export interface Choice {
  readonly threshold: number;
  /** F1 at every threshold that was tried. */
  readonly tried: readonly (Rates & { readonly threshold: number })[];
}

export interface Measured {
  readonly types: readonly string[];
  readonly samples: number;
  readonly rows: readonly TuningRow[];
  /** Of scores of the likeliest answers; absent where there are none. */
  readonly scores?: Choice | undefined;
  readonly votes?: Choice | undefined;
  readonly scoreCalibration?: CalibrationReport | undefined;
  readonly voteCalibration?: CalibrationReport | undefined;
}

export interface TuningReport extends Measured {
  readonly format: "nerium-tuning";
  readonly version: 1;
  readonly corpora: readonly string[];
  readonly documents: number;
}

export interface Found {
  readonly greedy: { readonly documents: readonly Document[]; readonly cost: Cost };
  readonly sampled?: {
    readonly voted: readonly Document[];
    readonly samples: readonly (readonly Document[])[];
    readonly cost: Cost;
    readonly count: number;
  };
}

export function tunedReport(corpora: readonly string[], documents: number, measured: Measured): TuningReport {
  return { format: "nerium-tuning", version: 1, corpora, documents, ...measured };
}

export async function measure(
  gold: readonly Document[],
  types: readonly string[],
  { greedy, sampled }: Found,
): Promise<Measured> {
  const score = (documents: readonly Document[]): Promise<Rates> => ratesOf(gold, documents, types);
  const best = await score(greedy.documents);
  const hasScores = greedy.documents.some(({ passages }) =>
    passages.some(({ mentions }) => mentions.some(isScored)),
  );
  const grid = Array.from({ length: 20 }, (_, at) => at / 20);
  const scores = hasScores ? await choose(greedy.documents, grid, score) : undefined;
  const rows: TuningRow[] = [{ name: "likeliest", ...best, cost: greedy.cost }];
  if (scores !== undefined) rows.push({ name: `likeliest, score >= ${scores.threshold}`, ...at(scores) });
  const common = { types, rows, scores, scoreCalibration: calibrationOf(gold, greedy.documents, types) };
  if (sampled === undefined) return { ...common, samples: 1 };
  const { voted, samples, cost, count } = sampled;
  const single = await Promise.all(samples.map(score));
  rows.push(meanRow(single, dividedBy(cost, count)));
  const votes = await choose(
    voted,
    samples.map((_, sample) => (sample + 1) / count),
    score,
  );
  const usual = await score(voted.map((document) => from(document, 0.5)));
  rows.push({ name: `vote of ${count}, half of them`, ...usual, cost });
  rows.push({ name: `vote of ${count}, share >= ${round(votes.threshold)}`, ...at(votes) });
  return { ...common, samples: count, votes, voteCalibration: calibrationOf(gold, voted, types) };
}

function isScored({ score }: Mention): boolean {
  return score !== undefined;
}

function at({ threshold, tried }: Choice): Rates {
  const { precision, recall, f1 } = tried.find((one) => one.threshold === threshold)!;
  return { precision, recall, f1 };
}

/** The threshold with the best F1; of equals the one nearest to one half. */
async function choose(
  documents: readonly Document[],
  thresholds: readonly number[],
  score: (documents: readonly Document[]) => Promise<Rates>,
): Promise<Choice> {
  const tried: Choice["tried"][number][] = [];
  for (const threshold of thresholds) {
    tried.push({ threshold, ...(await score(documents.map((document) => from(document, threshold)))) });
  }
  const distance = ({ threshold }: { readonly threshold: number }): number => Math.abs(threshold - 0.5);
  const [best] = tried.toSorted((a, b) => b.f1 - a.f1 || distance(a) - distance(b));
  return { threshold: best!.threshold, tried };
}

/** A document with the mentions whose score reaches the threshold. */
function from(document: Document, threshold: number): Document {
  const passages = document.passages.map((passage) => ({
    ...passage,
    mentions: passage.mentions.filter(({ score = 1 }) => score >= threshold - 1e-9),
  }));
  return { ...document, passages };
}

async function ratesOf(
  gold: readonly Document[],
  predicted: readonly Document[],
  types: readonly string[],
): Promise<Rates> {
  const { micro } = await scoreCorpus(stream(gold), stream(predicted), { types });
  const { precision, recall, f1 } = micro;
  return { precision, recall, f1 };
}

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function calibrationOf(
  gold: readonly Document[],
  predicted: readonly Document[],
  types: readonly string[],
): CalibrationReport | undefined {
  const input = {
    name: "dev",
    file: "dev",
    documents: gold,
    predictions: [{ file: "tagger", documents: predicted }],
  };
  const report = evaluate(["tagger"], [input], { conventions: ["strict"], types, seed: 0, resamples: 0 });
  return report.corpora[0]!.results[0]!.calibration;
}

function meanRow(single: readonly Rates[], cost: Cost): TuningRow {
  const mean = (of: (rates: Rates) => number): number =>
    single.reduce((sum, rates) => sum + of(rates), 0) / single.length;
  const f1 = mean((rates) => rates.f1);
  return {
    name: "one sample, mean",
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1,
    deviation: Math.sqrt(mean((rates) => (rates.f1 - f1) ** 2)),
    cost,
  };
}

/** What one of several samples costs, as if they had nothing in common. */
function dividedBy(cost: Cost, count: number): Cost {
  const { sentences, ...counts } = cost;
  const shares = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value / count]));
  return { ...(shares as unknown as Cost), ...(sentences !== undefined && { sentences }) };
}

function round(share: number): number {
  return Math.round(1000 * share) / 1000;
}
