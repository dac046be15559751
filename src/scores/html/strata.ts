/** @file Mentions of different kinds (seen, long, rare …) → one plot and one table for each way to tell them apart. */
import type { CorpusReport, Stratum, StratumTable } from "../report-types.ts";
import { intervalPlot, key } from "./interval-plot.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { count, percent } from "./numbers.ts";
import { systemsOf } from "./score-tables.ts";
import { stratumWords } from "./words.ts";

type By = StratumTable["by"];

interface Entry {
  readonly system: number;
  readonly stratum: Stratum;
}

/** Nothing where there is no stratum at all. */
export function strataSection({ name, results }: CorpusReport, systems: readonly string[]): Html {
  const kinds = new Set(results.flatMap(({ strata }) => strata.map(({ by }) => by)));
  return html`<div class="cards">
    ${[...kinds].map((by) => {
      const entries = results.flatMap(({ system, strata }) =>
        (strata.find((table) => table.by === by)?.strata ?? []).map((stratum) => ({ system, stratum })),
      );
      return stratumFigure(by, entries, systems, systemsOf(results), name);
    })}
  </div>`;
}

function stratumFigure(
  by: By,
  entries: readonly Entry[],
  systems: readonly string[],
  shown: readonly number[],
  corpus: string,
): Html {
  const { title, meaning } = stratumWords[by];
  if (entries.length === 0) return nothing;
  return html`<section class="card">
    <h4>${title}</h4>
    <p class="note">${meaning}</p>
    ${key(systems, shown)} ${stratumPlot(title, entries)}
    <details>
      <summary>Numbers</summary>
      ${stratumTable(title, entries, systems, corpus)}
    </details>
  </section>`;
}

function stratumPlot(title: string, entries: readonly Entry[]): Html {
  const names = namesOf(entries);
  const isRecall = entries.every(({ stratum }) => stratum.f1 === undefined);
  const rate = (stratum: Stratum): number => (isRecall ? stratum.recall : (stratum.f1 ?? stratum.recall));
  return intervalPlot({
    title: `${isRecall ? "Recall" : "F1"} by ${title.toLowerCase()}; the table below has the numbers`,
    axis: `${isRecall ? "recall" : "F1"} (strict), percent`,
    domain: [0, 1],
    isNarrow: true,
    rows: names.map((name) => ({
      name,
      points: entries
        .filter(({ stratum }) => stratum.name === name && stratum.gold > 0)
        .map(({ system, stratum }) => ({
          estimate: { value: rate(stratum) },
          series: system,
          label: `${percent(rate(stratum))} (${count(stratum.gold)} gold)`,
        })),
    })),
  });
}

/** Each system leaves out other strata: the first one's order, then what only others have; nothing is told of no gold mentions. */
function namesOf(entries: readonly Entry[]): string[] {
  const withGold = entries.filter(({ stratum }) => stratum.gold > 0);
  return [...new Set(withGold.map(({ stratum }) => stratum.name))];
}

function stratumTable(
  title: string,
  entries: readonly Entry[],
  systems: readonly string[],
  corpus: string,
): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title} on ${corpus}">
    <table>
      <caption>
        ${title}: strict scores on ${corpus}, in percent
      </caption>
      <thead>
        <tr>
          <th scope="col">Mentions</th>
          <th scope="col">System</th>
          <th scope="col" class="n">Gold</th>
          <th scope="col" class="n">Predicted</th>
          <th scope="col" class="n">Right</th>
          <th scope="col" class="n">P</th>
          <th scope="col" class="n">R</th>
          <th scope="col" class="n">F1</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(
          ({ system, stratum }) =>
            html`<tr>
              <th scope="row">${stratum.name}</th>
              <td><bdi>${systems[system]}</bdi></td>
              <td class="n">${count(stratum.gold)}</td>
              <td class="n">${count(stratum.predicted)}</td>
              <td class="n">${count(stratum.correct)}</td>
              <td class="n">${rateText(stratum.precision)}</td>
              <td class="n">${rateText(stratum.recall)}</td>
              <td class="n">${rateText(stratum.f1)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function rateText(rate: number | undefined): string {
  return rate === undefined ? "–" : percent(rate);
}
