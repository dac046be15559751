/** @file Rows of values with intervals → a plot as inline SVG: forest plots, differences, dots per stratum. */
import type { Estimate } from "../report-types.ts";
import type { Html } from "./markup.ts";
import { html, nothing } from "./markup.ts";
import { short } from "./numbers.ts";
import { shortened } from "./words.ts";

export interface PlotPoint {
  readonly estimate: Estimate;
  /** Decides on colour and shape. */
  readonly series: number;
  readonly isHollow?: boolean;
  /** The value in words, at the right edge. */
  readonly label: string;
}

export interface PlotRow {
  readonly name: string;
  readonly isStrong?: boolean;
  readonly points: readonly PlotPoint[];
}

export interface IntervalPlot {
  /** What screen readers say. */
  readonly title: string;
  readonly axis: string;
  readonly rows: readonly PlotRow[];
  /** Rates, not percent. */
  readonly domain: readonly [number, number];
  /** Draws a line at zero, and says what the two sides of it mean. */
  readonly sides?: readonly [string, string];
  /** Made for half the page's width. */
  readonly isNarrow?: boolean;
}

export const plotWidth = 760;
interface Layout {
  readonly width: number;
  /** Where the axis begins and ends; names stand before it, values behind it. */
  readonly left: number;
  readonly right: number;
}
const wide: Layout = { width: plotWidth, left: 190, right: 580 };
const narrow: Layout = { width: 450, left: 130, right: 320 };
const lineHeight = 19;
const rowGap = 11;
const top = 8;

export function intervalPlot(plot: IntervalPlot): Html {
  const layout = plot.isNarrow === true ? narrow : wide;
  const x = scale(plot.domain, layout);
  const tops: number[] = [];
  let y = top;
  for (const { points } of plot.rows) {
    tops.push(y);
    y += Math.max(1, points.length) * lineHeight + rowGap;
  }
  const bottom = y;
  const { width } = layout;
  const height = bottom + (plot.sides === undefined ? 40 : 58);
  return html`<div class="scroll plot">
    <svg
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="${plot.title}"
    >
      ${axis(plot, layout, x, bottom)} ${plot.rows.map((row, at) => plotRow(row, tops[at]!, layout, x))}
    </svg>
  </div>`;
}

type Scale = (rate: number) => number;

function scale([low, high]: readonly [number, number], { left, right }: Layout): Scale {
  return (rate) => left + ((right - left) * (Math.min(high, Math.max(low, rate)) - low)) / (high - low || 1);
}

function axis(
  { domain, sides, ...plot }: IntervalPlot,
  { left, right }: Layout,
  x: Scale,
  bottom: number,
): Html {
  const lines = ticks(domain).map((tick) => {
    const at = short(x(tick));
    return html`<line
        class="${tick === 0 && sides !== undefined ? "zero" : "grid"}"
        x1="${at}"
        x2="${at}"
        y1="${top}"
        y2="${bottom}"
      /><text class="tick" x="${at}" y="${bottom + 14}" text-anchor="middle">${tickText(tick)}</text>`;
  });
  const title = html`<text class="axis" x="${(left + right) / 2}" y="${bottom + 32}" text-anchor="middle"
    >${plot.axis}</text
  >`;
  if (sides === undefined) return html`${lines}${title}`;
  return html`${lines}${title}<text class="axis" x="${left}" y="${bottom + 50}">← ${sides[0]}</text
    ><text class="axis" x="${right}" y="${bottom + 50}" text-anchor="end">${sides[1]} →</text>`;
}

function plotRow({ name, isStrong = false, points }: PlotRow, y: number, layout: Layout, x: Scale): Html {
  const middle = y + (Math.max(1, points.length) * lineHeight) / 2;
  return html`<text
      class="${isStrong ? "strong name" : "name"}"
      x="${layout.left - 14}"
      y="${middle + 4}"
      text-anchor="end"
      ><title>${name}</title>${shortened(name, 24)}</text
    >
    ${points.map((point, at) => plotPoint(point, y + (at + 0.5) * lineHeight, layout, x))}`;
}

function plotPoint(
  { estimate, series, isHollow = false, label }: PlotPoint,
  y: number,
  { right }: Layout,
  x: Scale,
): Html {
  const { value, low, high } = estimate;
  const whisker =
    low === undefined || high === undefined
      ? nothing
      : html`<path
          class="whisker"
          d="M${short(x(low))} ${y}H${short(x(high))}M${short(x(low))} ${y - 4}v8M${short(x(high))} ${y - 4}v8"
        />`;
  return html`<g class="${seriesClass(series)}${isHollow ? " hollow" : ""}"
      >${whisker}${marker(series, x(value), y)}</g
    ><text class="value" x="${right + 14}" y="${y + 4}">${label}</text>`;
}

/** Colours and shapes repeat from the seventh system on. */
export function seriesClass(series: number): string {
  return `s${series % 6}`;
}

const shapes = ["M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", "M-4.5-4.5h9v9h-9z", "M0-6L6 0L0 6L-6 0z"];
const moreShapes = ["M0-5.5L5.5 4.5h-11z", "M0 5.5L5.5-4.5h-11z", "M-5-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z"];

export function marker(series: number, x: number, y: number, size = 1): Html {
  const shape = [...shapes, ...moreShapes][series % 6]!;
  return html`<path
    class="marker"
    d="${shape}"
    transform="translate(${short(x)} ${short(y)}) scale(${size})"
  />`;
}

/** The shapes that a plot uses, for its caption. */
export function key(names: readonly string[], series: readonly number[]): Html {
  if (series.length < 2) return nothing;
  return html`<ul class="key">
    ${series.map(
      (index) =>
        html`<li>
          <svg class="${seriesClass(index)}" width="16" height="14" viewBox="-8 -7 16 14" aria-hidden="true">
            ${marker(index, 0, 0)}
          </svg>
          ${names[index]}
        </li>`,
    )}
  </ul>`;
}

/** At most eight round numbers inside of the domain. */
export function ticks([low, high]: readonly [number, number]): number[] {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
  const step = steps.find((candidate) => (high - low) / candidate <= 7) ?? 1;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => ((first + at) * step * 1e6) / 1e6);
}

function tickText(rate: number): string {
  return short(100 * rate).replace("-", "−");
}

/** Holds all values and whiskers, on whole fives of percent, and with some air. */
export function domainOf(
  estimates: readonly Estimate[],
  limits: readonly [number, number] = [0, 1],
): [number, number] {
  const values = estimates.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const low = Math.floor((Math.min(...values, limits[1]) - 0.01) * 20) / 20;
  const high = Math.ceil((Math.max(...values, limits[0]) + 0.01) * 20) / 20;
  return [Math.max(limits[0], low), Math.min(limits[1], high)];
}
