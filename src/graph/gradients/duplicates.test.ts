/**
 * @file Gradients that add rows to the same places, at sizes where threads share the work: ONNX Runtime's ScatterND gives
 * wrong and varying sums there; what we use instead must not.
 */
import { describe, it } from "vitest";
import { checkGradientRuntime, type GradientCase } from "../../../test/gradients.ts";
import type { Operand } from "../../../test/operands.ts";
import { onnxRuntime } from "../../../test/runtimes.ts";

const rows = 4096;
const width = 64;
const vocabulary = 97;
const table = { shape: [vocabulary, width] };
const indicesOf = (shape: readonly number[]): Operand => ({ shape, type: "int64", range: [0, vocabulary] });

const cases: Readonly<Record<string, Omit<GradientCase, "seeds">>> = {
  "an embedding's rows": {
    inputs: { table, ids: indicesOf([rows]) },
    build: (builder, { table, ids }) => [builder.gather(table!, ids!)],
  },
  "an embedding's rows, nearly all of them one": {
    inputs: { table, ids: { shape: [rows], type: "int64", range: [0, 2] } },
    build: (builder, { table, ids }) => [builder.gather(table!, ids!)],
  },
  "picked elements": {
    inputs: { table, indices: indicesOf([rows, width]) },
    build: (builder, { table, indices }) => [builder.gatherElements(table!, indices!, 0)],
  },
  "elements added at repeated places": {
    inputs: { table, indices: indicesOf([rows, width]), updates: { shape: [rows, width] } },
    build: (builder, { table, indices, updates }) =>
      builder.node("ScatterElements", [table!, indices!, updates!], { axis: 0, reduction: "add" }),
  },
};

describe("gradients with repeated indices", () => {
  it.each(Object.entries(cases))("are the same with one and two threads: %s", async (_, one) => {
    await checkGradientRuntime({ ...one, seeds: [1, 2, 3, 4] }, onnxRuntime, {
      threads: [1, 2],
      tolerance: 1e-5,
    });
  });
});
