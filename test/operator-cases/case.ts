/** @file What a case is made of, and the sizes that its symbolic dimensions take. */
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/types.ts";
import type { Operand, Operands, Sizes } from "../operands.ts";

export interface OperatorCase {
  readonly title: string;
  readonly inputs: Operands;
  /** The operator's outputs; gradients flow through the first. */
  readonly build: (builder: GraphBuilder, inputs: Readonly<Record<string, Value>>) => readonly Value[];
  /** Why there is no gradient to check. */
  readonly forwardOnly?: string;
}

/** Every case runs at each of these. */
export const caseSizes: readonly Sizes[] = [
  { batch: 3, time: 5, rows: 2 },
  { batch: 1, time: 1, rows: 1 },
  { batch: 2, time: 1, rows: 3 },
];

type Build<Names extends string> = (
  builder: GraphBuilder,
  inputs: Readonly<Record<Names, Value>>,
) => Value | readonly Value[];

export function operatorCase<Names extends string>(
  title: string,
  inputs: Readonly<Record<Names, Operand>>,
  build: Build<Names>,
  forwardOnly?: string,
): OperatorCase {
  const outputs = (builder: GraphBuilder, values: Readonly<Record<string, Value>>): readonly Value[] =>
    [build(builder, values as Readonly<Record<Names, Value>>)].flat();
  return { title, inputs, build: outputs, ...(forwardOnly !== undefined && { forwardOnly }) };
}
