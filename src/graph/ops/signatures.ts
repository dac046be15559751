/** @file Operator, its inputs and attributes → the types and shapes of its outputs; one rule for every operator. */
import { nf4Block } from "../../formats/nf4.ts";
import { broadcastShapes, elementCount, formatShape, normalizeAxis, sameShape } from "../shapes.ts";
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

function refuse(op: Operator, ...shapes: readonly Shape[]): never {
  throw new Error(`internal: ${op} of ${shapes.map(formatShape).join(" and ")}`);
}

const same: Signature<Operator> = ([x]) => [{ type: x!.type, shape: x!.shape }];

const broadcast: Signature<Operator> = ([a, b]) => {
  if (a!.type !== b!.type) throw new Error(`internal: ${a!.type} meets ${b!.type}`);
  return [{ type: a!.type, shape: broadcastShapes(a!.shape, b!.shape) }];
};

const asStated: Signature<Operator> = ([x], _, stated) => {
  if (stated === undefined) throw new Error("internal: this operator needs a stated shape");
  return [{ type: x!.type, shape: stated }];
};

const reshape: Signature<"Reshape"> = (inputs, attributes, stated) => {
  const [from, to] = [elementCount(inputs[0]!.shape), elementCount(stated ?? [])];
  if (from !== undefined && to !== undefined && from !== to) refuse("Reshape", inputs[0]!.shape, stated!);
  return asStated(inputs, attributes, stated);
};

const expand: Signature<"Expand"> = (inputs, attributes, stated) => {
  if (stated !== undefined && !sameShape(broadcastShapes(inputs[0]!.shape, stated), stated)) {
    refuse("Expand", inputs[0]!.shape, stated);
  }
  return asStated(inputs, attributes, stated);
};

