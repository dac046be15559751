/** @file A graph with our own operators → the same graph in operators that the engine knows. */
import { nf4Block, nf4Values } from "../../formats/nf4.ts";
import type {
  Constant,
  ConstantData,
  Graph,
  Node,
  Operator,
  OperatorAttributes,
  Shape,
  Value,
} from "../types.ts";

/** Makes the nodes, values and constants that stand in for one node. */
class Replacement {
  readonly nodes: Node[] = [];
  readonly #constants: Map<string, Constant>;
  readonly #base: string;

  constructor(base: string, constants: Map<string, Constant>) {
    this.#base = base;
    this.#constants = constants;
  }

  value(suffix: string, shape: Shape, type: Value["type"] = "float32"): Value {
    return { name: `${this.#base}_${suffix}`, type, shape };
  }

  /** The same constant for every node that asks for this name. */
  constant(name: string, data: ConstantData, shape: readonly number[]): Value {
    const type = data instanceof Float32Array ? "float32" : "int64";
    if (!this.#constants.has(name)) this.#constants.set(name, { value: { name, type, shape }, data });
    return this.#constants.get(name)!.value;
  }

  add<Op extends Operator>(
    op: Op,
    inputs: readonly Value[],
    output: Value,
    attributes: OperatorAttributes[Op],
  ): Value {
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }
}

type Lowering<Op extends Operator> = (node: Node<Op>, replacement: Replacement) => void;

/** Softmax, GatherElements, Log: loss = −log p[label]. */
const crossEntropy: Lowering<"CrossEntropy"> = ({ inputs: [logits, labels], outputs }, to) => {
  const [loss, probabilities] = outputs;
  // A probability that underflows to 0 gives a large loss instead of infinity.
  const tiny = to.constant("smallest_probability", new Float32Array([1e-30]), []);
  to.add("Softmax", [logits!], probabilities!, { axis: -1 });
  const picked = to.add("GatherElements", [probabilities!, labels!], to.value("picked", loss!.shape), {
    axis: 1,
  });
  const safe = to.add("Add", [picked, tiny], to.value("safe", loss!.shape), {});
  to.add("Neg", [to.add("Log", [safe], to.value("log", loss!.shape), {})], loss!, {});
};

/** A product with the transposed weight; the engine fuses the two nodes into one. */
const linear: Lowering<"Linear"> = ({ inputs: [x, weight], outputs: [y] }, to) => {
  if (x!.shape.length === 2) {
    to.add("Gemm", [x!, weight!], y!, { transA: 0, transB: 1, alpha: 1 });
    return;
  }
  const turned = to.value("weight", weight!.shape.toReversed());
  to.add("MatMul", [x!, to.add("Transpose", [weight!], turned, { perm: [1, 0] })], y!, {});
};

/** Both numbers of a byte, [256, 2]. */
const pairsOfBytes = (): Float32Array =>
  Float32Array.from(
    { length: 512 },
    (_, place) => nf4Values[place % 2 === 0 ? place >> 5 : (place >> 1) & 15]!,
  );

/** Each byte is looked up as the two numbers it stands for, then blocks are scaled. */
const nf4Dequantize: Lowering<"Nf4Dequantize"> = (
  { inputs: [codes, absmax], outputs: [y], attributes },
  to,
) => {
  const elements = attributes.out * attributes.in;
  const blocks = elements / nf4Block;
  const table = to.constant("nf4_pairs", pairsOfBytes(), [256, 2]);
  const shaped = (name: string, sizes: readonly number[]): Value =>
    to.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
  const perBlock = shaped(`nf4_blocks_${blocks}`, [blocks, nf4Block]);
  const perScale = shaped(`nf4_scales_${blocks}`, [blocks, 1]);
  const matrix = shaped(`nf4_matrix_${attributes.out}_${attributes.in}`, [attributes.out, attributes.in]);
  const indices = to.add("Cast", [codes!], to.value("indices", codes!.shape, "int32"), { to: "int32" });
  const pairs = to.add("Gather", [table, indices], to.value("pairs", [elements / 2, 2]), { axis: 0 });
  const numbers = to.add("Reshape", [pairs, perBlock], to.value("numbers", [blocks, nf4Block]), {});
  const scales = to.add("Reshape", [absmax!, perScale], to.value("scales", [blocks, 1]), {});
  const scaled = to.add("Mul", [numbers, scales], to.value("scaled", [blocks, nf4Block]), {});
  to.add("Reshape", [scaled, matrix], y!, {});
};

const lowerings: { readonly [Op in Operator]?: Lowering<Op> } = {
  CrossEntropy: crossEntropy,
  Linear: linear,
  Nf4Dequantize: nf4Dequantize,
};

export function lower(graph: Graph): Graph {
  const added = new Map<string, Constant>();
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const lowering = lowerings[node.op] as Lowering<Operator> | undefined;
    if (lowering === undefined) return [node];
    const replacement = new Replacement(node.outputs[0]!.name, added);
    lowering(node, replacement);
    return replacement.nodes;
  });
  return { ...graph, constants: [...graph.constants, ...added.values()], nodes };
}
