/** @file Shapes → strides and offsets: the arithmetic that lets every kernel of the reference be one plain loop. */
import type { DataType, Operator, OperatorAttributes } from "../../graph/types.ts";

/** A tensor of any type whose numbers are doubles; int64 is exact up to 2^53. */
export interface PlainTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What one operator computes, given tensors whose types and ranks the graph's signatures have checked. */
export type Kernel<Op extends Operator> = (
  inputs: readonly PlainTensor[],
  attributes: OperatorAttributes[Op],
) => readonly PlainTensor[];

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major: the last axis is contiguous. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

/** For each element of `shape`, in row-major order: start + Σ coordinate · stride. */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let places = Int32Array.of(start);
  shape.forEach((size, axis) => {
    const longer = new Int32Array(places.length * size);
    places.forEach((place, index) => {
      for (let step = 0; step < size; step++) longer[index * size + step] = place + step * strides[axis]!;
    });
    places = longer;
  });
  return places;
}

/** NumPy's rule, for sizes that are known. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    return left === 1 ? right : left;
  });
}

/** Strides with which a tensor of shape `from` is read as one of shape `to`: 0 along repeated axes. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  return to.map((size, axis) => {
    const place = axis - (to.length - from.length);
    if (place < 0 || from[place] === 1) return 0;
    if (from[place] !== size)
      throw new Error(`internal: cannot broadcast [${from.join()}] to [${to.join()}]`);
    return own[place]!;
  });
}

/** Numbers by their index; a loop because Float64Array.from with a function is nine times slower (measured). */
export function filled(count: number, numberAt: (index: number) => number): Float64Array {
  const data = new Float64Array(count);
  for (let index = 0; index < count; index++) data[index] = numberAt(index);
  return data;
}

/** A tensor whose element i is element places[i] of x. */
export function pick(x: PlainTensor, shape: readonly number[], places: Int32Array): PlainTensor {
  return { type: x.type, shape, data: filled(places.length, (index) => x.data[places[index]!]!) };
}

/** Counts an axis from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
