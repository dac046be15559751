/** @file A model's scores of mentions, and which of them were right → scores that can be taken as probabilities (Platt 1999). */

/** Of one type: probability = 1 / (1 + exp(−(slope · logit(score) + intercept))). */
export interface Calibration {
  /** Above 0, so that the order of scores stays. */
  readonly slope: number;
  readonly intercept: number;
}

export interface ScoredMention {
  readonly score: number;
  readonly isRight: boolean;
}

const logit = (score: number): number => {
  const inner = Math.min(1 - 1e-6, Math.max(1e-6, score));
  return Math.log(inner / (1 - inner));
};
const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

export function calibrated(score: number, { slope, intercept }: Calibration): number {
  return logistic(slope * logit(score) + intercept);
}

/** Keeps the curve finite where the mentions are few, or all right. */
const ridge = 1e-2;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The likeliest slope and intercept by Newton's method; a slope below 0.05 would turn scores about and is raised. */
export function fitCalibration(mentions: readonly ScoredMention[]): Calibration {
  const points = mentions.map(({ score, isRight }) => ({ x: logit(score), y: isRight ? 1 : 0 }));
  let best: Calibration = { slope: 1, intercept: 0 };
  let loss = lossOf(points, best);
  for (let round = 0; round < 50; round++) {
    const [down, across] = newtonStep(points, best);
    let share = 1;
    let next = best;
    let nextLoss = Infinity;
    // A whole step may go too far where scores are very sure.
    for (; share > 1e-6 && nextLoss > loss; share /= 2) {
      next = { slope: best.slope - share * down, intercept: best.intercept - share * across };
      nextLoss = lossOf(points, next);
    }
    if (!(nextLoss < loss - 1e-12)) break;
    [best, loss] = [next, nextLoss];
  }
  return { ...best, slope: Math.max(0.05, best.slope) };
}

function lossOf(points: readonly Point[], { slope, intercept }: Calibration): number {
  const penalty = (ridge / 2) * ((slope - 1) ** 2 + intercept ** 2);
  return points.reduce((sum, { x, y }) => {
    const value = slope * x + intercept;
    return sum + Math.max(value, 0) - value * y + Math.log1p(Math.exp(-Math.abs(value)));
  }, penalty);
}

function newtonStep(points: readonly Point[], { slope, intercept }: Calibration): readonly [number, number] {
  let [gradientSlope, gradientIntercept] = [ridge * (slope - 1), ridge * intercept];
  let [ss, si, ii] = [ridge, 0, ridge];
  for (const { x, y } of points) {
    const p = logistic(slope * x + intercept);
    const weight = p * (1 - p);
    gradientSlope += (p - y) * x;
    gradientIntercept += p - y;
    ss += weight * x * x;
    si += weight * x;
    ii += weight;
  }
  const determinant = ss * ii - si * si;
  return [
    (ii * gradientSlope - si * gradientIntercept) / determinant,
    (ss * gradientIntercept - si * gradientSlope) / determinant,
  ];
}
