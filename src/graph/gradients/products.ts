/** @file Backward rules of matrix products: d(AB) = dA·B + A·dB. */
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

export const linear: GradientRule<"Linear"> = ({ builder, inputs: [x, weight], upstream }) => [
  () => builder.matMul(upstream, weight!),
  // One product over all rows; both factors lie in memory as they are needed.
  () => builder.gemm(asRows(builder, upstream), asRows(builder, x!), { transA: 1 }),
];

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
