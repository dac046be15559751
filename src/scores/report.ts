/** @file Gold and predicted documents of one or more corpora and systems → the whole evaluation as one report. */
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { ResampleOptions } from "./bootstrap.ts";
import { calibrationOf } from "./calibration.ts";
import type { ConventionName } from "./conventions.ts";
import { countTable } from "./count-table.ts";
import { confusionOf, errorGroups } from "./error-groups.ts";
import { compareEstimated, confidence, estimate, scoresOf } from "./estimates.ts";
import { reportDocuments } from "./report-documents.ts";
import type {
  ConventionScores,
  CorpusReport,
  EvaluationReport,
  SystemComparison,
  SystemMean,
  SystemResult,
} from "./report-types.ts";
import { comparisonSentence } from "./sentences.ts";
import type { KnownMentions } from "./strata.ts";
import { knownMentions, strataOf } from "./strata.ts";
import type { View } from "./views.ts";
import { viewOf } from "./views.ts";

export type { EvaluationReport } from "./report-types.ts";

/** Documents as one file holds them; of token labels also as the IOB2 scheme reads them, if that is asked for. */
export interface DocumentsInput {
  /** Its name, to be told. */
  readonly file: string;
  readonly documents: readonly Document[];
  /** The same documents with the mentions of strict IOB2 decoding (`withoutOrphans`); else `documents` are taken. */
  readonly iob2?: readonly Document[] | undefined;
}

export interface CorpusInput extends DocumentsInput {
  readonly name: string;
  /** Documents whose mentions are BioCreative II's alternatives. */
  readonly alternatives?: readonly Document[] | undefined;
  /** One for each of the report's systems, in their order. */
  readonly predictions: readonly DocumentsInput[];
}

export interface ReportOptions extends ResampleOptions {
  /** At least one. */
  readonly conventions: readonly ConventionName[];
  /** Only mentions of these types, on both sides; all if absent. */
  readonly types?: readonly string[] | undefined;
  /** What gold types were renamed to, told only: the documents are renamed already. */
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly train?: readonly DocumentsInput[] | undefined;
  /** Test the first two systems against each other. */
  readonly compare?: boolean | undefined;
}

/** Same input, same seed: same report. Throws DATA where a predicted text differs from gold's. */
export function evaluate(
  systems: readonly string[],
  corpora: readonly CorpusInput[],
  options: ReportOptions,
): EvaluationReport {
  const { train } = options;
  const training = train === undefined ? undefined : knownMentions(train.flatMap(documentsOf), options.types);
  const reports = corpora.map((corpus) => corpusReport(systems, corpus, training, options));
  return {
    format: "nerium-evaluation",
    version: 1,
    settings: settingsOf(options),
    systems,
    corpora: reports,
    matrix: reports.flatMap(({ results }, corpus) =>
      results.map(({ system, conventions }) => ({ corpus, system, f1: conventions[0]!.micro.f1 })),
    ),
    means: systems.map((_, system) => meanOf(system, reports)),
  };
}

function documentsOf({ documents }: DocumentsInput): readonly Document[] {
  return documents;
}

function settingsOf(options: ReportOptions): EvaluationReport["settings"] {
  return {
    conventions: options.conventions,
    seed: options.seed,
    resamples: options.resamples,
    confidence,
    map: options.map ?? {},
    types: options.types ?? null,
    train: (options.train ?? []).map(({ file }) => file),
  };
}

function meanOf(system: number, reports: readonly CorpusReport[]): SystemMean {
  const results = reports.flatMap(({ results }) => results.filter((result) => result.system === system));
  const sum = results.reduce((sum, { conventions }) => sum + conventions[0]!.micro.f1.value, 0);
  return { system, f1: sum / Math.max(1, results.length), corpora: results.length };
}

function corpusReport(
  systems: readonly string[],
  corpus: CorpusInput,
  training: KnownMentions | undefined,
  options: ReportOptions,
): CorpusReport {
  if (corpus.documents.length === 0) {
    const problem = "expected gold documents, got none; check the file and --format";
    throw new NeriumError("DATA", problem, { file: corpus.file });
  }
  const views = corpus.predictions.map((input) => viewOf(corpus, input, options));
  const types = typesOf(views);
  // One convention after the other: its samples, which may be large, are gone before the next one's are drawn.
  const scored = options.conventions.map((name) => scoreViews(systems, views, name, types, options));
  const compared = views.map((view) => view.compared);
  return {
    name: corpus.name,
    file: corpus.file,
    mentions: (compared[0] ?? []).reduce((sum, { gold }) => sum + gold.length, 0),
    types,
    results: views.map((view, at) => systemResult(at, view, scored, training)),
    comparisons: scored.flatMap(({ comparison }) => comparison ?? []),
    documents: reportDocuments(compared),
  };
}

/** All systems' scores under one convention, and the first two compared if that is asked for. */
interface Scored {
  readonly scores: readonly ConventionScores[];
  readonly comparison: SystemComparison | undefined;
}

function scoreViews(
  [a = "A", b = "B"]: readonly string[],
  views: readonly View[],
  convention: ConventionName,
  types: readonly string[],
  options: ReportOptions,
): Scored {
  const estimated = views.map(({ counts }) => estimate(countTable(types, counts.get(convention)!), options));
  const scores = estimated.map((one) => scoresOf(convention, one));
  const [first, second] = estimated;
  if (options.compare !== true || first === undefined || second === undefined) {
    return { scores, comparison: undefined };
  }
  const rows = compareEstimated(first, second, options);
  const sentence = comparisonSentence(a, b, rows[0]!.f1);
  return { scores, comparison: { a: 0, b: 1, convention, rows, sentence } };
}

function typesOf(views: readonly View[]): string[] {
  const types = views.flatMap(({ counts }) =>
    [...counts.values()].flatMap((documents) => documents.flatMap((document) => [...document.types.keys()])),
  );
  return [...new Set(types)].sort((a, b) => (a < b ? -1 : 1));
}

function systemResult(
  system: number,
  { file, pairing, compared }: View,
  scored: readonly Scored[],
  training: KnownMentions | undefined,
): SystemResult {
  const calibration = calibrationOf(compared);
  return {
    system,
    file,
    missing: pairing.missing,
    extra: pairing.extra,
    conventions: scored.map(({ scores }) => scores[system]!),
    errors: errorGroups(compared),
    confusion: confusionOf(compared),
    strata: strataOf(compared, training),
    ...(calibration === undefined ? {} : { calibration }),
  };
}
