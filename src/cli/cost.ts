/** @file What a tagger that asks a model has done and what it cost → a few lines for people. */
import { alignments, markStatuses } from "../mentions/index.ts";
import type { TaggerReport } from "../tagging/index.ts";
import { formatSeconds } from "./progress.ts";

/** Counts, tokens, time and money; then what became of marks that made no mention, if there were any. */
export function costSentence(report: TaggerReport, seconds: number): string {
  const { cost, sentences, cut, truncated, marks } = report;
  const parts = [
    counted(sentences, "sentence"),
    counted(cost.questions, "question"),
    counted(cost.passes, "pass", "passes"),
    `${cost.inputTokens} tokens read${cost.cachedTokens > 0 ? ` (${cost.cachedTokens} from a cache)` : ""}`,
    ...(cost.outputTokens > 0 ? [`${cost.outputTokens} written`] : []),
    ...(cost.retries > 0 ? [`${cost.retries} requests repeated`] : []),
    ...(cost.money > 0 ? [`${formatMoney(cost.money)} paid`] : []),
    formatSeconds(seconds),
  ];
  const trouble = [
    ...(cut > 0 ? [`${cut} sentences too long for the model were cut at white space`] : []),
    ...(truncated > 0 ? [`${truncated} answers ended before their text did`] : []),
    ...(marks === undefined ? [] : lossesOf(marks)),
  ];
  const lines = [parts.join(", "), ...trouble];
  return lines.map((line) => `nerium: ${line}\n`).join("");
}

function lossesOf(marks: NonNullable<TaggerReport["marks"]>): string[] {
  const kept: readonly string[] = alignments;
  const lost = markStatuses.filter((status) => !kept.includes(status) && marks[status] > 0);
  if (lost.length === 0) return [];
  const all = markStatuses.reduce((sum, status) => sum + marks[status], 0);
  return [
    `of ${all} marks, these made no mention: ${lost.map((status) => `${marks[status]} ${status}`).join(", ")}`,
  ];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Four digits that say something: 0.001234, 12.34. */
export function formatMoney(money: number): string {
  return money >= 1 ? money.toFixed(2) : money.toPrecision(4);
}
