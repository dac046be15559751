/** @file How often one type was taken for another → one table for each system, shaded by share of the row. */
import type { ConfusionCell, CorpusReport, SystemResult } from "../report-types.ts";
import type { Html } from "./markup.ts";
import { html } from "./markup.ts";
import { count, share } from "./numbers.ts";

export function confusionSection({ name, types, results }: CorpusReport, systems: readonly string[]): Html {
  return html`<div class="tables">
      ${results.map((result) => confusionTable(result, types, systems[result.system]!, name))}
    </div>
    <p class="note">
      A gold mention is paired with at most one prediction, the most alike first, so the diagonal also holds
      pairs whose boundaries differ. Shading: share of the row.
    </p>`;
}

function confusionTable(
  { confusion }: SystemResult,
  types: readonly string[],
  system: string,
  corpus: string,
): Html {
  const columns = [...types.filter((type) => confusion.some((cell) => cell.predicted === type)), null];
  const rows = [...types.filter((type) => confusion.some((cell) => cell.gold === type)), null];
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Confusion of ${system} on ${corpus}">
    <table class="confusion">
      <caption>
        Gold types (rows) against the types that ${system} predicted (columns) on ${corpus}
      </caption>
      <thead>
        <tr>
          <th scope="col">Gold</th>
          ${columns.map((type) => html`<th scope="col" class="n">${type === null ? html`<em>missed</em>` : html`<bdi>${type}</bdi>`}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => confusionRow(row, columns, confusion))}
      </tbody>
    </table>
  </div>`;
}

function confusionRow(
  gold: string | null,
  columns: readonly (string | null)[],
  cells: readonly ConfusionCell[],
): Html {
  const row = cells.filter((cell) => cell.gold === gold);
  const total = row.reduce((sum, cell) => sum + cell.count, 0);
  const heading = gold === null ? html`<em>spurious</em>` : html`<bdi>${gold}</bdi>`;
  return html`<tr>
    <th scope="row">${heading}</th>
    ${columns.map((predicted) => {
      const many = row.find((cell) => cell.predicted === predicted)?.count ?? 0;
      if (gold === null && predicted === null) return html`<td></td>`;
      if (many === 0) return html`<td class="n zero">0</td>`;
      const kind = gold !== null && gold === predicted ? "same" : "other";
      return html`<td class="n ${kind} h${heat(many / total)}" title="${share(many, total)} of the row">
        ${count(many)}
      </td>`;
    })}
  </tr> `;
}

/** 0..1 → a class h0 … h5. */
export function heat(rate: number): number {
  return Math.max(0, Math.min(5, Math.ceil(rate * 5)));
}
