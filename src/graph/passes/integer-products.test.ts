/** @file Products with int8 matrices → products of whole numbers: near the exact ones, shared roundings, other products untouched. */
import { describe, expect, it } from "vitest";
import { randomFrom } from "../../shared/random.ts";
import { onnxRuntime } from "../../runtime/onnxruntime.ts";
import { referenceRuntime } from "../../runtime/reference.ts";
import { floats, type Runtime, type Tensors } from "../../runtime/types.ts";
import { GraphBuilder } from "../builder.ts";
import type { Graph } from "../types.ts";
import { withIntegerProducts } from "./integer-products.ts";

const [out, inner] = [5, 12];

/** x · Wᵀ twice (two matrices), and dy · W. */
function products(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", ["batch", "time", inner]);
  const dy = builder.input("dy", ["batch", "time", out]);
  const matrix = (name: string) =>
    builder.node(
      "DequantizeLinear",
      [builder.input(`${name}.int8`, [out, inner], "int8"), builder.input(`${name}.scale`, [out])],
      { axis: 0 },
    )[0]!;
  const [a, b] = [matrix("a"), matrix("b")];
  return builder.finish([builder.linear(x, a), builder.linear(x, b), builder.matMul(dy, a)]);
}

const random = randomFrom(3);
const numbers = (length: number, size = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, () => size * (random() - 0.5));
const whole = (): Tensors[string] => ({
  type: "int8",
  shape: [out, inner],
  data: Int8Array.from({ length: out * inner }, () => Math.floor(random() * 255) - 127),
});
// Rows of very different sizes, one of zeros.
const x = Float32Array.from({ length: 6 * inner }, (_, at) => 10 ** ((at / inner) | 0) * (random() - 0.5));
x.fill(0, inner, 2 * inner);
const feeds: Tensors = {
  x: floats(x, [2, 3, inner]),
  dy: floats(numbers(6 * out), [2, 3, out]),
  "a.int8": whole(),
  "a.scale": floats(numbers(out).map(Math.abs), [out]),
  "b.int8": whole(),
  "b.scale": floats(numbers(out).map(Math.abs), [out]),
};

async function run(runtime: Runtime, graph: Graph): Promise<Float32Array[]> {
  await using session = await runtime.open(graph, { threads: 1 });
  return (await session.run(feeds)).map(({ data }) => data as Float32Array);
}

describe("products of whole numbers", () => {
  it.each([
    ["the engine", onnxRuntime],
    ["the reference", referenceRuntime],
  ] as const)("are near the exact ones, row by row: %s", async (_, runtime) => {
    const exact = await run(runtime, products());
    const near = await run(runtime, withIntegerProducts(products()));
    for (const [index, expected] of exact.entries()) {
      const width = index < 2 ? out : inner;
      for (let row = 0; row < 6; row++) {
        const cut = (data: Float32Array) => data.subarray(row * width, (row + 1) * width);
        const norm = Math.hypot(...cut(expected));
        const error = Math.hypot(...cut(expected).map((number, at) => number - cut(near[index]!)[at]!));
        expect(error, `output ${index}, row ${row}`).toBeLessThanOrEqual(0.02 * norm);
      }
    }
    expect(near[0]!.join()).not.toBe(exact[0]!.join());
  });

  it("round an input once for all products with it, and leave no matrix in single precision", () => {
    const { nodes } = withIntegerProducts(products());
    const count = (op: string): number => nodes.filter((node) => node.op === op).length;
    const used = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ name }) => name)));
    expect([count("MatMulInteger"), count("Abs"), count("Linear"), count("MatMul")]).toEqual([3, 2, 0, 0]);
    const expanded = nodes
      .filter(({ op }) => op === "DequantizeLinear")
      .map(({ outputs }) => outputs[0]!.name);
    expect(expanded.some((name) => used.has(name))).toBe(false);
  });

  it("are not made of products with other matrices", () => {
    const builder = new GraphBuilder();
    const graph = builder.finish([
      builder.linear(builder.input("x", ["batch", 4]), builder.input("weight", [3, 4])),
    ]);
    expect(withIntegerProducts(graph).nodes).toEqual(graph.nodes);
  });
});
