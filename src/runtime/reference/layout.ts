/** @file Tensors → tensors whose elements were moved, picked or added up. */
import { NeriumError } from "../../errors.ts";
import {
  broadcast,
  broadcastStrides,
  countOf,
  fromFront,
  type Kernel,
  offsets,
  pick,
  type PlainTensor,
  stridesOf,
} from "./arrays.ts";

export const reshape: Kernel<"Reshape"> = ([x, target]) => {
  const shape = Array.from(target!.data, (size, axis) => (size === 0 ? x!.shape[axis]! : size));
  const known = countOf(shape.filter((size) => size !== -1));
  const filled = shape.map((size) => (size === -1 ? x!.data.length / known : size));
  if (countOf(filled) !== x!.data.length || filled.some((size) => !Number.isInteger(size))) {
    throw new NeriumError(
      "RUNTIME",
      `Reshape: [${x!.shape.join()}] does not fit into [${target!.data.join()}]`,
    );
  }
  return [{ type: x!.type, shape: filled, data: x!.data }];
};

export const transpose: Kernel<"Transpose"> = ([x], { perm }) => {
  const strides = stridesOf(x!.shape);
  const shape = perm.map((axis) => x!.shape[axis]!);
  return [
    pick(
      x!,
      shape,
      offsets(
        shape,
        perm.map((axis) => strides[axis]!),
      ),
    ),
  ];
};

export const concat: Kernel<"Concat"> = (inputs, attributes) => {
  const first = inputs[0]!;
  const axis = fromFront(attributes.axis, first.shape.length);
  const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.shape.map((size, index) => (index === axis ? total : size));
  const strides = stridesOf(shape);
  const data = new Float64Array(countOf(shape));
  let start = 0;
  for (const input of inputs) {
    offsets(input.shape, strides, start).forEach((place, index) => (data[place] = input.data[index]!));
    start += input.shape[axis]! * strides[axis]!;
  }
  return [{ type: first.type, shape, data }];
};

export const slice: Kernel<"Slice"> = ([x, starts, ends, axes]) => {
  const shape = [...x!.shape];
  const strides = stridesOf(shape);
  let start = 0;
  axes!.data.forEach((signed, index) => {
    const axis = fromFront(signed, shape.length);
    const size = x!.shape[axis]!;
    const clamp = (place: number): number => Math.min(Math.max(fromFront(place, size), 0), size);
    const [from, to] = [clamp(starts!.data[index]!), clamp(ends!.data[index]!)];
    shape[axis] = Math.max(to - from, 0);
    start += from * strides[axis]!;
  });
  return [pick(x!, shape, offsets(shape, strides, start))];
};

export const pad: Kernel<"Pad"> = ([x, pads, value]) => {
  const rank = x!.shape.length;
  const shape = x!.shape.map((size, axis) => size + pads!.data[axis]! + pads!.data[rank + axis]!);
  const strides = stridesOf(shape);
  const start = strides.reduce((sum, stride, axis) => sum + stride * pads!.data[axis]!, 0);
  const data = new Float64Array(countOf(shape)).fill(value?.data[0] ?? 0);
  offsets(x!.shape, strides, start).forEach((place, index) => (data[place] = x!.data[index]!));
  return [{ type: x!.type, shape, data }];
};

export const expand: Kernel<"Expand"> = ([x, target]) => {
  const shape = broadcast(x!.shape, Array.from(target!.data));
  return [pick(x!, shape, offsets(shape, broadcastStrides(x!.shape, shape)))];
};

/** ONNX would count a negative index from the end; here it is always a mistake, e.g. an "ignore" label of -100. */
function checked(op: string, index: number, size: number): number {
  if (index >= 0 && index < size) return index;
  throw new NeriumError("RUNTIME", `${op}: expected an index from 0 to ${size - 1}, got ${index}`);
}

export const gather: Kernel<"Gather"> = ([table, indices], { axis }) => {
  const [before, size, after] = [
    table!.shape.slice(0, axis),
    table!.shape[axis]!,
    table!.shape.slice(axis + 1),
  ];
  const inner = countOf(after);
  const places: number[] = [];
  for (let outer = 0; outer < countOf(before); outer++) {
    for (const index of indices!.data) {
      const start = (outer * size + checked("Gather", index, size)) * inner;
      for (let step = 0; step < inner; step++) places.push(start + step);
    }
  }
  return [pick(table!, [...before, ...indices!.shape, ...after], Int32Array.from(places))];
};

/** Places in `x` that `indices` names: its own coordinates, except along `axis`, where its value counts. */
function namedPlaces(op: string, x: PlainTensor, indices: PlainTensor, signedAxis: number): Int32Array {
  const axis = fromFront(signedAxis, x.shape.length);
  const strides = stridesOf(x.shape);
  const others = strides.map((stride, index) => (index === axis ? 0 : stride));
  return offsets(indices.shape, others).map(
    (place, index) => place + checked(op, indices.data[index]!, x.shape[axis]!) * strides[axis]!,
  );
}

export const gatherElements: Kernel<"GatherElements"> = ([x, indices], { axis }) => [
  pick(x!, indices!.shape, namedPlaces("GatherElements", x!, indices!, axis)),
];

export const scatterElements: Kernel<"ScatterElements"> = ([x, indices, updates], { axis, reduction }) => {
  const data = x!.data.slice();
  namedPlaces("ScatterElements", x!, indices!, axis).forEach((place, index) => {
    data[place] = updates!.data[index]! + (reduction === "add" ? data[place]! : 0);
  });
  return [{ type: x!.type, shape: x!.shape, data }];
};

/** Numbers along `axes` folded into one, from `start`; absent or empty axes are all of them. */
function fold(
  x: PlainTensor,
  axes: PlainTensor | undefined,
  keepdims: 0 | 1,
  start: number,
  join: (total: number, next: number) => number,
): PlainTensor {
  const named = new Set(Array.from(axes?.data ?? [], (axis) => fromFront(axis, x.shape.length)));
  const reduced = x.shape.map((_, axis) => named.size === 0 || named.has(axis));
  const kept = x.shape.map((size, axis) => (reduced[axis] ? 1 : size));
  const data = new Float64Array(countOf(kept)).fill(start);
  offsets(x.shape, broadcastStrides(kept, x.shape)).forEach(
    (place, index) => (data[place] = join(data[place]!, x.data[index]!)),
  );
  return { type: x.type, shape: keepdims ? kept : x.shape.filter((_, axis) => !reduced[axis]), data };
}

const sumOver = (x: PlainTensor, axes: PlainTensor | undefined, keepdims: 0 | 1): PlainTensor =>
  fold(x, axes, keepdims, 0, (total, next) => total + next);

export const reduceSum: Kernel<"ReduceSum"> = ([x, axes], { keepdims }) => [sumOver(x!, axes, keepdims)];

export const reduceMax: Kernel<"ReduceMax"> = ([x, axes], { keepdims }) => [
  fold(x!, axes, keepdims, -Infinity, Math.max),
];

export const reduceMean: Kernel<"ReduceMean"> = ([x, axes], { keepdims }) => {
  const sum = sumOver(x!, axes, keepdims);
  const count = x!.data.length / sum.data.length;
  return [{ ...sum, data: sum.data.map((total) => total / count) }];
};

export const shape: Kernel<"Shape"> = ([x]) => [
  { type: "int64", shape: [x!.shape.length], data: Float64Array.from(x!.shape) },
];
