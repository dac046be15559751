/** @file A model's sizes → the graphs of a language model's head: the last norm, and one chunk of the vocabulary. */
import { GraphBuilder } from "../graph/builder.ts";
import { pullBack } from "../graph/differentiate.ts";
import type { Graph, Value } from "../graph/types.ts";
import type { LlamaConfig } from "../models/llama.ts";

export function normGraphs({ hidden, normEpsilon }: LlamaConfig): {
  readonly forward: Graph;
  readonly backward: Graph;
} {
  const build = (): { builder: GraphBuilder; x: Value; weight: Value; y: Value } => {
    const builder = new GraphBuilder();
    const [x, weight] = [builder.input("x", ["rows", hidden]), builder.input("weight", [hidden])];
    return { builder, x, weight, y: builder.rmsNorm(x, weight, normEpsilon) };
  };
  const [one, other] = [build(), build()];
  const dy = other.builder.input("dy", ["rows", hidden]);
  const gradients = pullBack(other.builder, [{ value: other.y, gradient: dy }], [other.x, other.weight]);
  return { forward: one.builder.finish([one.y]), backward: other.builder.finish(gradients) };
}

interface ChunkValues {
  readonly builder: GraphBuilder;
  readonly states: Value;
  readonly output: Value;
  readonly scores: Value;
  /** Place of each row's token within the chunk; any place where it is in another. */
  readonly labels: Value;
  /** 1 where the row's token is in this chunk, else 0. */
  readonly here: Value;
}

function chunkValues({ hidden }: LlamaConfig): ChunkValues {
  const builder = new GraphBuilder();
  const states = builder.input("states", ["rows", hidden]);
  const output = builder.input("output", ["chunk", hidden]);
  const labels = builder.input("labels", ["rows", 1], "int32");
  const here = builder.input("here", ["rows", 1]);
  return { builder, states, output, labels, here, scores: builder.linear(states, output) };
}

/** Outputs, [rows, 1] each: the largest score, Σ exp(score − largest), and the score of the row's token or 0. */
export function sumsGraph(config: LlamaConfig): Graph {
  const { builder, scores, labels, here } = chunkValues(config);
  const largest = builder.reduceMax(scores, [1]);
  const sum = builder.reduceSum(builder.exp(builder.sub(scores, largest)), [1]);
  return builder.finish([largest, sum, builder.mul(builder.gatherElements(scores, labels, 1), here)]);
}

/** Gradients of Σ weight · (log Σ exp − score of the token) to the states, and to the chunk of the matrix if asked for. */
export function gradientsGraph(config: LlamaConfig, ofOutput: boolean): Graph {
  const { builder, states, output, scores, labels, here } = chunkValues(config);
  const [normalizer, weights] = [
    builder.input("normalizer", ["rows", 1]),
    builder.input("weights", ["rows", 1]),
  ];
  const spread = builder.mul(builder.exp(builder.sub(scores, normalizer)), weights);
  const less = builder.neg(builder.mul(weights, here));
  const attributes = { axis: 1, reduction: "add" } as const;
  const [ofScores] = builder.node("ScatterElements", [spread, labels, less], attributes);
  const ofStates = builder.matMul(ofScores!, output);
  return builder.finish(ofOutput ? [ofStates, builder.gemm(ofScores!, states, { transA: 1 })] : [ofStates]);
}
