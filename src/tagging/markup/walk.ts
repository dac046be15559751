/** @file A sentence's first stop and a way to choose → its mentions; asks for scores as it needs them. */
import type { Random } from "../../shared/random.ts";
import { type Fork, isPath, type Path } from "./choices.ts";
import type { Stop } from "./stops.ts";

/** Which candidate was taken, and how probable it was among the candidates. */
export interface Chosen {
  readonly index: number;
  readonly probability: number;
}

/** Candidates' scores → one of them. */
export type Choose = (scores: Float32Array) => Chosen;

export interface MarkedStretch {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** The product of the decisions: to open here, this type, not to close before, to close here. */
  readonly score: number;
}

export interface Walked {
  readonly mentions: readonly MarkedStretch[];
  /** Scoring passes that the walk needed, those included whose scores another walk had asked for. */
  readonly passes: number;
}

/**
 * Goes from stop to stop as token-by-token decoding would: at each fork one candidate is taken; where it is the draft's
 * own, the draft goes on. Yields the stops that are to be scored before it can go on.
 */
export function* walk(first: Stop, choose: Choose): Generator<readonly Stop[], Walked> {
  const mentions: MarkedStretch[] = [];
  let open: { readonly start: number; readonly score: number } | undefined;
  let passes = 0;
  let stop = first;
  if (first.hasForks) {
    passes++;
    yield [first];
  }
  for (;;) {
    let probability = 1; // of the draft so far, which counts inside of a mention only
    let taken: Path = stop.choices.draft;
    for (const fork of stop.choices.forks) {
      const { index, probability: own } = choose(stop.scoresOf(fork)!);
      if (index === 0) {
        probability *= own;
        continue;
      }
      const branch = fork.branches[index]!;
      const followers = stop.followers(fork, branch);
      if (followers.some(({ hasForks }) => hasForks)) {
        passes++;
        yield followers;
      }
      const resolved = resolve(branch, followers, choose);
      taken = resolved.path;
      const inside = stop.point.tag === undefined ? 1 : probability;
      probability = inside * own * resolved.probability;
      break;
    }
    const { action } = taken;
    if (action.kind === "finish") return { mentions, passes };
    if (action.kind === "open") open = { start: action.place, score: probability };
    else {
      const { start, score } = open!;
      mentions.push({ start, end: action.place, type: stop.point.tag!.type, score: score * probability });
    }
    stop = stop.behind(taken);
  }
}

/** Which of the paths that left the draft alike: the forks between them are scored by the stops behind them. */
function resolve(
  branch: Fork | Path,
  followers: readonly Stop[],
  choose: Choose,
): { readonly path: Path; readonly probability: number } {
  let at = branch;
  let probability = 1;
  while (!isPath(at)) {
    const fork: Fork = at;
    const scores = followers.map((stop) => stop.scoresOf(fork)).find((found) => found !== undefined);
    const chosen = choose(scores!);
    probability *= chosen.probability;
    at = fork.branches[chosen.index]!;
  }
  return { path: at, probability };
}

/** The highest score; of equals the first, which is the text's. */
export const chooseGreedily: Choose = (scores) => {
  let index = 0;
  for (let at = 1; at < scores.length; at++) if (scores[at]! > scores[index]!) index = at;
  return { index, probability: shares(scores, 1)[index]! };
};

/** Draws by probability; a temperature below 1 favours the likely. `probability` is that of temperature 1. */
export function chooseAtRandom(random: Random, temperature: number): Choose {
  return (scores) => {
    let left = random();
    const drawn = shares(scores, temperature).findIndex((share) => (left -= share) < 0);
    const index = drawn < 0 ? scores.length - 1 : drawn;
    return { index, probability: shares(scores, 1)[index]! };
  };
}

/** Softmax over the candidates alone: the others are impossible. */
function shares(scores: Float32Array, temperature: number): Float64Array {
  const highest = scores.reduce((high, score) => Math.max(high, score), -Infinity);
  const weights = Float64Array.from(scores, (score) => Math.exp((score - highest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