function matMulShape(a: Shape, b: Shape): Shape {
  const inner = a.at(-1);
  if (a.length < 2 || b.length < 2 || inner !== b.at(-2)) refuse("MatMul", a, b);
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

const reduce: Signature<"ReduceSum" | "ReduceMean" | "ReduceMax"> = ([x, axes], { keepdims }) => {
  // ONNX takes an empty list for all axes: nobody who passes one means that.
  if (axes?.ints?.length === 0) throw new Error("internal: a reduction over no axis");
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
  let total: Dimension = first[along]!;
  for (const { shape } of inputs.slice(1)) {
    const others = (sizes: Shape): Shape => sizes.filter((_, index) => index !== along);
    if (!sameShape(others(first), others(shape))) refuse("Concat", first, shape);
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
    const [start, end] = [starts!.ints![index]!, Math.min(ends!.ints![index]!, size)];
    if (start < 0 || end < start) throw new Error(`internal: Slice from ${start} to ${end}`);
    shape[axis] = end - start;
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

/** Checks the codes and scales of a matrix [out, in] in NF4. */
function checkNf4(op: Operator, codes: OperandFacts, absmax: OperandFacts, elements: number): void {
  if (codes.type !== "uint8") throw new Error(`internal: ${op} of ${codes.type}`);
  if (codes.shape[0] !== elements / 2 || absmax.shape[0] !== elements / nf4Block)
    refuse(op, codes.shape, absmax.shape);
}

const signatures: { readonly [Op in Operator]: Signature<Op> } = {
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Neg: same,
  Abs: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Sigmoid: same,
  Tanh: same,
  QuickGelu: same,
  Softmax: same,
  Identity: same,
  RotaryEmbedding: same,
  Reshape: reshape,
  Expand: expand,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Slice: slice,
  Pad: pad,
  MatMul: ([a, b]) => [{ type: a!.type, shape: matMulShape(a!.shape, b!.shape) }],
  Linear: ([x, weight]) => {
    const [out, inner] = weight!.shape;
    if (x!.shape.length < 2 || weight!.shape.length !== 2 || x!.shape.at(-1) !== inner) {
      refuse("Linear", x!.shape, weight!.shape);
    }
    return [{ type: x!.type, shape: [...x!.shape.slice(0, -1), out!] }];
  },
  MatMulBnb4: ([x, codes, absmax], { K, N }) => {
    if (x!.shape.at(-1) !== K) refuse("MatMulBnb4", x!.shape, [N, K]);
    checkNf4("MatMulBnb4", codes!, absmax!, N * K);
    return [{ type: x!.type, shape: [...x!.shape.slice(0, -1), N] }];
  },
  Nf4Dequantize: ([codes, absmax], { out, in: inner }) => {
    checkNf4("Nf4Dequantize", codes!, absmax!, out * inner);
    return [{ type: absmax!.type, shape: [out, inner] }];
  },
  DequantizeLinear: ([x, scale]) => {
    if (x!.shape.length !== 2 || scale!.shape[0] !== x!.shape[0])
      refuse("DequantizeLinear", x!.shape, scale!.shape);
    return [{ type: scale!.type, shape: x!.shape }];
  },
  QuantizeLinear: ([x, scale, zero]) => {
    if (scale!.shape.length > 0) refuse("QuantizeLinear", x!.shape, scale!.shape);
    return [{ type: zero!.type, shape: x!.shape }];
  },
  MatMulIntegerToFloat: ([x, matrix, scale, scales]) => {
    if (scales!.shape[0] !== matrix!.shape[1]) refuse("MatMulIntegerToFloat", matrix!.shape, scales!.shape);
    return [{ type: scale!.type, shape: matMulShape(x!.shape, matrix!.shape) }];
  },
  MatMulInteger: ([a, b, zero]) => {
    if (a!.type !== "uint8" || b!.type !== "int8" || zero!.type !== "uint8" || zero!.shape.length > 0)
      throw new Error(`internal: MatMulInteger of ${a!.type}, ${b!.type} and ${zero!.type}`);
    return [{ type: "int32", shape: matMulShape(a!.shape, b!.shape) }];
  },
  Gemm: ([a, b], { transA, transB }) => {
    const left = transA ? [a!.shape[1]!, a!.shape[0]!] : a!.shape;
    const right = transB ? [b!.shape[1]!, b!.shape[0]!] : b!.shape;
    if (a!.shape.length !== 2 || b!.shape.length !== 2) throw new Error("internal: Gemm needs two matrices");
    return [{ type: a!.type, shape: matMulShape(left, right) }];
  },
  // Outputs: the normalised value, and 1 / root mean square with the last axis kept as 1.
  SimplifiedLayerNormalization: ([x, weight]) => {
    if (!sameShape(weight!.shape, x!.shape.slice(-1))) {
      refuse("SimplifiedLayerNormalization", x!.shape, weight!.shape);
    }
    return [
      { type: x!.type, shape: x!.shape },
      { type: x!.type, shape: [...x!.shape.slice(0, -1), 1] },
    ];
  },
  // Outputs: the loss of each row [rows, 1], and the probabilities [rows, classes].
  CrossEntropy: ([logits, labels]) => {
    const rows = logits!.shape[0]!;
    if (logits!.shape.length !== 2 || !sameShape(labels!.shape, [rows, 1])) {
      refuse("CrossEntropy", logits!.shape, labels!.shape);
    }
    return [
      { type: logits!.type, shape: [rows, 1] },
      { type: logits!.type, shape: logits!.shape },
    ];
  },
  Transpose: ([x], { perm }) => {
    const axes = new Set(perm.filter((axis) => x!.shape[axis] !== undefined));
    if (axes.size !== x!.shape.length || perm.length !== x!.shape.length) refuse("Transpose", x!.shape, perm);
    return [{ type: x!.type, shape: perm.map((axis) => x!.shape[axis]!) }];
  },
  Concat: (inputs, { axis }) => [{ type: inputs[0]!.type, shape: concatShape(inputs, axis) }],
  Gather: ([table, indices], { axis }) => [
    {
      type: table!.type,
      shape: [...table!.shape.slice(0, axis), ...indices!.shape, ...table!.shape.slice(axis + 1)],
    },
  ],
  GatherElements: ([x, indices]) => {
    if (x!.shape.length !== indices!.shape.length) refuse("GatherElements", x!.shape, indices!.shape);
    return [{ type: x!.type, shape: indices!.shape }];
  },
  ScatterElements: ([x, indices, updates]) => {
    if (x!.shape.length !== indices!.shape.length || !sameShape(indices!.shape, updates!.shape)) {
      refuse("ScatterElements", x!.shape, indices!.shape, updates!.shape);
    }
    return [{ type: x!.type, shape: x!.shape }];
  },
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
