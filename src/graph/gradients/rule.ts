/** @file What a gradient rule is given and gives back, and the helpers that several rules need. */
import type { GraphBuilder } from "../builder.ts";
import { sameShape } from "../shapes.ts";
import type { Node, Operator, OperatorAttributes, Value } from "../types.ts";

export interface RuleArguments<Op extends Operator> {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OperatorAttributes[Op];
  /** Gradient of the loss with respect to the node's first output, of the same shape. */
  readonly upstream: Value;
}

/** One thunk per input, called only where that input's gradient is wanted; undefined: no gradient flows there. */
export type GradientRule<Op extends Operator> = (
  rule: RuleArguments<Op>,
) => readonly ((() => Value) | undefined)[];

export function ruleArguments<Op extends Operator>(
  builder: GraphBuilder,
  node: Node<Op>,
  upstream: Value,
): RuleArguments<Op> {
  return { builder, inputs: node.inputs, outputs: node.outputs, attributes: node.attributes, upstream };
}

/** Sums a gradient over the axes along which `target` was broadcast. */
export function unbroadcast(builder: GraphBuilder, gradient: Value, target: Value): Value {
  if (sameShape(gradient.shape, target.shape)) return gradient;
  const extra = gradient.shape.length - target.shape.length;
  const axes = gradient.shape.flatMap((dimension, axis) =>
    axis < extra || (target.shape[axis - extra] === 1 && dimension !== 1) ? [axis] : [],
  );
  return builder.reshapeLike(builder.reduceSum(gradient, axes), target);
}

// Only gradients use this name: were it a name of the model's, reshape would take the two sizes for equal.
const flattened = "flattened rows";

/** Rows of all leading axes as one matrix [rows, columns]. */
export function asRows(builder: GraphBuilder, x: Value): Value {
  return x.shape.length === 2 ? x : builder.reshape(x, [flattened, x.shape.at(-1)!]);
}

export function swapLast(builder: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  const rank = axes.length;
  [axes[rank - 2], axes[rank - 1]] = [rank - 1, rank - 2];
  return builder.transpose(x, axes);
}

/** The integers of a constant such as the axes of a ReduceSum. */
export function constantInts(builder: GraphBuilder, value: Value): readonly number[] {
  const ints = builder.intsOf(value);
  if (ints === undefined) throw new Error(`internal: ${value.name} must be a constant integer tensor`);
  return ints;
}
