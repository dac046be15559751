/** @file The events of a run → one self-contained SVG: the loss of every step, its running mean, and the dev scores. */
import type { TrainingEvent } from "./events.ts";

type Step = Extract<TrainingEvent, { readonly type: "step-end" }>;
type Evaluation = Extract<TrainingEvent, { readonly type: "evaluation-end" }>;

const size = { width: 720, height: 360, left: 56, right: 56, top: 34, bottom: 40 } as const;
const inner = {
  width: size.width - size.left - size.right,
  height: size.height - size.top - size.bottom,
} as const;
/** More points than pixels help nobody. */
const mostPoints = 1440;
/** Share of the past in the running mean. */
const memory = 0.97;

/** Round numbers between two bounds, about as many as asked for. */
function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

const short = (number: number): string => String(Number(number.toPrecision(3)));
const place = (number: number): string => number.toFixed(1);

interface Scale {
  readonly low: number;
  readonly high: number;
  (value: number): number;
}

function scale(low: number, high: number, from: number, to: number): Scale {
  const map = (value: number): number => from + ((value - low) / (high - low || 1)) * (to - from);
  return Object.assign(map, { low, high });
}

function line(points: readonly (readonly [number, number])[], style: string): string {
  const path = points.map(([x, y]) => `${place(x)},${place(y)}`).join(" ");
  return `<polyline points="${path}" fill="none" ${style}/>`;
}

/** Every n-th, the last among them. */
function thinned<T>(items: readonly T[]): T[] {
  const every = Math.max(1, Math.ceil(items.length / mostPoints));
  return items.filter((_, index) => index % every === 0 || index === items.length - 1);
}

function runningMean(steps: readonly Step[]): { readonly step: number; readonly loss: number }[] {
  let [weight, sum] = [0, 0];
  return steps.map(({ step, loss }) => {
    weight = weight * memory + 1;
    sum = sum * memory + loss;
    return { step, loss: sum / weight };
  });
}

function axes(x: Scale, loss: Scale, score: Scale | undefined): string {
  const bottom = size.top + inner.height;
  const label = (text: string, at: string, anchor: string): string =>
    `<text ${at} text-anchor="${anchor}">${text}</text>`;
  const steps = ticks(x.low, x.high, 6).map((step) =>
    label(short(step), `x="${place(x(step))}" y="${bottom + 16}"`, "middle"),
  );
  const losses = ticks(loss.low, loss.high, 5).flatMap((value) => [
    `<line x1="${size.left}" x2="${size.left + inner.width}" y1="${place(loss(value))}" y2="${place(loss(value))}" stroke="#ddd"/>`,
    label(short(value), `x="${size.left - 6}" y="${place(loss(value) + 4)}"`, "end"),
  ]);
  const scores =
    score === undefined
      ? []
      : ticks(score.low, score.high, 5).map((value) =>
          label(
            short(100 * value),
            `x="${size.left + inner.width + 6}" y="${place(score(value) + 4)}"`,
            "start",
          ),
        );
  return [
    ...losses,
    ...steps,
    label("step", `x="${size.width / 2}" y="${size.height - 6}"`, "middle"),
    ...scores,
  ].join("");
}

function legend(hasScores: boolean): string {
  const entries = [
    ["#c9d6ea", "loss"],
    ["#1f4e9c", "running mean"],
    ...(hasScores ? [["#b3541e", "dev, mean F1 in %"]] : []),
  ];
  return entries
    .map(([colour, text], index) => {
      const x = size.left + index * 150;
      return `<line x1="${x}" x2="${x + 18}" y1="16" y2="16" stroke="${colour}" stroke-width="3"/><text x="${x + 24}" y="20">${text}</text>`;
    })
    .join("");
}

/** Undefined where there is no step to show. */
export function lossPlot(events: readonly TrainingEvent[], title: string): string | undefined {
  const steps = events.filter((event): event is Step => event.type === "step-end");
  if (steps.length === 0) return undefined;
  const evaluations = events.filter((event): event is Evaluation => event.type === "evaluation-end");
  const x = scale(steps[0]!.step, steps.at(-1)!.step, size.left, size.left + inner.width);
  const losses = steps.map(({ loss }) => loss);
  const highest = losses.reduce((most, value) => Math.max(most, value), 0);
  const loss = scale(0, highest || 1, size.top + inner.height, size.top);
  const means = evaluations.flatMap(({ step, scores }) =>
    scores["mean"] === undefined ? [] : [{ step, mean: scores["mean"] }],
  );
  const score = means.length === 0 ? undefined : scale(0, 1, size.top + inner.height, size.top);
  const raw = line(
    thinned(steps).map((one) => [x(one.step), loss(one.loss)]),
    'stroke="#c9d6ea"',
  );
  const mean = line(
    thinned(runningMean(steps)).map((one) => [x(one.step), loss(one.loss)]),
    'stroke="#1f4e9c" stroke-width="1.5"',
  );
  const dots = means.map((one) => [x(one.step), score!(one.mean)] as const);
  const dev = dots
    .map(([cx, cy]) => `<circle cx="${place(cx)}" cy="${place(cy)}" r="3" fill="#b3541e"/>`)
    .join("");
  const words = `loss from ${short(losses[0]!)} to ${short(runningMean(steps).at(-1)!.loss)} over ${steps.length} steps`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" font-family="sans-serif" font-size="11" fill="#333">`,
    `<title>${escaped(`${title}: ${words}`)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    legend(means.length > 0),
    axes(x, loss, score),
    raw,
    mean,
    line(dots, 'stroke="#b3541e" stroke-dasharray="4 3"'),
    dev,
    "</svg>\n",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
