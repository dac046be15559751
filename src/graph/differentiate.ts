/** @file A graph under construction, its loss and some of its values → the loss's gradients, as nodes of the same graph. */
import type { GraphBuilder } from "./builder.ts";
import { type GradientRule, ruleArguments } from "./gradients/rule.ts";
import { type DifferentiableOperator, gradientRules } from "./gradients/table.ts";
import { elementCount, formatShape } from "./shapes.ts";
import type { Operator, Value } from "./types.ts";

function isDifferentiable(op: Operator): op is DifferentiableOperator {
  return op in gradientRules;
}

/** Names of all values that depend on one of `sources`. */
function dependents(builder: GraphBuilder, sources: readonly Value[]): Set<string> {
  const names = new Set(sources.map(({ name }) => name));
  for (const node of builder.nodes) {
    if (isDifferentiable(node.op) && node.inputs.some(({ name }) => names.has(name))) {
      for (const output of node.outputs) names.add(output.name);
    }
  }
  return names;
}

/** A value and the gradient of some loss with respect to it, of the same shape. */
export interface Seed {
  readonly value: Value;
  readonly gradient: Value;
}

/**
 * Reverse-mode differentiation (Linnainmaa 1970) of a scalar `loss` (one element, any rank).
 * `sources` may be inputs, parameters or any value on the way, e.g. gathered embedding rows; a source counts as
 * independent: what it was computed from gets no gradient through it.
 * Returns one gradient for each source, of the source's shape; a source that the loss does not depend on is an error.
 */
export function differentiate(builder: GraphBuilder, loss: Value, sources: readonly Value[]): Value[] {
  if (elementCount(loss.shape) !== 1) {
    throw new Error(`internal: a loss has one element, got ${formatShape(loss.shape)}`);
  }
  const ones = loss.shape.map(() => 1);
  return pullBack(
    builder,
    [{ value: loss, gradient: builder.constant(new Float32Array([1]), ones) }],
    sources,
  );
}

/** The same from gradients that are known further on: the backward pass of a part of a network. */
export function pullBack(builder: GraphBuilder, seeds: readonly Seed[], sources: readonly Value[]): Value[] {
  const wanted = dependents(builder, sources);
  const leaves = new Set(sources.map(({ name }) => name));
  const gradients = new Map(seeds.map(({ value, gradient }) => [value.name, gradient]));
  for (const node of [...builder.nodes].reverse()) {
    const upstream = gradients.get(node.outputs[0]!.name);
    const side = node.outputs.slice(1).find(({ name }) => gradients.has(name));
    if (side !== undefined)
      throw new Error(`internal: no gradient flows through ${side.name}, a second output`);
    if (upstream === undefined || !isDifferentiable(node.op) || leaves.has(node.outputs[0]!.name)) continue;
    const rule = gradientRules[node.op] as GradientRule<Operator>;
    rule(ruleArguments(builder, node, upstream)).forEach((gradient, index) => {
      const input = node.inputs[index]!;
      if (gradient === undefined || !wanted.has(input.name)) return;
      const earlier = gradients.get(input.name);
      const added = gradient();
      gradients.set(input.name, earlier === undefined ? added : builder.add(earlier, added));
    });
  }
  return sources.map((source) => {
    const gradient = gradients.get(source.name);
    if (gradient === undefined) throw new Error(`internal: the loss does not depend on ${source.name}`);
    return gradient;
  });
}
