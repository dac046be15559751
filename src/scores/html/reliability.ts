/** @file Scores of predictions against how often they are right → a reliability diagram and its table for each system. */
import type { CalibrationReport, CorpusReport } from "../report-types.ts";
import { marker, seriesClass } from "./interval-plot.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { count, counted, percent, short } from "./numbers.ts";

export function reliabilitySection({ name, results }: CorpusReport, systems: readonly string[]): Html {
  return html`<div class="cards">
    ${results.map(({ system, calibration }) =>
      calibration === undefined ? nothing : reliabilityCard(calibration, system, systems[system]!, name),
    )}
  </div>`;
}

function reliabilityCard(calibration: CalibrationReport, system: number, name: string, corpus: string): Html {
  const { ece, scored, unscored, bins } = calibration;
  const without = unscored === 0 ? "" : ` ${counted(unscored, "prediction")} without a score are left out.`;
  return html`<section class="card">
    <h4><bdi>${name}</bdi>: expected calibration error ${percent(ece)}</h4>
    <p class="note">
      ${counted(scored, "scored prediction")} in ${counted(bins.length, "bin")} of about equal size.
      ${tendency(calibration)}${without}
    </p>
    ${diagram(calibration, system, `Reliability of the scores of ${name} on ${corpus}; the table below has the numbers`)}
    <details>
      <summary>Numbers</summary>
      ${binTable(calibration, name, corpus)}
    </details>
  </section>`;
}

/** In words: are the scores higher than the share that is right? */
export function tendency({ bins, scored }: CalibrationReport): string {
  const gap = bins.reduce((sum, bin) => sum + bin.count * (bin.meanScore - bin.precision), 0) / scored;
  if (Math.abs(gap) < 0.02) return "On the whole the scores are neither too high nor too low.";
  const much = percent(Math.abs(gap));
  return gap > 0
    ? `The scores are too confident by ${much} points on average.`
    : `The scores are too modest by ${much} points on average.`;
}

const [low, high, size] = [44, 324, 360];
const [top, bottom, height] = [12, 292, 330];

function x(rate: number): number {
  return low + (high - low) * rate;
}

function y(rate: number): number {
  return bottom - (bottom - top) * rate;
}

function diagram({ bins }: CalibrationReport, system: number, title: string): Html {
  const largest = Math.max(...bins.map((bin) => bin.count));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((tick) => {
    const [at, up] = [short(x(tick)), short(y(tick))];
    return html`<path class="grid" d="M${at} ${y(0)}V${y(1)}M${low} ${up}H${high}" /><text
        class="tick"
        x="${at}"
        y="${y(0) + 15}"
        text-anchor="middle"
        >${100 * tick}</text
      ><text class="tick" x="${low - 6}" y="${y(tick) + 4}" text-anchor="end">${100 * tick}</text>`;
  });
  const line = bins.map((bin) => `${short(x(bin.meanScore))} ${short(y(bin.precision))}`).join("L");
  const gaps = bins.map(
    (bin) => `M${short(x(bin.meanScore))} ${short(y(bin.precision))}V${short(y(bin.meanScore))}`,
  );
  return html`<div class="scroll plot">
    <svg viewBox="0 0 ${size} ${height}" width="${size}" height="${height}" role="img" aria-label="${title}">
      ${grid}
      <path class="diagonal" d="M${low} ${y(0)}L${high} ${y(1)}" />
      <g class="${seriesClass(system)}">
        <path class="gap" d="${gaps.join("")}" />
        <path class="whisker" d="M${line}" />
        ${bins.map((bin) => marker(system, x(bin.meanScore), y(bin.precision), 0.6 + 0.6 * Math.sqrt(bin.count / largest)))}
      </g>
      <text class="axis" x="${(low + high) / 2}" y="${height - 4}" text-anchor="middle">
        mean score, percent
      </text>
      <text class="axis" transform="translate(12 ${(y(0) + y(1)) / 2}) rotate(-90)" text-anchor="middle">
        share that is right, percent
      </text>
    </svg>
  </div>`;
}

function binTable({ bins }: CalibrationReport, name: string, corpus: string): Html {
  return html`<table>
    <caption>
      Scores of ${name} on ${corpus}
    </caption>
    <thead>
      <tr>
        <th scope="col">Scores</th>
        <th scope="col" class="n">Predictions</th>
        <th scope="col" class="n">Mean score</th>
        <th scope="col" class="n">Right</th>
      </tr>
    </thead>
    <tbody>
      ${bins.map(
        (bin) =>
          html`<tr>
            <th scope="row">${percent(bin.low)}–${percent(bin.high)}</th>
            <td class="n">${count(bin.count)}</td>
            <td class="n">${percent(bin.meanScore)}</td>
            <td class="n">${percent(bin.precision)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
