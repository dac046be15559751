/** @file Cases of matrix products. */
import type { Shape } from "../../src/graph/types.ts";
import { operatorCase, type OperatorCase } from "./case.ts";

const matMul = (title: string, a: Shape, b: Shape): OperatorCase =>
  operatorCase(title, { a: { shape: a }, b: { shape: b } }, (builder, { a, b }) => builder.matMul(a, b));

const linear = (title: string, x: Shape): OperatorCase =>
  operatorCase(title, { x: { shape: x }, weight: { shape: [3, 4] } }, (builder, { x, weight }) =>
    builder.linear(x, weight),
  );

function gemm(transA: 0 | 1, transB: 0 | 1, alpha: number): OperatorCase {
  const a = { shape: transA ? [4, "batch"] : ["batch", 4] };
  const b = { shape: transB ? [3, 4] : [4, 3] };
  const title = `transA ${transA}, transB ${transB}, alpha ${alpha}`;
  return operatorCase(title, { a, b }, (builder, { a, b }) => builder.gemm(a, b, { transA, transB, alpha }));
}

export const productCases = {
  MatMul: [
    matMul("two matrices", ["batch", 4], [4, 3]),
    matMul("a batch and a weight", ["batch", "time", 4], [4, 3]),
    matMul("a batch whose first axis is called rows", ["rows", 2, 4], [4, 3]),
    matMul("a weight and a batch", [3, 4], ["batch", 4, "time"]),
    matMul("five axes and a weight", ["batch", 2, "time", 1, 4], [4, 3]),
    matMul("five axes, keys shared by a group", ["batch", 2, 3, "time", 4], ["batch", 2, 1, 4, "time"]),
    matMul("five axes, an unknown inner size", ["batch", 2, 3, 2, "time"], ["batch", 2, 1, "time", 4]),
    matMul("both batches repeated", ["batch", 1, 3, 4], [2, 4, 3]),
  ] as const,
  Linear: [
    linear("two matrices", ["batch", 4]),
    linear("a batch", ["batch", "time", 4]),
    linear("five axes", ["batch", 2, "time", 1, 4]),
    ...[6, 3].map((out) =>
      operatorCase(
        `rows of 4 become rows of ${out}, with a factor each behind the product`,
        {
          x: { shape: ["batch", 4] },
          weight: { shape: [out, 4] },
          factors: { shape: ["batch", 1], given: true },
        },
        (builder, { x, weight, factors }) => builder.mul(builder.linear(x, weight), factors),
      ),
    ),
  ] as const,
  Gemm: [
    gemm(0, 0, 1),
    gemm(0, 1, 0.5),
    gemm(1, 0, 2),
    gemm(1, 1, -0.25),
    operatorCase(
      "rows are summed (a weight's gradient)",
      { a: { shape: ["batch", 4] }, b: { shape: ["batch", 3] } },
      (builder, { a, b }) => builder.gemm(a, b, { transA: 1 }),
    ),
  ] as const,
};
