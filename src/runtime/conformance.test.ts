/** @file Every operator on ONNX Runtime against the reference: what we believe an operator means is what it does. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../../test/close.ts";
import { declareInputs, randomFeeds, randomFrom } from "../../test/operands.ts";
import { operatorCases } from "../../test/operator-cases.ts";
import { caseSizes, type OperatorCase } from "../../test/operator-cases/case.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Operator } from "../graph/types.ts";
import { onnxRuntime } from "./onnxruntime.ts";
import { fromPlain, referenceRuntime } from "./reference.ts";
import type { GraphSession } from "./types.ts";

async function expectSameOutputs(
  one: OperatorCase,
  reference: GraphSession,
  other: GraphSession,
): Promise<void> {
  for (const [seed, sizes] of caseSizes.entries()) {
    const drawn = Object.entries(randomFeeds(one.inputs, sizes, randomFrom(seed)));
    const feeds = Object.fromEntries(drawn.map(([name, plain]) => [name, fromPlain(plain)]));
    const [expected, actual] = [await reference.run(feeds), await other.run(feeds)];
    expect(actual.length).toBe(expected.length);
    expected.forEach(({ type, shape, data }, index) => {
      const found = actual[index]!;
      expect({ type: found.type, shape: found.shape }).toEqual({ type, shape });
      expectClose(`output ${index}`, found.data, data, type === "float32" ? 2e-6 : 0);
    });
  }
}

describe.each(Object.keys(operatorCases) as Operator[])("%s on ONNX Runtime", (op) => {
  it.each(operatorCases[op])("equals the reference: $title", async (one) => {
    const builder = new GraphBuilder();
    const outputs = one.build(builder, declareInputs(builder, one.inputs));
    expect(builder.nodes.some((node) => node.op === op)).toBe(true);
    const graph = builder.finish(outputs);
    await using reference = await referenceRuntime.open(graph);
    for (const threads of [1, 2]) {
      await using other = await onnxRuntime.open(graph, { threads });
      await expectSameOutputs(one, reference, other);
    }
  });
});
