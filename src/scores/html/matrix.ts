/** @file Several corpora × systems → one table of micro F1, with each system's mean. */
import type { EvaluationReport } from "../report-types.ts";
import { heat } from "./confusion.ts";
import type { Html } from "./markup.ts";
import { html } from "./markup.ts";
import { counted, interval, percent } from "./numbers.ts";

export function matrixTable({ systems, corpora, matrix, means, settings }: EvaluationReport): Html {
  const cellOf = (corpus: number, system: number): Html => {
    const cell = matrix.find((cell) => cell.corpus === corpus && cell.system === system);
    if (cell === undefined) return html`<td class="n zero">–</td>`;
    return html`<td class="n same h${heat(cell.f1.value)}">
      ${percent(cell.f1.value)} <span class="interval">${interval(cell.f1)}</span>
    </td>`;
  };
  const meanOf = (system: number): Html => {
    const mean = means.find((mean) => mean.system === system);
    if (mean === undefined) return html`<td class="n zero">–</td>`;
    return html`<td class="n">
      <strong>${percent(mean.f1)}</strong>
      <span class="interval">${counted(mean.corpora, "corpus", "corpora")}</span>
    </td>`;
  };
  return html`<div class="scroll" role="region" tabindex="0" aria-label="F1 of every system on every corpus">
    <table class="confusion">
      <caption>
        Micro F1 (${settings.conventions[0]}) of every system on every corpus, in percent; the last row is the
        plain mean of the column
      </caption>
      <thead>
        <tr>
          <th scope="col">Corpus</th>
          ${systems.map((name) => html`<th scope="col" class="n"><bdi>${name}</bdi></th>`)}
        </tr>
      </thead>
      <tbody>
        ${corpora.map(
          ({ name }, corpus) =>
            html`<tr>
              <th scope="row"><bdi>${name}</bdi></th>
              ${systems.map((_, system) => cellOf(corpus, system))}
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Mean</th>
          ${systems.map((_, system) => meanOf(system))}
        </tr>
      </tfoot>
    </table>
  </div>`;
}
