/**
 * @file A graph with products of int8 matrices → the same graph, in which those products are of whole numbers: rows of the other
 * factor are rounded to 8 bits with a scale each, and the matrix is never expanded to single precision.
 */
import type { Constant, Graph, Node, Operator, OperatorAttributes, Shape, Value } from "../types.ts";

function constant(
  name: string,
  type: Value["type"],
  data: Constant["data"],
  shape: readonly number[],
): Constant {
  return { value: { name: `integer_${name}`, type, shape }, data };
}

const lastAxis = constant("last_axis", "int64", BigInt64Array.of(-1n), [1]);
const largest = constant("largest", "float32", Float32Array.of(127), []);
/** Keeps a row of zeros from being divided by zero. */
const smallest = constant("smallest", "float32", Float32Array.of(1e-30), []);
/** The cast cuts what is behind the point off: with the half it rounds. */
const centre = constant("centre", "float32", Float32Array.of(128.5), []);
const zero = constant("zero", "uint8", Uint8Array.of(128), []);

interface Rows {
  /** uint8, around 128. */
  readonly whole: Value;
  /** [.., 1] */
  readonly scale: Value;
}

class Rewriting {
  readonly nodes: Node[] = [];
  /** What several products share: q, k and v have one x. */
  readonly #rows = new Map<string, Rows>();
  readonly #turned = new Map<string, Value>();

  add<Op extends Operator>(
    op: Op,
    inputs: readonly Value[],
    name: string,
    [type, shape]: readonly [Value["type"], Shape],
    attributes: OperatorAttributes[Op],
  ): Value {
    const output = { name, type, shape };
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  rows(x: Value): Rows {
    const known = this.#rows.get(x.name);
    if (known !== undefined) return known;
    const [all, each] = [
      ["float32", x.shape],
      ["float32", [...x.shape.slice(0, -1), 1]],
    ] as const;
    const part = (name: string): string => `${x.name}_rows_${name}`;
    const sizes = this.add("Abs", [x], part("sizes"), all, {});
    const most = this.add("ReduceMax", [sizes, lastAxis.value], part("most"), each, { keepdims: 1 });
    const divided = this.add("Div", [most, largest.value], part("divided"), each, {});
    const scale = this.add("Add", [divided, smallest.value], part("scale"), each, {});
    const scaled = this.add("Div", [x, scale], part("scaled"), all, {});
    const shifted = this.add("Add", [scaled, centre.value], part("shifted"), all, {});
    const whole = this.add("Cast", [shifted], part("whole"), ["uint8", x.shape], { to: "uint8" });
    const rows = { whole, scale };
    this.#rows.set(x.name, rows);
    return rows;
  }

  turned(matrix: Value): Value {
    const sizes = ["int8", matrix.shape.toReversed()] as const;
    const turned =
      this.#turned.get(matrix.name) ??
      this.add("Transpose", [matrix], `${matrix.name}_turned`, sizes, { perm: [1, 0] });
    this.#turned.set(matrix.name, turned);
    return turned;
  }

  /** rows · matrix, [.., K] · [K, N], in single precision under the rows' scales. */
  product({ whole, scale }: Rows, matrix: Value, y: Value, name: string): Value {
    const sums = this.add(
      "MatMulInteger",
      [whole, matrix, zero.value],
      `${y.name}_sums`,
      ["int32", y.shape],
      {},
    );
    const numbers = this.add("Cast", [sums], `${y.name}_numbers`, ["float32", y.shape], { to: "float32" });
    return this.add("Mul", [numbers, scale], name, ["float32", y.shape], {});
  }
}

/** Products of x [.., in] and of gradients [.., out] with a matrix [out, in] that DequantizeLinear gives; others are left alone. */
export function withIntegerProducts(graph: Graph): Graph {
  const matrices = new Map(
    graph.nodes
      .filter(({ op }) => op === "DequantizeLinear")
      .map(({ inputs, outputs }) => [outputs[0]!.name, inputs] as const),
  );
  const to = new Rewriting();
  for (const node of graph.nodes) {
    const [x, weight] = node.inputs;
    const [matrix, scale] = matrices.get(weight?.name ?? "") ?? [];
    const y = node.outputs[0]!;
    if (matrix === undefined) to.nodes.push(node);
    else if (node.op === "Linear") {
      const numbers = to.product(to.rows(x!), to.turned(matrix), y, `${y.name}_unscaled`);
      to.add("Mul", [numbers, scale!], y.name, [y.type, y.shape], {});
    } else if (node.op === "MatMul") {
      // The scales of the matrix's rows lie along what is summed over: they go to the other factor first.
      const scaled = to.add("Mul", [x!, scale!], `${y.name}_scaled`, [x!.type, x!.shape], {});
      to.product(to.rows(scaled), matrix, y, y.name);
    } else to.nodes.push(node);
  }
  return {
    ...graph,
    constants: [...graph.constants, lastAxis, largest, smallest, centre, zero],
    nodes: to.nodes,
  };
}
