/** @file An evaluation report → tables and sentences for stdout, remarks for stderr. */
import type {
  ComparisonRow,
  ConventionScores,
  CorpusReport,
  Estimate,
  EvaluationReport,
  RateEstimates,
  SystemComparison,
  SystemResult,
} from "../scores/index.ts";
import { points, pValue } from "../scores/index.ts";
import { formatTable } from "./table.ts";

/** Per corpus and system one table a convention, then the comparisons, then the cross-corpus matrix if there is any. */
export function reportText(report: EvaluationReport): string {
  const many =
    report.corpora.length > 1 || report.systems.length > 1 || report.settings.conventions.length > 1;
  const tables = report.corpora.flatMap((corpus) =>
    corpus.results.flatMap((result) =>
      result.conventions.map((scores) => {
        const heading = `${headingOf(report, corpus, result)}, ${scores.convention}\n`;
        return (many ? heading : "") + scoreTable(scores);
      }),
    ),
  );
  const comparisons = report.corpora.flatMap((corpus) =>
    corpus.comparisons.map((comparison) => comparisonText(report, corpus, comparison)),
  );
  const matrix = report.corpora.length > 1 ? [matrixText(report)] : [];
  return [...tables, ...comparisons, ...matrix].join("\n");
}

function headingOf(
  { corpora, systems }: EvaluationReport,
  corpus: CorpusReport,
  { system }: SystemResult,
): string {
  const name = systems[system]!;
  return corpora.length > 1 ? `${name} on ${corpus.name}` : name;
}

function right(title: string) {
  return { title, align: "right" } as const;
}

/** Rates in percent with two decimals; the types first, then both averages. */
export function scoreTable({ types, micro, macro }: ConventionScores): string {
  const isEstimated = micro.f1.low !== undefined;
  const interval = isEstimated ? [right("95 %")] : [];
  const columns = [
    { title: "type" },
    right("precision"),
    right("recall"),
    right("F1"),
    ...interval,
    right("support"),
  ];
  const row = (name: string, score: RateEstimates, support: string): string[] => [
    name,
    percent(score.precision),
    percent(score.recall),
    percent(score.f1),
    ...(isEstimated ? [intervalText(score.f1)] : []),
    support,
  ];
  return formatTable(columns, [
    ...types.map((score) => row(score.type, score, String(score.support))),
    row("micro", micro, String(micro.support)),
    row("macro", macro, ""),
  ]);
}

function percent({ value }: Estimate): string {
  return (100 * value).toFixed(2);
}

/** Of F1, in points. */
function intervalText({ low = 0, high = 0 }: Estimate): string {
  return `[${points(low)}, ${points(high)}]`;
}

function comparisonText(
  report: EvaluationReport,
  corpus: CorpusReport,
  comparison: SystemComparison,
): string {
  const [a, b] = [report.systems[comparison.a]!, report.systems[comparison.b]!];
  const place = report.corpora.length > 1 ? ` on ${corpus.name}` : "";
  const isTested = comparison.rows[0]!.f1.p !== undefined;
  const titles = ["F1 difference", ...(isTested ? ["95 %", "p", "corrected p"] : [])];
  const columns = [{ title: "type" }, ...titles.map(right)];
  const types = comparison.rows.filter(({ kind }) => kind === "type");
  const averages = comparison.rows.filter(({ kind }) => kind !== "type");
  const table = formatTable(
    columns,
    [...types, ...averages].map((row) => comparisonCells(row, isTested)),
  );
  return `${a} minus ${b}${place}, ${comparison.convention}\n${table}${comparison.sentence}.\n`;
}

function comparisonCells({ name, f1 }: ComparisonRow, isTested: boolean): string[] {
  const cells = [name, signed(f1.value)];
  if (!isTested) return cells;
  return [...cells, intervalText(f1), bare(f1.p ?? 1), f1.corrected === undefined ? "" : bare(f1.corrected)];
}

/** "0.003", "< 0.001": the column says that it is p. */
function bare(p: number): string {
  return pValue(p).replace(/^p (?:= )?/, "");
}

function signed(difference: number): string {
  const text = (100 * difference).toFixed(2);
  return difference > 0 ? `+${text}` : text;
}

/** Micro F1 of every system on every corpus, under the first convention. */
function matrixText({ systems, corpora, matrix, means, settings }: EvaluationReport): string {
  const columns = [{ title: "corpus" }, ...systems.map(right)];
  const cell = (corpus: number, system: number): string => {
    const found = matrix.find((one) => one.corpus === corpus && one.system === system);
    if (found === undefined) return "";
    return percent(found.f1) + (found.f1.low === undefined ? "" : ` ${intervalText(found.f1)}`);
  };
  const rows = corpora.map(({ name }, corpus) => [name, ...systems.map((_, system) => cell(corpus, system))]);
  const mean = ["mean", ...means.map(({ f1 }) => (100 * f1).toFixed(2))];
  return `micro F1, ${settings.conventions[0]!}\n${formatTable(columns, [...rows, mean])}`;
}

/** What could not be compared, or looks odd; a line each. */
export function remarks(report: EvaluationReport): string {
  const many = report.corpora.length > 1 || report.systems.length > 1;
  return report.corpora
    .flatMap((corpus) =>
      corpus.results.map((result) => {
        const place = many ? `${report.systems[result.system]!} on ${corpus.name}: ` : "";
        return resultRemarks(result, report.settings.types ?? [], place);
      }),
    )
    .join("");
}

function resultRemarks(result: SystemResult, types: readonly string[], place: string): string {
  const known = result.conventions[0]!.types;
  const unseen = types.filter((type) => !known.some((score) => score.type === type));
  const onlyPredicted = known.filter(({ support }) => support === 0).map(({ type }) => type);
  return [
    remark(`${place}gold documents without prediction, their mentions counted as missed`, result.missing),
    remark(`${place}predicted documents that gold lacks, not scored`, result.extra),
    remark(`${place}types of --types that occur neither in gold nor predicted`, unseen),
    remark(`${place}types predicted but never gold, see --map and --types`, onlyPredicted),
  ].join("");
}

/** One line with the first ten names; none if there is nothing to name. */
function remark(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > 10 ? `, and ${names.length - 10} more` : "";
  return `nerium: ${what} (${names.length}): ${names.slice(0, 10).join(", ")}${more}\n`;
}
