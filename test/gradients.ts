/** @file A small graph → the check that its gradients are its slopes, and that other runtimes find the same gradients. */
import { GraphBuilder } from "../src/graph/builder.ts";
import { differentiate } from "../src/graph/differentiate.ts";
import type { Graph, Value } from "../src/graph/types.ts";
import { evaluate, fromPlain, type PlainTensor } from "../src/runtime/reference.ts";
import type { Runtime } from "../src/runtime/types.ts";
import { expectClose } from "./close.ts";
import {
  declareInputs,
  type Operands,
  randomFeeds,
  randomFrom,
  randomTensor,
  type Sizes,
} from "./operands.ts";

export interface GradientCase {
  readonly inputs: Operands;
  /** Output or outputs; gradients flow through the first. */
  readonly build: (builder: GraphBuilder, inputs: Readonly<Record<string, Value>>) => readonly Value[];
  readonly seeds: readonly number[];
  /** What the symbolic dimensions are; the case is tried with each. */
  readonly sizes?: readonly Sizes[];
}

type Feeds = Readonly<Record<string, PlainTensor>>;

interface GradientGraphs {
  /** Inputs whose slopes are asked for. */
  readonly sources: readonly string[];
  readonly loss: Graph;
  /** Loss, then one gradient for each source. */
  readonly gradients: Graph;
  readonly feeds: Feeds;
}

/** Names of the inputs that hold floats and may be differentiated by. */
export function differentiableInputs(inputs: Operands): string[] {
  return Object.keys(inputs).filter((name) => {
    const { type = "float32", given } = inputs[name]!;
    return type === "float32" && given !== true;
  });
}

/** A weighted sum with random weights: no error can hide by cancelling, as it can in a plain sum. */
function weightedSum(builder: GraphBuilder, output: Value): Value {
  const weighted = builder.mul(output, builder.input("weights", output.shape));
  const axes = output.shape.map((_, axis) => axis);
  return axes.length === 0 ? weighted : builder.reduceSum(weighted, axes, 0);
}

/** The graphs of a case with one draw of feeds for each seed and each choice of sizes. */
function drawnGraphs(gradientCase: GradientCase): GradientGraphs[] {
  const { seeds, sizes = [{}] } = gradientCase;
  return sizes.flatMap((size) => seeds.map((seed) => gradientGraphs(gradientCase, size, seed)));
}

function gradientGraphs({ inputs, build }: GradientCase, sizes: Sizes, seed: number): GradientGraphs {
  const random = randomFrom(seed);
  const feeds = randomFeeds(inputs, sizes, random);
  const builder = new GraphBuilder();
  const values = declareInputs(builder, inputs);
  const output = build(builder, values)[0]!;
  const [result] = evaluate(builder.finish([output]), feeds); // its size may be known only now
  const weights = randomTensor({ shape: result!.shape }, {}, random);
  const loss = weightedSum(builder, output);
  const lossGraph = { ...builder.finish([loss]), nodes: [...builder.nodes] };
  const sources = differentiableInputs(inputs);
  const gradients = differentiate(
    builder,
    loss,
    sources.map((name) => values[name]!),
  );
  return {
    sources,
    loss: lossGraph,
    gradients: builder.finish([loss, ...gradients]),
    feeds: { ...feeds, weights },
  };
}

/** (f(x + h) − f(x − h)) / 2h for every element of one input. */
function centralDifferences(graph: Graph, feeds: Feeds, name: string): Float64Array {
  const x = feeds[name]!;
  const largest = x.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = 1e-5 * (Math.min(largest, 1) || 1);
  const lossWith = (index: number, change: number): number => {
    const data = x.data.slice();
    data[index]! += change;
    return evaluate(graph, { ...feeds, [name]: { ...x, data } })[0]!.data[0]!;
  };
  return x.data.map((_, index) => (lossWith(index, step) - lossWith(index, -step)) / (2 * step));
}

/** Fails unless the gradient of every differentiable input is its slope, in double precision. */
export function checkGradient(gradientCase: GradientCase): void {
  for (const { sources, loss, gradients, feeds } of drawnGraphs(gradientCase)) {
    const [, ...found] = evaluate(gradients, feeds);
    sources.forEach((name, index) => {
      if (found[index]!.shape.join() !== feeds[name]!.shape.join()) {
        throw new Error(
          `gradient of ${name}: expected shape [${feeds[name]!.shape.join()}], got [${found[index]!.shape.join()}]`,
        );
      }
      expectClose(
        `gradient of ${name}`,
        found[index]!.data,
        centralDifferences(loss, feeds, name),
        1e-6,
        1e-2,
      );
    });
  }
}

/** Fails unless a runtime's loss and gradients equal the reference's, at every seed and number of threads. */
export async function checkGradientRuntime(
  gradientCase: GradientCase,
  runtime: Runtime,
  { threads, tolerance }: { readonly threads: readonly number[]; readonly tolerance: number },
): Promise<void> {
  const drawn = drawnGraphs(gradientCase).map((graphs) => ({
    ...graphs,
    expected: evaluate(graphs.gradients, graphs.feeds),
  }));
  for (const count of threads) {
    await using session = await runtime.open(drawn[0]!.gradients, { threads: count });
    for (const { sources, feeds, expected } of drawn) {
      const tensors = Object.entries(feeds).map(([name, plain]) => [name, fromPlain(plain)] as const);
      const found = await session.run(Object.fromEntries(tensors));
      expected.forEach(({ data }, index) => {
        const what = index === 0 ? "loss" : `gradient of ${sources[index - 1]}`;
        // The loss is a sum whose terms cancel: it is as exact as its terms are many.
        const magnitude = index === 0 ? Math.sqrt(feeds.weights!.data.length) : 1;
        expectClose(`${what} with ${count} threads`, found[index]!.data, data, tolerance, magnitude);
      });
    }
  }
}
