/** @file Backward rules of matrix products: d(AB) = dA·B + A·dB. */
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../types.ts";
import type { GradientRule } from "./rule.ts";
import { asRows, swapLast, unbroadcast } from "./rule.ts";

export const matMul: GradientRule<"MatMul"> = ({ builder, inputs: [a, b], upstream }) => [
  () => unbroadcast(builder, builder.matMul(upstream, swapLast(builder, b!)), a!),
  () =>
    // A weight matrix under a batched activation: one product over all rows instead of a sum of small ones.
    b!.shape.length === 2
      ? builder.gemm(asRows(builder, a!), asRows(builder, upstream), { transA: 1 })
      : unbroadcast(builder, builder.matMul(swapLast(builder, a!), upstream), b!),
];

export const linear: GradientRule<"Linear"> = ({ builder, inputs, upstream }) => {
  const [x, weight] = inputs as [Value, Value];
  const factored = factoredRows(builder, upstream, weight);
  return [
    () =>
      factored === undefined
        ? builder.matMul(upstream, weight)
        : builder.mul(builder.matMul(factored.rows, weight), factored.factors),
    // One product over all rows; both factors lie in memory as they are needed.
    () =>
      factored === undefined
        ? builder.gemm(asRows(builder, upstream), asRows(builder, x), { transA: 1 })
        : builder.gemm(factored.rows, builder.mul(x, factored.factors), { transA: 1 }),
  ];
};

/**
 * An upstream that is a matrix with a factor for each row, such as a loss over a vocabulary whose places have weights: a
 * product lets the factors through, so that they may wait for the side where rows are shorter.
 */
function factoredRows(
  builder: GraphBuilder,
  upstream: Value,
  { shape: [out, within] }: Value,
): { readonly rows: Value; readonly factors: Value } | undefined {
  if (typeof out !== "number" || typeof within !== "number" || out <= within) return undefined;
  const node = builder.nodes.findLast(({ outputs }) => outputs[0] === upstream);
  if (node?.op !== "Mul") return undefined;
  const [rows, factors] = node.inputs as [Value, Value];
  const isColumn = factors.shape.length === 2 && factors.shape[1] === 1 && rows.shape.length === 2;
  return isColumn ? { rows, factors } : undefined;
}

// The matrix is frozen: it is unpacked for the product that its gradient to x needs, and gets none itself.
export const matMulBnb4: GradientRule<"MatMulBnb4"> = ({
  builder,
  inputs: [, codes, absmax],
  attributes: { K, N },
  upstream,
}) => [
  () => builder.matMul(upstream, builder.node("Nf4Dequantize", [codes!, absmax!], { out: N, in: K })[0]!),
  undefined,
  undefined,
];

export const gemm: GradientRule<"Gemm"> = ({ builder, inputs: [a, b], attributes, upstream }) => {
  const { transA, transB, alpha } = attributes;
  return [
    () =>
      transA
        ? builder.gemm(b!, upstream, { transA: transB, transB: 1, alpha })
        : builder.gemm(upstream, b!, { transB: transB ? 0 : 1, alpha }),
    () =>
      transB
        ? builder.gemm(upstream, a!, { transA: 1, transB: transA, alpha })
        : builder.gemm(a!, upstream, { transA: transA ? 0 : 1, alpha }),
  ];
};
