/** @file A graph with our own operators → the same graph in ONNX operators only. */
import type { Graph, Node, Value } from "../types.ts";

/** CrossEntropy → Softmax, GatherElements, Clip-free Log: loss = −log p[label]. */
function lowerCrossEntropy(node: Node<"CrossEntropy">, tiny: Value): Node[] {
  const [logits, labels] = node.inputs;
  const [loss, probabilities] = node.outputs;
  const step = (suffix: string): Value => ({ ...loss!, name: `${loss!.name}_${suffix}` });
  const [picked, safe, log] = [step("picked"), step("safe"), step("log")];
  return [
    { op: "Softmax", inputs: [logits!], outputs: [probabilities!], attributes: { axis: -1 } },
    { op: "GatherElements", inputs: [probabilities!, labels!], outputs: [picked], attributes: { axis: 1 } },
    // A probability that underflows to 0 gives a large loss instead of infinity.
    { op: "Add", inputs: [picked, tiny], outputs: [safe], attributes: {} },
    { op: "Log", inputs: [safe], outputs: [log], attributes: {} },
    { op: "Neg", inputs: [log], outputs: [loss!], attributes: {} },
  ];
}

/** A product with the transposed weight; the engine fuses the two nodes into one. */
function lowerLinear({ inputs: [x, weight], outputs }: Node<"Linear">): Node[] {
  if (x!.shape.length === 2) {
    return [{ op: "Gemm", inputs: [x!, weight!], outputs, attributes: { transA: 0, transB: 1, alpha: 1 } }];
  }
  const name = `${outputs[0]!.name}_weight`;
  const turned: Value = { ...weight!, name, shape: weight!.shape.toReversed() };
  return [
    { op: "Transpose", inputs: [weight!], outputs: [turned], attributes: { perm: [1, 0] } },
    { op: "MatMul", inputs: [x!, turned], outputs, attributes: {} },
  ];
}

export function lower(graph: Graph): Graph {
  const tiny: Value = { name: "smallest_probability", type: "float32", shape: [] };
  let used = false;
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.op === "Linear") return lowerLinear(node as Node<"Linear">);
    if (node.op !== "CrossEntropy") return [node];
    used = true;
    return lowerCrossEntropy(node as Node<"CrossEntropy">, tiny);
  });
  const constants = used
    ? [...graph.constants, { value: tiny, data: new Float32Array([1e-30]) }]
    : graph.constants;
  return { ...graph, constants, nodes };
}
