/** @file A graph → the same graph without what the WebGPU kernels are known to compute wrongly. */
import type { Constant, Graph, Node, Operator, OperatorAttributes, Value } from "../types.ts";

function constant(name: string, data: Float32Array | BigInt64Array, shape: readonly number[]): Constant {
  return { value: { name, type: data instanceof Float32Array ? "float32" : "int64", shape }, data };
}

const one = constant("webgpu_one", new Float32Array([1]), []);
const lastAxis = constant("webgpu_last_axis", new BigInt64Array([-1n]), [1]);

/**
 * The kernel's second output is the mean of a row instead of 1 / its root mean square: losses stay right and gradients
 * become wrong (docs/decisions/2026-11-26-webgpu-norm.md). It is computed here beside the kernel.
 */
function inverseRootMeanSquare(node: Node<"SimplifiedLayerNormalization">): {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
} {
  const [x, inverse] = [node.inputs[0]!, node.outputs[1]!];
  const epsilon = constant(`${inverse.name}_epsilon`, new Float32Array([node.attributes.epsilon]), []);
  const nodes: Node[] = [{ ...node, outputs: [node.outputs[0]!] }];
  const add = <Op extends Operator>(
    op: Op,
    inputs: readonly Value[],
    output: Value,
    attributes: OperatorAttributes[Op],
  ): Value => {
    nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const step = (name: string, { shape }: Value): Value => ({
    ...inverse,
    name: `${inverse.name}_${name}`,
    shape,
  });
  const squares = add("Mul", [x, x], step("squares", x), {});
  const mean = add("ReduceMean", [squares, lastAxis.value], step("mean", inverse), { keepdims: 1 });
  const safe = add("Add", [mean, epsilon.value], step("safe", inverse), {});
  const root = add("Sqrt", [safe], step("root", inverse), {});
  add("Div", [one.value, root], inverse, {});
  return { nodes, constants: [epsilon] };
}

const isNorm = (node: Node): node is Node<"SimplifiedLayerNormalization"> =>
  node.op === "SimplifiedLayerNormalization";

export function forWebGpu(graph: Graph): Graph {
  const used = new Set(
    [...graph.outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)].map(({ name }) => name),
  );
  const constants = [...graph.constants, one, lastAxis];
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (!isNorm(node) || node.outputs[1] === undefined || !used.has(node.outputs[1].name)) return [node];
    const replaced = inverseRootMeanSquare(node);
    constants.push(...replaced.constants);
    return replaced.nodes;
  });
  return { ...graph, constants, nodes };
}
