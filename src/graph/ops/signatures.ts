/** @file Operator, its inputs and attributes → the types and shapes of its outputs; one rule for every operator. */
import { broadcastShapes, formatShape, normalizeAxis } from "../shapes.ts";
import type { DataType, Dimension, Operator, OperatorAttributes, Shape, Value } from "../types.ts";

/** What is known of an input when shapes are inferred; `ints` holds the content of a constant integer tensor. */
export interface OperandFacts extends Value {
  readonly ints?: readonly number[];
}

export interface OutputFacts {
  readonly type: DataType;
  readonly shape: Shape;
}

type Signature<Op extends Operator> = (
  inputs: readonly OperandFacts[],
  attributes: OperatorAttributes[Op],
  /** Shape that the caller states, where it cannot be inferred from symbols alone (Reshape, Expand). */
  stated?: Shape,
) => readonly OutputFacts[];

const same: Signature<Operator> = ([x]) => [{ type: x!.type, shape: x!.shape }];

const broadcast: Signature<Operator> = ([a, b]) => [
  { type: a!.type, shape: broadcastShapes(a!.shape, b!.shape) },
];

const asStated: Signature<Operator> = ([x], _, stated) => {
  if (stated === undefined) throw new Error("internal: this operator needs a stated shape");
  return [{ type: x!.type, shape: stated }];
};

function matMulShape(a: Shape, b: Shape): Shape {
  const inner = a.at(-1);
  if (a.length < 2 || b.length < 2 || inner !== b.at(-2)) {
    throw new Error(`internal: MatMul of ${formatShape(a)} and ${formatShape(b)}`);
  }
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

const reduce: Signature<"ReduceSum" | "ReduceMean"> = ([x, axes], { keepdims }) => {
  const reduced = new Set(
    (axes?.ints ?? x!.shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, x!.shape.length)),
  );
  const shape = keepdims
    ? x!.shape.map((dimension, axis) => (reduced.has(axis) ? 1 : dimension))
    : x!.shape.filter((_, axis) => !reduced.has(axis));
  return [{ type: x!.type, shape }];
};

function concatShape(inputs: readonly OperandFacts[], axis: number): Shape {
  const first = inputs[0]!.shape;
  const along = normalizeAxis(axis, first.length);
  let total: Dimension = 0;
  for (const { shape } of inputs) {
    const dimension = shape[along]!;
    total =
      typeof dimension === "number" && typeof total === "number"
        ? total + dimension
        : `${total}+${dimension}`;
  }
  return first.map((dimension, index) => (index === along ? total : dimension));
}

/** Slice with constant starts, ends and axes over axes whose size is a number. */
const slice: Signature<"Slice"> = ([x, starts, ends, axes]) => {
  const shape = [...x!.shape];
  axes!.ints!.forEach((axis, index) => {
    const size = shape[axis];
    if (typeof size !== "number") throw new Error("internal: Slice along an axis of unknown size");
    shape[axis] = Math.min(ends!.ints![index]!, size) - starts!.ints![index]!;
  });
  return [{ type: x!.type, shape }];
};

const pad: Signature<"Pad"> = ([x, pads]) => {
  const rank = x!.shape.length;
  const shape = x!.shape.map((dimension, axis) => {
    const added = pads!.ints![axis]! + pads!.ints![rank + axis]!;
    if (added === 0) return dimension;
    if (typeof dimension !== "number") throw new Error("internal: Pad along an axis of unknown size");
    return dimension + added;
  });
  return [{ type: x!.type, shape }];
};

const signatures: { readonly [Op in Operator]: Signature<Op> } = {
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Sigmoid: same,
  Tanh: same,
  QuickGelu: same,
  Softmax: same,
  Identity: same,
  RotaryEmbedding: same,
  ScatterElements: same,
  Reshape: asStated,
  Expand: asStated,
  ReduceSum: reduce,
  ReduceMean: reduce,
  Slice: slice,
  Pad: pad,
  MatMul: ([a, b]) => [{ type: a!.type, shape: matMulShape(a!.shape, b!.shape) }],
  Gemm: ([a, b], { transA, transB }) => {
    const left = transA ? [a!.shape[1]!, a!.shape[0]!] : a!.shape;
    const right = transB ? [b!.shape[1]!, b!.shape[0]!] : b!.shape;
    if (a!.shape.length !== 2 || b!.shape.length !== 2) throw new Error("internal: Gemm needs two matrices");
    return [{ type: a!.type, shape: matMulShape(left, right) }];
  },
  // Outputs: the normalised value, and 1 / root mean square with the last axis kept as 1.
  SimplifiedLayerNormalization: ([x]) => [
    { type: x!.type, shape: x!.shape },
    { type: x!.type, shape: [...x!.shape.slice(0, -1), 1] },
  ],
  // Outputs: the loss of each row [rows, 1], and the probabilities [rows, classes].
  CrossEntropy: ([logits]) => [
    { type: logits!.type, shape: [logits!.shape[0]!, 1] },
    { type: logits!.type, shape: logits!.shape },
  ],
  Transpose: ([x], { perm }) => [{ type: x!.type, shape: perm.map((axis) => x!.shape[axis]!) }],
  Concat: (inputs, { axis }) => [{ type: inputs[0]!.type, shape: concatShape(inputs, axis) }],
  Gather: ([table, indices], { axis }) => [
    {
      type: table!.type,
      shape: [...table!.shape.slice(0, axis), ...indices!.shape, ...table!.shape.slice(axis + 1)],
    },
  ],
  GatherElements: ([x, indices]) => [{ type: x!.type, shape: indices!.shape }],
  Shape: ([x]) => [{ type: "int64", shape: [x!.shape.length] }],
  Cast: ([x], { to }) => [{ type: to, shape: x!.shape }],
};

export function inferOutputs<Op extends Operator>(
  op: Op,
  inputs: readonly OperandFacts[],
  attributes: OperatorAttributes[Op],
  stated?: Shape,
): readonly OutputFacts[] {
  return signatures[op](inputs, attributes, stated);
}
