/** @file The result of tuning → tables for people. */
import type { CalibrationReport } from "../scores/index.ts";
import { formatMoney } from "./cost.ts";
import { formatTable } from "./table.ts";
import type { Cost, TuningReport } from "./tune-scores.ts";

export function tuneTable(report: TuningReport): string {
  const { documents, corpora, types, votes, scores, samples, voteCalibration, scoreCalibration } = report;
  const head = `${documents} documents of ${corpora.join(", ")}; types ${types.join(", ")}; strict F1 in percent\n\n`;
  const advice = [
    ...(votes === undefined
      ? []
      : [`--samples ${samples} --vote-threshold ${Math.floor(1000 * votes.threshold) / 1000}`]),
    ...(scores === undefined
      ? []
      : [`${votes === undefined ? "" : "or without samples "}--threshold ${scores.threshold}`]),
  ];
  return [
    head,
    rowsTable(report),
    calibrationTable("Shares of votes", voteCalibration),
    calibrationTable("Scores of the likeliest answers", scoreCalibration),
    advice.length === 0 ? "" : `\nchosen on these data, to be kept for all others: ${advice.join("; ")}\n`,
  ].join("");
}

const right = (title: string) => ({ title, align: "right" }) as const;

function rowsTable({ rows }: TuningReport): string {
  const asked = rows.some(({ cost }) => cost?.passes !== undefined);
  const priced = rows.some(({ cost }) => (cost?.money ?? 0) > 0);
  const columns = [
    { title: "" },
    ...["P", "R", "F1", "seconds"].map(right),
    ...(asked ? ["passes", "a sentence", "tokens read", "written"].map(right) : []),
    ...(priced ? [right("money")] : []),
  ];
  return formatTable(
    columns,
    rows.map(({ name, precision, recall, f1, deviation, cost }) => [
      name,
      percent(precision),
      percent(recall),
      percent(f1) + (deviation === undefined ? "" : ` ± ${percent(deviation)}`),
      cost === undefined ? "" : cost.seconds.toFixed(1),
      ...(asked ? costCells(cost) : []),
      ...(priced ? [cost?.money === undefined ? "" : formatMoney(cost.money)] : []),
    ]),
  );
}

/** A row without a cost of its own costs what the row above does. */
function costCells(cost: Cost | undefined): string[] {
  if (cost === undefined) return ["", "", "", ""];
  const { passes = 0, sentences = 0, inputTokens = 0, outputTokens = 0 } = cost;
  return [
    passes.toFixed(0),
    (passes / Math.max(1, sentences)).toFixed(2),
    inputTokens.toFixed(0),
    outputTokens.toFixed(0),
  ];
}

function calibrationTable(title: string, calibration: CalibrationReport | undefined): string {
  if (calibration === undefined) return "";
  const table = formatTable(
    ["from", "to", "mentions", "mean score", "right"].map(right),
    calibration.bins.map(({ low, high, count, meanScore, precision }) => [
      low.toFixed(3),
      high.toFixed(3),
      String(count),
      meanScore.toFixed(3),
      precision.toFixed(3),
    ]),
  );
  return `\n${title}: expected calibration error ${calibration.ece.toFixed(3)}\n${table}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}
