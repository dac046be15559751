/** @file Backward rules of operators that work element by element (with NumPy broadcasting). */
import type { GradientRule } from "./rule.ts";
import { unbroadcast } from "./rule.ts";

export const add: GradientRule<"Add"> = ({ builder, inputs: [a, b], upstream }) => [
  () => unbroadcast(builder, upstream, a!),
  () => unbroadcast(builder, upstream, b!),
];

export const sub: GradientRule<"Sub"> = ({ builder, inputs: [a, b], upstream }) => [
  () => unbroadcast(builder, upstream, a!),
  () => unbroadcast(builder, builder.neg(upstream), b!),
];

export const mul: GradientRule<"Mul"> = ({ builder, inputs: [a, b], upstream }) => [
  () => unbroadcast(builder, builder.mul(upstream, b!), a!),
  () => unbroadcast(builder, builder.mul(upstream, a!), b!),
];

// d(a/b) = da/b − (a/b)·db/b
export const div: GradientRule<"Div"> = ({ builder, inputs: [a, b], outputs: [y], upstream }) => [
  () => unbroadcast(builder, builder.div(upstream, b!), a!),
  () => unbroadcast(builder, builder.neg(builder.div(builder.mul(upstream, y!), b!)), b!),
];

export const neg: GradientRule<"Neg"> = ({ builder, upstream }) => [() => builder.neg(upstream)];

export const exp: GradientRule<"Exp"> = ({ builder, outputs: [y], upstream }) => [
  () => builder.mul(upstream, y!),
];

export const log: GradientRule<"Log"> = ({ builder, inputs: [x], upstream }) => [
  () => builder.div(upstream, x!),
];

export const sqrt: GradientRule<"Sqrt"> = ({ builder, outputs: [y], upstream }) => [
  () => builder.div(builder.mul(upstream, builder.scalar(0.5)), y!),
];

// σ' = σ − σ²
export const sigmoid: GradientRule<"Sigmoid"> = ({ builder, outputs: [y], upstream }) => [
  () => builder.mul(upstream, builder.sub(y!, builder.mul(y!, y!))),
];

// tanh' = 1 − tanh²
export const tanh: GradientRule<"Tanh"> = ({ builder, outputs: [y], upstream }) => [
  () => builder.sub(upstream, builder.mul(upstream, builder.mul(y!, y!))),
];

// y = x·σ(αx), y' = σ + α·y·(1 − σ); written as αy + σ·(1 − αy), which needs one pass less.
export const quickGelu: GradientRule<"QuickGelu"> = ({
  builder,
  inputs: [x],
  outputs: [y],
  attributes,
  upstream,
}) => [
  () => {
    const { alpha } = attributes;
    const scaled = alpha === 1 ? x! : builder.mul(x!, builder.scalar(alpha));
    const ay = alpha === 1 ? y! : builder.mul(y!, builder.scalar(alpha));
    const sigma = builder.sigmoid(scaled);
    const slope = builder.add(ay, builder.mul(sigma, builder.sub(builder.scalar(1), ay)));
    return builder.mul(upstream, slope);
  },
];

export const identity: GradientRule<"Identity"> = ({ upstream }) => [() => upstream];
