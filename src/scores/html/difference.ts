/** @file Two systems' differences on one corpus → a plot and a table with intervals and p-values. */
import type { ComparisonRow, Difference, SystemComparison } from "../report-types.ts";
import { intervalPlot } from "./interval-plot.ts";
import type { Html } from "./markup.ts";
import { html } from "./markup.ts";
import { estimate, interval, isSignificant, pNumber, pValue, signed } from "./numbers.ts";

const averages = { micro: "All (micro)", macro: "Mean of types (macro)" };

function nameOf({ kind, name }: ComparisonRow): string {
  return kind === "type" ? name : averages[kind];
}

export function differenceSection(
  comparison: SystemComparison,
  systems: readonly string[],
  corpus: string,
): Html {
  const [a, b] = [systems[comparison.a]!, systems[comparison.b]!];
  return html`<figure>
      <figcaption>Difference in F1, ${a} minus ${b}: filled where significant (p &lt; 0.05)</figcaption>
      ${differencePlot(comparison, a, b)}
    </figure>
    ${differenceTable(comparison, a, b, corpus)}`;
}

function differencePlot({ rows, convention }: SystemComparison, a: string, b: string): Html {
  const reach = Math.max(
    ...rows.flatMap(({ f1 }) => [f1.value, f1.low ?? 0, f1.high ?? 0].map(Math.abs)),
    0.01,
  );
  const limit = Math.min(1, Math.ceil(reach * 102) / 100);
  return intervalPlot({
    title: `Difference in F1 between ${a} and ${b}; the same numbers stand in the table below`,
    axis: `difference in F1 (${convention}), percentage points`,
    domain: [-limit, limit],
    sides: [`${b} is better`, `${a} is better`],
    rows: rows.map((row) => ({
      name: nameOf(row),
      isStrong: row.kind !== "type",
      points: [
        {
          estimate: row.f1,
          series: 0,
          isHollow: !isSignificant(row.f1),
          label: estimate(row.f1, signed),
        },
      ],
    })),
  });
}

function differenceTable({ rows, convention }: SystemComparison, a: string, b: string, corpus: string): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Differences on ${corpus}">
    <table class="scores">
      <caption>
        ${a} minus ${b} on ${corpus} (${convention}), in percentage points. p: two-sided, by paired
        approximate randomisation over documents; in rows of types after Holm’s correction over the types. The
        last column is the share of paired bootstrap samples in which ${a} is better.
      </caption>
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col" class="n">Precision</th>
          <th scope="col" class="n">Recall</th>
          <th scope="col" class="n">F1</th>
          <th scope="col" class="n">p (F1)</th>
          <th scope="col" class="n"><bdi>${a}</bdi> better</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr class="${row.kind}">
              <th scope="row"><bdi>${nameOf(row)}</bdi></th>
              ${differenceCell(row.precision)}${differenceCell(row.recall)}${differenceCell(row.f1)}
              <td class="n">${pCell(row.f1)}</td>
              <td class="n">${betterText(row.f1)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function differenceCell(difference: Difference): Html {
  const value = isSignificant(difference)
    ? html`<strong>${signed(difference.value)}</strong>`
    : signed(difference.value);
  return html`<td class="n" title="${pTitle(difference)}">
    ${value} <span class="interval">${interval(difference, signed)}</span>
  </td>`;
}

function pTitle({ p, corrected }: Difference): string {
  const after = corrected === undefined ? "" : `; corrected ${pNumber(corrected)}`;
  return p === undefined ? "" : `${pValue(p)}${after}`;
}

function pCell({ p, corrected }: Difference): string {
  const decisive = corrected ?? p;
  return decisive === undefined ? "–" : pNumber(decisive);
}

function betterText({ better }: Difference): string {
  return better === undefined ? "–" : `${(100 * better).toFixed(1)} %`;
}
