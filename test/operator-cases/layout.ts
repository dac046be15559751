/** @file Cases of operators that move or sum elements. */
import type { Shape } from "../../src/graph/types.ts";
import { operatorCase, type OperatorCase } from "./case.ts";

const x = { shape: ["batch", "time", 4] };

const transpose = (title: string, shape: Shape, perm: readonly number[]): OperatorCase =>
  operatorCase(title, { x: { shape } }, (builder, { x }) => builder.transpose(x, perm));

const expand = (title: string, shape: Shape): OperatorCase =>
  operatorCase(title, { x: { shape }, like: { ...x, given: true } as const }, (builder, { x, like }) =>
    builder.expandLike(x, like),
  );

const pad = (title: string, shape: Shape, pads: readonly number[]): OperatorCase =>
  operatorCase(title, { x: { shape } }, (builder, { x }) => builder.pad(x, pads));

type Reduce = "ReduceSum" | "ReduceMean" | "ReduceMax";

const reduce = (
  op: Reduce,
  title: string,
  shape: Shape,
  axes: readonly number[],
  keepdims: 0 | 1,
): OperatorCase =>
  operatorCase(title, { x: { shape } }, (builder, { x }) =>
    builder.node(op, [x, builder.ints(axes)], { keepdims }),
  );

export const layoutCases = {
  Reshape: [
    operatorCase("an axis split", { x }, (builder, { x }) => builder.reshape(x, ["batch", "time", 2, 2])),
    operatorCase("rows joined", { x }, (builder, { x }) => builder.reshape(x, ["rows", 4])),
    operatorCase("rows joined, of three axes", { x: { shape: ["rows", 3, 4] } }, (builder, { x }) =>
      builder.reshape(x, ["all", 4]),
    ),
    operatorCase(
      "as another value is shaped",
      { x, like: { ...x, given: true } as const },
      (builder, { x, like }) => builder.reshapeLike(builder.reshape(x, ["rows", 4]), like),
    ),
    operatorCase("an axis of one element put in", { x }, (builder, { x }) =>
      builder.reshape(x, ["batch", 1, "time", 4]),
    ),
  ] as const,
  Transpose: [
    transpose("two axes", ["batch", 4], [1, 0]),
    transpose("a cycle of three", ["batch", "time", 4], [2, 0, 1]),
    transpose("heads before time", ["batch", "time", 2, 3, 4], [0, 2, 3, 1, 4]),
  ] as const,
  Concat: [
    operatorCase(
      "three along the middle",
      { a: { shape: ["batch", 2, 3] }, b: { shape: ["batch", 1, 3] } },
      (builder, { a, b }) => builder.concat([a, b, a], 1),
    ),
    operatorCase(
      "the last axis, counted from behind",
      { a: { shape: ["batch", 2] }, b: { shape: ["batch", 3] } },
      (builder, { a, b }) => builder.concat([a, b], -1),
    ),
    operatorCase(
      "sizes known only when it runs",
      { a: { shape: ["batch", 2] }, b: { shape: ["time", 2] } },
      (builder, { a, b }) => builder.concat([a, b], 0),
      "the rule needs known sizes and says so",
    ),
  ] as const,
  Slice: [
    operatorCase("the middle", { x: { shape: ["batch", 6, 2] } }, (builder, { x }) =>
      builder.slice(x, 1, 1, 4),
    ),
    operatorCase("an end beyond the last", { x: { shape: ["batch", 6] } }, (builder, { x }) =>
      builder.slice(x, 1, 2, 99),
    ),
    operatorCase("two axes at once", { x: { shape: [5, "batch", 6] } }, (builder, { x }) =>
      builder.node("Slice", [x, builder.ints([1, 2]), builder.ints([3, 6]), builder.ints([0, 2])], {}),
    ),
  ] as const,
  Pad: [
    pad("before and after one axis", ["batch", 3], [0, 1, 0, 2]),
    pad("only before", [2, "batch", 3], [1, 0, 2, 0, 0, 0]),
  ] as const,
  Expand: [
    expand("new leading axes", [4]),
    expand("an axis of one element", ["batch", 1, 4]),
    expand("a scalar", []),
    expand("one row of a batch", [1, "time", 1]),
  ] as const,
  ReduceSum: [
    reduce("ReduceSum", "one axis kept as 1", ["batch", "time", 4], [1], 1),
    reduce("ReduceSum", "one axis gone", ["batch", "time", 4], [1], 0),
    reduce("ReduceSum", "the last axis, counted from behind", ["batch", "time", 4], [-1], 0),
    reduce("ReduceSum", "two axes gone", ["batch", "time", 4], [0, 2], 0),
    reduce("ReduceSum", "everything to one number", ["batch", "time", 4], [0, 1, 2], 0),
  ] as const,
  ReduceMean: [
    reduce("ReduceMean", "the last axis kept as 1", ["batch", "time", 4], [2], 1),
    reduce("ReduceMean", "the last axis gone", ["batch", "time", 4], [-1], 0),
    reduce("ReduceMean", "two known axes", ["batch", 3, 4], [1, 2], 0),
  ] as const,
  ReduceMax: [
    reduce("ReduceMax", "the last axis kept as 1", ["batch", "time", 4], [2], 1),
    reduce("ReduceMax", "two axes gone", ["batch", "time", 4], [0, 2], 0),
  ] as const,
  Shape: [operatorCase("three axes", { x }, (builder, { x }) => builder.shapeOf(x))] as const,
};
