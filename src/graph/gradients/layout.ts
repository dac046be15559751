/** @file Backward rules of operators that move, pick or sum elements. */
import type { GraphBuilder } from "../builder.ts";
import { normalizeAxis } from "../shapes.ts";
import type { Value } from "../types.ts";
import type { GradientRule } from "./rule.ts";
import { asRows, constantInts, unbroadcast } from "./rule.ts";

export const reshape: GradientRule<"Reshape"> = ({ builder, inputs: [x], upstream }) => [
  () => builder.reshapeLike(upstream, x!),
  undefined,
];

export const transpose: GradientRule<"Transpose"> = ({ builder, attributes: { perm }, upstream }) => [
  () => {
    const inverse: number[] = [];
    perm.forEach((axis, place) => (inverse[axis] = place));
    return builder.transpose(upstream, inverse);
  },
];

export const concat: GradientRule<"Concat"> = ({ builder, inputs, attributes, upstream }) => {
  const axis = normalizeAxis(attributes.axis, upstream.shape.length);
  let start = 0;
  return inputs.map((input) => {
    const size = input.shape[axis];
    if (typeof size !== "number") throw new Error("internal: the gradient of Concat needs known sizes");
    const from = start;
    start += size;
    return () => builder.slice(upstream, axis, from, from + size);
  });
};

export const slice: GradientRule<"Slice"> = ({ builder, inputs: [x, starts, ends, axes], upstream }) => [
  () => {
    const rank = x!.shape.length;
    const pads = Array.from({ length: 2 * rank }, () => 0);
    const [from, to] = [constantInts(builder, starts!), constantInts(builder, ends!)];
    constantInts(builder, axes!).forEach((axis, index) => {
      const size = x!.shape[axis] as number; // the signature of Slice has checked that it is known
      pads[axis] = from[index]!;
      pads[rank + axis] = size - Math.min(to[index]!, size);
    });
    return builder.pad(upstream, pads);
  },
  undefined,
  undefined,
  undefined,
];

export const pad: GradientRule<"Pad"> = ({ builder, inputs: [x, pads], upstream }) => [
  () => {
    const amounts = constantInts(builder, pads!);
    return x!.shape.reduce((gradient, size, axis) => {
      const before = amounts[axis]!;
      const padded = before > 0 || amounts[x!.shape.length + axis]! > 0;
      return padded ? builder.slice(gradient, axis, before, before + (size as number)) : gradient;
    }, upstream);
  },
  undefined,
  undefined,
];

export const expand: GradientRule<"Expand"> = ({ builder, inputs: [x], upstream }) => [
  () => unbroadcast(builder, upstream, x!),
  undefined,
];

/**
 * The table's gradient adds rows that may repeat. ONNX Runtime's ScatterND races on duplicates with several threads
 * (measured, wrong numbers); ScatterElements does not. Training avoids both: it asks for the gradient of the gathered
 * rows and adds them up itself.
 */
export const gather: GradientRule<"Gather"> = ({
  builder,
  inputs: [table, indices],
  attributes,
  upstream,
}) => [
  () => {
    if (attributes.axis !== 0 || table!.shape.length !== 2) {
      throw new Error("internal: the gradient of Gather is written for rows of a matrix");
    }
    const rows = asRows(builder, upstream);
    const places = builder.expandLike(builder.reshape(indices!, [rows.shape[0]!, 1]), rows);
    const zeros = builder.mul(table!, builder.scalar(0));
    return builder.node("ScatterElements", [zeros, places, rows], { axis: 0, reduction: "add" })[0]!;
  },
  undefined,
];

export const gatherElements: GradientRule<"GatherElements"> = ({ builder, inputs, attributes, upstream }) => [
  () => {
    const zeros = builder.mul(inputs[0]!, builder.scalar(0));
    return builder.node("ScatterElements", [zeros, inputs[1]!, upstream], {
      ...attributes,
      reduction: "add",
    })[0]!;
  },
  undefined,
];

// Of what was scattered into, only the places that were not overwritten pass their gradient on.
export const scatterElements: GradientRule<"ScatterElements"> = ({
  builder,
  inputs,
  attributes,
  upstream,
}) => [
  () => {
    if (attributes.reduction === "add") return upstream;
    const zeros = builder.mul(inputs[2]!, builder.scalar(0));
    return builder.node("ScatterElements", [upstream, inputs[1]!, zeros], attributes)[0]!;
  },
  undefined,
  () => builder.gatherElements(upstream, inputs[1]!, attributes.axis),
];

/** Puts reduced axes back as axes of size 1. */
function keepReduced(builder: GraphBuilder, gradient: Value, x: Value, axes: readonly number[]): Value {
  const reduced = new Set(axes.map((axis) => normalizeAxis(axis, x.shape.length)));
  return builder.reshape(
    gradient,
    x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size)),
  );
}

export const reduceSum: GradientRule<"ReduceSum"> = ({
  builder,
  inputs: [x, axes],
  attributes,
  upstream,
}) => [
  () => {
    const kept = attributes.keepdims
      ? upstream
      : keepReduced(builder, upstream, x!, constantInts(builder, axes!));
    return builder.expandLike(kept, x!);
  },
  undefined,
];

export const reduceMean: GradientRule<"ReduceMean"> = ({
  builder,
  inputs: [x, axes],
  attributes,
  upstream,
}) => [
  () => {
    const reduced = constantInts(builder, axes!);
    const kept = attributes.keepdims ? upstream : keepReduced(builder, upstream, x!, reduced);
    const count = reduced.reduce((product, axis) => {
      const size = x!.shape[normalizeAxis(axis, x!.shape.length)];
      if (typeof size !== "number") throw new Error("internal: the gradient of ReduceMean needs known sizes");
      return product * size;
    }, 1);
    return builder.expandLike(builder.mul(kept, builder.scalar(1 / count)), x!);
  },
  undefined,
];
