/** @file The classes of errors of each system → stacked bars per type and a table with the documents to look at. */
import type { CorpusReport, ErrorGroup, SystemResult } from "../report-types.ts";
import type { ErrorClass } from "../verdicts.ts";
import { errorClasses } from "../verdicts.ts";
import { plotWidth } from "./interval-plot.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { count, counted, share, short } from "./numbers.ts";
import { classWords, extentWords, shortened } from "./words.ts";

/** "correct" first, then from the mildest to what has no partner at all. */
const barOrder = ["correct", "boundary", "type", "boundary-type", "missed", "spurious"] as const;

interface Bar {
  readonly label: string;
  readonly name: string;
  readonly parts: readonly { readonly class: ErrorClass; readonly count: number }[];
}

export function errorSection(corpus: CorpusReport, at: number, systems: readonly string[]): Html {
  return html`<figure>
      <figcaption>What became of the mentions: shares of all gold and spurious mentions</figcaption>
      ${classKey(corpus)}${errorPlot(corpus, systems)}
    </figure>
    ${corpus.results.map((result) => errorTable(result, at, systems[result.system]!, corpus.name))}`;
}

function classKey({ results }: CorpusReport): Html {
  const present = new Set(results.flatMap(({ errors }) => errors.map((group) => group.class)));
  return html`<ul class="key">
    ${barOrder
      .filter((name) => present.has(name))
      .map(
        (name) =>
          html`<li>
            <span class="chip e-${name}">${classWords[name].symbol}</span> ${classWords[name].name}
          </li>`,
      )}
  </ul>`;
}

function barsOf({ types, results }: CorpusReport, systems: readonly string[]): Bar[] {
  const names = types.length > 1 ? [undefined, ...types] : [undefined];
  return names.flatMap((type) =>
    results.map(({ errors, system }, at) => ({
      name: systems[system]!,
      label: at > 0 ? "" : (type ?? "All types"),
      parts: barOrder.map((name) => ({ class: name, count: countOf(errors, name, type) })),
    })),
  );
}

/** Of all types without `type`; extents of one class are added up. */
export function countOf(groups: readonly ErrorGroup[], name: ErrorClass, type?: string): number {
  const ofType = (group: ErrorGroup): number => group.types.find((entry) => entry.type === type)?.count ?? 0;
  return groups
    .filter((group) => group.class === name)
    .reduce((sum, group) => sum + (type === undefined ? group.count : ofType(group)), 0);
}

const [left, right, barHeight] = [190, 690, 20];

function errorPlot(corpus: CorpusReport, systems: readonly string[]): Html {
  let y = 0;
  const bars = barsOf(corpus, systems).map((bar) => {
    y += bar.label === "" ? barHeight + 4 : barHeight + 16;
    return drawBar(bar, y - barHeight, corpus.results.length > 1);
  });
  const title = `Errors of each class per type on ${corpus.name}; the table below has the numbers`;
  return html`<div class="scroll plot">
    <svg
      viewBox="0 0 ${plotWidth} ${y + 8}"
      width="${plotWidth}"
      height="${y + 8}"
      role="img"
      aria-label="${title}"
    >
      ${bars}
    </svg>
  </div>`;
}

function drawBar({ label, name, parts }: Bar, y: number, isNamed: boolean): Html {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const width = (part: number): number => (total === 0 ? 0 : ((right - left) * part) / total);
  let x = left;
  const segments = parts.map((part) => {
    const from = x;
    x += width(part.count);
    return part.count === 0 ? nothing : drawSegment(part, from, x - from, y);
  });
  const names = [label, isNamed ? name : ""].filter((text) => text !== "");
  const most = Math.floor(26 / names.length);
  return html`<text class="name" x="${left - 10}" y="${y + 14}" text-anchor="end"
      ><title>${names.join(", ")}</title>${names.map(
        (text, at) =>
          html`<tspan class="${text === label ? "strong" : "quiet"}"
            >${at > 0 ? "  " : ""}${shortened(text, most)}</tspan
          >`,
      )}</text
    >${segments}<text class="value" x="${right + 10}" y="${y + 14}">${count(total)}</text> `;
}

function drawSegment(part: Bar["parts"][number], x: number, width: number, y: number): Html {
  const { name, symbol } = classWords[part.class];
  const text = [`${symbol} ${count(part.count)}`, count(part.count)].find(
    (text) => text.length * 7.5 + 6 < width,
  );
  const middle = short(x + width / 2);
  return html`<rect
      class="e-${part.class}"
      x="${short(x)}"
      y="${y}"
      width="${Math.max(0.5, width - 1).toFixed(1)}"
      height="${barHeight}"
      ><title>${name}: ${count(part.count)}</title></rect
    >${text === undefined ? nothing : html`<text class="in" x="${middle}" y="${y + 14}" text-anchor="middle">${text}</text>`}`;
}

function errorTable({ errors }: SystemResult, corpus: number, system: string, corpusName: string): Html {
  const wrong = errors.filter((group) => group.class !== "correct");
  const total = wrong.reduce((sum, group) => sum + group.count, 0);
  if (total === 0) return html`<p>${system} makes no error on ${corpusName}.</p>`;
  return html`<div
    class="scroll"
    role="region"
    tabindex="0"
    aria-label="Errors of ${system} on ${corpusName}"
  >
    <table>
      <caption>
        The ${counted(total, "error")} of ${system} on ${corpusName}
      </caption>
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Meaning</th>
          <th scope="col" class="n">Errors</th>
          <th scope="col" class="n">Share</th>
          <th scope="col">Types</th>
          <th scope="col">Most in documents</th>
        </tr>
      </thead>
      <tbody>
        ${wrong.map((group) => errorRow(group, total, corpus))}
      </tbody>
    </table>
  </div>`;
}

function errorRow(group: ErrorGroup, total: number, corpus: number): Html {
  const { name, symbol, meaning } = classWords[group.class];
  const extent = group.extent === undefined ? "" : `, ${extentWords[group.extent]}`;
  const types = group.types.slice(0, 4).map(({ type, count: many }) => `${type} ${count(many)}`);
  const more = group.types.length > 4 ? ` and ${group.types.length - 4} more` : "";
  const links = group.documents
    .slice(0, 4)
    .map(
      ({ document, id, count: many }) =>
        html`<a href="#c${corpus}-d${document}"><bdi>${shortened(id, 24)}</bdi></a> (${count(many)}) `,
    );
  return html`<tr>
    <th scope="row"><span class="chip e-${group.class}">${symbol}</span> ${name}${extent}</th>
    <td>${meaning}</td>
    <td class="n">${count(group.count)}</td>
    <td class="n">${share(group.count, total)}</td>
    <td><bdi>${types.join(", ")}${more}</bdi></td>
    <td>${links}</td>
  </tr> `;
}

/** Errors of one system on one corpus, by class, the most frequent first. */
export function errorTotals(errors: readonly ErrorGroup[]): { class: ErrorClass; count: number }[] {
  return errorClasses
    .filter((name) => name !== "correct")
    .map((name) => ({ class: name, count: countOf(errors, name) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}
