/** @file Precision and recall at every threshold, one curve a corpus and type → one self-contained SVG for a model card. */

export interface CurvePoint {
  readonly threshold: number;
  /** From 0 to 1. */
  readonly precision: number;
  readonly recall: number;
}

export interface ThresholdCurve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** At the threshold that holds unless another one is asked for. */
  readonly usual: CurvePoint;
}

const [left, top, width, height] = [52, 16, 420, 340];
/** Okabe and Ito's colours, which most colour-blind people tell apart. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000"];

const x = (recall: number): string => (left + recall * width).toFixed(1);
/** Precision below one half is of no use to anybody. */
const y = (precision: number): string => (top + (1 - Math.max(0.5, precision)) * 2 * height).toFixed(1);

function axes(): string[] {
  const lines = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    `<line x1="${x(share)}" x2="${x(share)}" y1="${top}" y2="${top + height}" stroke="#e3e3e3"/>`,
    `<text x="${x(share)}" y="${top + height + 16}" text-anchor="middle">${100 * share}</text>`,
  ]);
  const levels = [0.5, 0.6, 0.7, 0.8, 0.9, 1].flatMap((share) => [
    `<line x1="${left}" x2="${left + width}" y1="${y(share)}" y2="${y(share)}" stroke="#e3e3e3"/>`,
    `<text x="${left - 6}" y="${Number(y(share)) + 4}" text-anchor="end">${Math.round(100 * share)}</text>`,
  ]);
  const [middle, centre] = [left + width / 2, top + height / 2];
  return [
    ...lines,
    ...levels,
    `<text x="${middle}" y="${top + height + 36}" text-anchor="middle">recall on dev, %</text>`,
    `<text transform="translate(14 ${centre}) rotate(-90)" text-anchor="middle">precision on dev, %</text>`,
  ];
}

export function thresholdCurves(curves: readonly ThresholdCurve[]): string {
  const drawn = curves.flatMap(({ name, points, usual }, at) => {
    const colour = colours[at % colours.length]!;
    const path = points.map(({ precision, recall }) => `${x(recall)},${y(precision)}`).join(" ");
    const line = top + 20 + 22 * at;
    const [from, text] = [left + width + 20, left + width + 46];
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
      `<circle cx="${x(usual.recall)}" cy="${y(usual.precision)}" r="4" fill="${colour}"><title>${name}, threshold ${usual.threshold}</title></circle>`,
      `<line x1="${from}" x2="${from + 20}" y1="${line - 4}" y2="${line - 4}" stroke="${colour}" stroke-width="3"/>`,
      `<text x="${text}" y="${line}">${name}</text>`,
    ];
  });
  const size = [left + width + 220, top + height + 46];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}" role="img" font-family="sans-serif" font-size="12" fill="#333">`,
    "<title>Precision for recall by threshold; dots: the usual thresholds</title>",
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...axes(),
    ...drawn,
    `<text x="${left + width + 20}" y="${top + 40 + 22 * curves.length}" fill="#666">dots: the usual thresholds</text>`,
    "</svg>\n",
  ].join("\n");
}
