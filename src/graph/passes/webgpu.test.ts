/** @file Graphs that avoid WebGPU's wrong outputs: the same numbers, and no node left that has such an output. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../test/close.ts";
import { declareInputs, randomFeeds, randomFrom } from "../../../test/operands.ts";
import { evaluate } from "../../../test/runtimes.ts";
import { GraphBuilder } from "../builder.ts";
import { differentiate } from "../differentiate.ts";
import { forWebGpu } from "./webgpu.ts";

const operands = { x: { shape: ["batch", "time", 6] }, weight: { shape: [6] } } as const;

function twoNorms(epsilon: number) {
  const builder = new GraphBuilder();
  const { x, weight } = declareInputs(builder, operands);
  const y = builder.rmsNorm(builder.rmsNorm(x, weight, epsilon), weight, 2 * epsilon);
  const loss = builder.reduceSum(builder.mul(y, builder.sigmoid(y)), [0, 1, 2], 0);
  return { loss, y, builder, sources: [x, weight] };
}

describe("a graph for WebGPU", () => {
  it("has the gradients of norms without asking their kernel for a second output", () => {
    const { builder, loss, sources } = twoNorms(0.3);
    const graph = builder.finish([loss, ...differentiate(builder, loss, sources)]);
    const changed = forWebGpu(graph);
    const seconds = (nodes: typeof graph.nodes): number =>
      nodes.filter(({ op, outputs }) => op === "SimplifiedLayerNormalization" && outputs.length > 1).length;
    expect([seconds(graph.nodes), seconds(changed.nodes)]).toEqual([2, 0]);
    const feeds = randomFeeds(operands, { batch: 2, time: 3 }, randomFrom(4));
    const expected = evaluate(graph, feeds);
    evaluate(changed, feeds).forEach(({ shape, data }, place) => {
      expect(shape).toEqual(expected[place]!.shape);
      expectClose(`output ${place}`, data, expected[place]!.data, 1e-7);
    });
  });

  it("stays as it is where nobody uses the second output", () => {
    const { builder, y } = twoNorms(1e-5);
    const graph = builder.finish([y]);
    expect(forWebGpu(graph).nodes).toEqual(graph.nodes);
  });
});
