/** @file Descriptions of operands → inputs of a graph and random tensors to feed them; equal seeds give equal numbers. */
import type { GraphBuilder } from "../src/graph/builder.ts";
import type { DataType, Shape, Value } from "../src/graph/types.ts";
import type { PlainTensor } from "../src/runtime/reference.ts";

export interface Operand {
  readonly shape: Shape;
  /** float32 unless stated. */
  readonly type?: DataType;
  /** Smallest and largest value; integers stay below the second. -1.5 to 1.5 unless stated. */
  readonly range?: readonly [number, number];
  /** Exact content instead of random numbers. */
  readonly values?: readonly number[];
  /** Not asked for its gradient although it holds floats: a table that the operator takes as given. */
  readonly given?: true;
}

export type Operands = Readonly<Record<string, Operand>>;
export type Sizes = Readonly<Record<string, number>>;
export type Random = () => number;

/** Numbers from 0 to below 1 (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function concrete(shape: Shape, sizes: Sizes): number[] {
  return shape.map((dimension) => {
    const size = typeof dimension === "number" ? dimension : sizes[dimension];
    if (size === undefined) throw new Error(`no size for "${dimension}"`);
    return size;
  });
}

/** Numbers that single precision holds exactly, so that every runtime is fed the same ones. */
export function randomTensor(operand: Operand, sizes: Sizes, random: Random): PlainTensor {
  const { type = "float32", range: [low, high] = [-1.5, 1.5], values } = operand;
  const shape = concrete(operand.shape, sizes);
  const count = shape.reduce((product, size) => product * size, 1);
  const draw = (): number => low + (high - low) * random();
  const data = new Float64Array(count).map((_, index) => {
    if (values !== undefined) return values[index]!;
    return type === "float32" ? Math.fround(draw()) : Math.floor(draw());
  });
  return { type, shape, data };
}

export function randomFeeds(operands: Operands, sizes: Sizes, random: Random): Record<string, PlainTensor> {
  return Object.fromEntries(
    Object.entries(operands).map(([name, operand]) => [name, randomTensor(operand, sizes, random)]),
  );
}

export function declareInputs<Names extends string>(
  builder: GraphBuilder,
  operands: Readonly<Record<Names, Operand>>,
): Record<Names, Value> {
  const entries = Object.entries<Operand>(operands);
  return Object.fromEntries(
    entries.map(([name, { shape, type }]) => [name, builder.input(name, shape, type)]),
  ) as Record<Names, Value>;
}
