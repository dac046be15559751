/** @file One corpus's scores → tables: per type and system with intervals, all conventions beside each other, a forest plot. */
import type { ConventionName } from "../conventions.ts";
import type { CorpusReport, Estimate, RateEstimates, ScoreReport, SystemResult } from "../report-types.ts";
import { domainOf, intervalPlot, key } from "./interval-plot.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { count, estimate, interval, percent } from "./numbers.ts";
import { conventionWords } from "./words.ts";

interface Line {
  readonly system: number;
  readonly rates: RateEstimates;
  /** Absent for the macro average. */
  readonly score?: ScoreReport;
}

interface Row {
  readonly name: string;
  readonly kind: "micro" | "macro" | "type";
  readonly lines: readonly Line[];
}

/** Micro, macro, then every type that a system or gold has. */
export function scoreRows(results: readonly SystemResult[], convention: ConventionName): Row[] {
  const found = results.flatMap(({ system, conventions }) => {
    const scores = conventions.find((scores) => scores.convention === convention);
    return scores === undefined ? [] : [{ system, scores }];
  });
  const names = new Set(found.flatMap(({ scores }) => scores.types.map(({ type }) => type)));
  const typeRows = [...names].sort().map((name): Row => {
    const lines = found.flatMap(({ system, scores }) => {
      const score = scores.types.find(({ type }) => type === name);
      return score === undefined ? [] : [{ system, rates: score, score }];
    });
    return { name, kind: "type", lines };
  });
  const micro = found.map(({ system, scores: { micro } }) => ({ system, rates: micro, score: micro }));
  const macro = found.map(({ system, scores }) => ({ system, rates: scores.macro }));
  return [
    { name: "All (micro)", kind: "micro", lines: micro },
    { name: "Mean of types (macro)", kind: "macro", lines: macro },
    ...typeRows,
  ];
}

export function scoreTable(
  { name, results }: CorpusReport,
  systems: readonly string[],
  convention: ConventionName,
): Html {
  const rows = scoreRows(results, convention);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Scores on ${name}, ${convention}">
    <table class="scores">
      <caption>
        Scores on ${name} under the convention “${convention}”, in
        percent${hasIntervals(results) ? ", with 95 % intervals" : ""}. ${conventionWords[convention]}
      </caption>
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col">System</th>
          <th scope="col" class="n">Gold</th>
          <th scope="col" class="n">Predicted</th>
          <th scope="col" class="n">Right</th>
          <th scope="col" class="n">Precision</th>
          <th scope="col" class="n">Recall</th>
          <th scope="col" class="n">F1</th>
        </tr>
      </thead>
      ${rows.map((row) => rowGroup(row, systems))}
    </table>
  </div>`;
}

export function hasIntervals(results: readonly SystemResult[]): boolean {
  return results.some(({ conventions }) => conventions[0]?.micro.f1.low !== undefined);
}

function rowGroup({ name, kind, lines }: Row, systems: readonly string[]): Html {
  const best = lines.length < 2 ? -1 : Math.max(...lines.map(({ rates }) => rates.f1.value));
  return html`<tbody class="${kind}">
    ${lines.map(
      (line, at) =>
        html`<tr>
          ${at > 0 ? nothing : html`<th scope="rowgroup" rowspan="${lines.length}"><bdi>${name}</bdi></th>`}
          <th scope="row" class="system"><bdi>${systems[line.system]}</bdi></th>
          ${countCells(line.score)}${rateCell(line.rates.precision)}${rateCell(line.rates.recall)}${rateCell(line.rates.f1, line.rates.f1.value === best)}
        </tr>`,
    )}
  </tbody> `;
}

function countCells(score: ScoreReport | undefined): Html {
  if (score === undefined)
    return html`<td></td>
      <td></td>
      <td></td>`;
  const { possible, actual, correct, partial } = score.counts;
  const right = partial > 0 ? `${count(correct)} + ${count(partial)}⁄2` : count(correct);
  return html`<td class="n">${count(possible)}</td>
    <td class="n">${count(actual)}</td>
    <td class="n">${right}</td>`;
}

function rateCell(rate: Estimate, isBest = false): Html {
  const value = isBest ? html`<strong>${percent(rate.value)}</strong>` : percent(rate.value);
  return html`<td class="n">${value} <span class="interval">${interval(rate)}</span></td>`;
}

/** One line for each convention and system. */
export function conventionTable(
  { name, results }: CorpusReport,
  systems: readonly string[],
  conventions: readonly ConventionName[],
): Html {
  const groups = conventions.map((convention) => {
    const [micro, macro] = scoreRows(results, convention);
    return html`<tbody>
      ${micro!.lines.map(
        ({ system, rates }, at) =>
          html`<tr>
            ${at > 0 ? nothing : html`<th scope="rowgroup" rowspan="${micro!.lines.length}">${convention}<span class="meaning">${conventionWords[convention]}</span></th>`}
            <th scope="row" class="system"><bdi>${systems[system]}</bdi></th>
            ${rateCell(rates.precision)}${rateCell(rates.recall)}${rateCell(rates.f1)}${rateCell(macro!.lines[at]!.rates.f1)}
          </tr>`,
      )}
    </tbody>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Conventions on ${name}">
    <table class="scores">
      <caption>
        The same predictions on ${name} under every convention, in percent
      </caption>
      <thead>
        <tr>
          <th scope="col">Convention</th>
          <th scope="col">System</th>
          <th scope="col" class="n">Precision</th>
          <th scope="col" class="n">Recall</th>
          <th scope="col" class="n">F1</th>
          <th scope="col" class="n">Macro F1</th>
        </tr>
      </thead>
      ${groups}
    </table>
  </div>`;
}

/** F1 with its interval for every type and system. */
export function forestPlot(
  { name, results }: CorpusReport,
  systems: readonly string[],
  convention: ConventionName,
): Html {
  const rows = scoreRows(results, convention);
  const estimates = rows.flatMap(({ lines }) => lines.map(({ rates }) => rates.f1));
  const plot = intervalPlot({
    title: `F1 of each type on ${name}; the same numbers stand in the table of scores`,
    axis: `F1 (${convention}), percent`,
    domain: domainOf(estimates),
    rows: rows.map((row) => ({
      name: row.name,
      isStrong: row.kind !== "type",
      points: row.lines.map(({ system, rates: { f1 } }) => ({
        estimate: f1,
        series: system,
        label: estimate(f1),
      })),
    })),
  });
  const caption = hasIntervals(results) ? "F1 with 95 % interval" : "F1";
  return html`<figure>
    <figcaption>${caption}, all mentions and each type</figcaption>
    ${key(systems, systemsOf(results))}${plot}
  </figure>`;
}

export function systemsOf(results: readonly SystemResult[]): number[] {
  return results.map(({ system }) => system);
}
