/** @file One system's result → a few sentences that say where it fails, and warnings about what could not be compared. */
import type { CorpusReport, StratumTable, SystemResult } from "../report-types.ts";
import { countOf, errorTotals } from "./error-plots.ts";
import type { Html } from "./markup.ts";
import { html } from "./markup.ts";
import { count, counted, percent, share, space } from "./numbers.ts";
import { tendency } from "./reliability.ts";
import { classWords, extentWords, listed } from "./words.ts";

/** Types with fewer gold mentions are not called the weakest. */
const fewMentions = 10;

export function findings(corpus: CorpusReport, systems: readonly string[]): Html {
  return html`<div class="cards">
    ${corpus.results.map((result) => {
      const sentences = [
        ...warnings(result, corpus).map((text) => html`<li class="warning">${text}</li>`),
        ...failures(result).map((text) => html`<li>${text}</li>`),
      ];
      return html`<section class="card">
        <h3>Where <bdi>${systems[result.system]}</bdi> fails on ${corpus.name}</h3>
        <ul>
          ${sentences}
        </ul>
      </section>`;
    })}
  </div>`;
}

function failures(result: SystemResult): string[] {
  return [
    errorSentence(result),
    extentSentence(result),
    weakestType(result),
    stratumSentence(result.strata),
    calibrationSentence(result),
  ].filter((text) => text !== "");
}

function errorSentence({ errors }: SystemResult): string {
  const totals = errorTotals(errors);
  const total = totals.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return "No errors at all.";
  const parts = totals.map(
    (entry) => `${share(entry.count, total)} ${classWords[entry.class].name} (${count(entry.count)})`,
  );
  return `${counted(total, "error")}: ${listed(parts)}.`;
}

/** Of mentions with wrong boundaries: how they are wrong, if one way prevails. */
function extentSentence({ errors }: SystemResult): string {
  const bounds = errors.filter((group) => group.class === "boundary" && group.extent !== undefined);
  const total = countOf(errors, "boundary");
  const [most] = [...bounds].sort((a, b) => b.count - a.count);
  if (most === undefined || most.count * 2 <= total) return "";
  return `Wrong boundaries are mostly ${extentWords[most.extent!]} (${count(most.count)} of ${count(total)}).`;
}

function weakestType({ conventions }: SystemResult): string {
  const types = (conventions[0]?.types ?? []).filter(({ support }) => support >= fewMentions);
  const ranked = [...types].sort((a, b) => a.f1.value - b.f1.value);
  const [weakest, strongest] = [ranked[0], ranked.at(-1)];
  if (weakest === undefined || strongest === undefined || weakest.f1.value === strongest.f1.value) return "";
  return `Weakest on ${weakest.type} (F1 ${percent(weakest.f1.value)}), strongest on ${strongest.type} (${percent(strongest.f1.value)}).`;
}

function stratumSentence(strata: readonly StratumTable[]): string {
  const table = strata.find(({ by }) => by === "seen-surface");
  const [seen, unseen] = ["seen", "unseen"].map((name) =>
    table?.strata.find((stratum) => stratum.name === name),
  );
  if (seen === undefined || unseen === undefined) return "";
  if (seen.gold === 0 || unseen.gold === 0) return "";
  return `Of mentions seen in training it finds ${percent(seen.recall)}${space}%, of unseen ones ${percent(unseen.recall)}${space}%.`;
}

function calibrationSentence({ calibration }: SystemResult): string {
  return calibration === undefined
    ? ""
    : `${tendency(calibration)} Expected calibration error: ${percent(calibration.ece)}.`;
}

function warnings({ missing, extra, conventions, strata }: SystemResult, corpus: CorpusReport): string[] {
  const types = conventions[0]?.types ?? [];
  const never = types.filter(({ counts }) => counts.actual === 0).map(({ type }) => type);
  const only = types.filter(({ counts }) => counts.possible === 0).map(({ type }) => type);
  const of = ` of ${counted(corpus.documents.length, "document")}`;
  return [
    missing.length > 0 ? `No prediction for ${missing.length}${of}: all their mentions count as missed.` : "",
    extra.length > 0 ? `${counted(extra.length, "predicted document")} not in gold: not scored.` : "",
    never.length > 0 ? `Never predicted: ${some(never)}.` : "",
    isAllSeen(strata)
      ? "The wording of every gold mention occurs in the training files: is this corpus part of them?"
      : "",
    only.length > 0 ? `Predicted but never gold: ${some(only)}. Are the types named alike (--map)?` : "",
  ].filter((text) => text !== "");
}

/** Test texts that were trained on make every score worthless. */
function isAllSeen(strata: readonly StratumTable[]): boolean {
  const table = strata.find(({ by }) => by === "seen-surface");
  const gold = table?.strata.filter((stratum) => stratum.gold > 0) ?? [];
  return gold.length === 1 && gold[0]!.name === "seen" && gold[0]!.gold >= fewMentions;
}

function some(names: readonly string[]): string {
  return listed(names.length > 5 ? [...names.slice(0, 5), `${names.length - 5} more`] : names);
}
