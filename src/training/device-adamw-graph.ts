/** @file Shapes of parameters → the graphs of AdamW on a device: sum of squares, clipping, update, sum of gradients. */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Value } from "../graph/types.ts";
import type { AdamWSettings } from "./adamw.ts";

/** A parameter of a group; what belongs to it is fed under `place` in the group. */
export interface Member {
  readonly shape: readonly number[];
  readonly decays: boolean;
}

/** Sum of all numbers as [1]: by rows first, so that rows are summed side by side and few terms follow each other. */
function total(builder: GraphBuilder, x: Value): Value {
  const last = x.shape.length - 1;
  const rows = last > 0 ? builder.reduceSum(x, [last]) : x;
  const axes = rows.shape.map((_, axis) => axis);
  return builder.reshape(builder.reduceSum(rows, axes, 0), [1]);
}

/** Inputs `before` [1] and `gradient 0`…; output: `before` and the squares of all numbers. */
export function squaresGraph(members: readonly Member[]): Graph {
  const builder = new GraphBuilder();
  let sum = builder.input("before", [1]);
  members.forEach(({ shape }, place) => {
    const gradient = builder.input(`gradient ${place}`, shape);
    sum = builder.add(sum, total(builder, builder.mul(gradient, gradient)));
  });
  return builder.finish([sum]);
}

/**
 * Inputs `squares` [1] and `share` [1], 1 / batches. Outputs: the norm of the averaged gradients [1], and the factor that
 * averages and clips them [1]. min(1, clip / norm) is written as clip / max(clip, norm).
 */
export function clipGraph(clip: number): Graph {
  const builder = new GraphBuilder();
  const share = builder.input("share", [1]);
  const norm = builder.mul(builder.sqrt(builder.input("squares", [1])), share);
  if (clip <= 0)
    return builder.finish([norm, builder.mul(share, builder.constant(new Float32Array([1]), [1]))]);
  const limit = builder.constant(new Float32Array([clip]), [1]);
  const safe = builder.add(norm, builder.constant(new Float32Array([1e-12]), [1]));
  const larger = builder.reduceMax(builder.concat([limit, safe], 0), [0]);
  return builder.finish([norm, builder.mul(share, builder.div(limit, larger))]);
}

/** What changes from step to step, in the order of the input `rates`. */
export interface Rates {
  /** Learning rate with the first moment's bias correction. */
  readonly rate: number;
  /** The second moment's bias correction, of its root. */
  readonly correction: number;
  /** What weight decay leaves of a weight. */
  readonly kept: number;
  /** What the average keeps of itself. */
  readonly averageKept: number;
}

export function ratesOf(
  { beta1, beta2, weightDecay }: AdamWSettings,
  {
    step,
    learningRate,
    average,
  }: { readonly step: number; readonly learningRate: number; readonly average: number },
): Float32Array<ArrayBuffer> {
  const rates: Rates = {
    rate: learningRate / (1 - beta1 ** step),
    correction: 1 / Math.sqrt(1 - beta2 ** step),
    kept: 1 - learningRate * weightDecay,
    averageKept: Math.min(average, (1 + step) / (10 + step)),
  };
  return Float32Array.of(rates.rate, rates.correction, rates.kept, rates.averageKept, 1 - rates.averageKept);
}

/**
 * Inputs `rates` [5], `factor` [1], and for each member `weight`, `first`, `second`, `gradient` and, if `averaged`,
 * `average`, with its place behind. Outputs, member by member: the new weight, first, second and average.
 * The same terms in the same order as training/adamw.ts, in single precision.
 */
export function updateGraph(members: readonly Member[], settings: AdamWSettings, averaged: boolean): Graph {
  const builder = new GraphBuilder();
  const [rates, factor] = [builder.input("rates", [5]), builder.input("factor", [1])];
  const rateAt = (place: number): Value => builder.slice(rates, 0, place, place + 1);
  const [rate, correction, kept, averageKept, averageShare] = [0, 1, 2, 3, 4].map(rateAt);
  const mixed = (share: number, old: Value, recent: Value): Value =>
    builder.add(builder.mul(old, builder.scalar(share)), builder.mul(recent, builder.scalar(1 - share)));
  const outputs = members.flatMap(({ shape, decays }, place) => {
    const input = (part: string): Value => builder.input(`${part} ${place}`, shape);
    const weight = input("weight");
    const slope = builder.mul(input("gradient"), factor);
    const first = mixed(settings.beta1, input("first"), slope);
    const second = mixed(settings.beta2, input("second"), builder.mul(slope, slope));
    const root = builder.mul(builder.sqrt(second), correction!);
    const move = builder.div(builder.mul(first, rate!), builder.add(root, builder.scalar(settings.epsilon)));
    const next = builder.sub(decays ? builder.mul(weight, kept!) : weight, move);
    if (!averaged) return [next, first, second];
    const average = builder.add(
      builder.mul(input("average"), averageKept!),
      builder.mul(next, averageShare!),
    );
    return [next, first, second, average];
  });
  return builder.finish(outputs);
}

/** Inputs `total 0`… and `more 0`…; outputs: their sums. */
export function sumGraph(members: readonly Member[]): Graph {
  const builder = new GraphBuilder();
  return builder.finish(
    members.map(({ shape }, place) =>
      builder.add(builder.input(`total ${place}`, shape), builder.input(`more ${place}`, shape)),
    ),
  );
}
