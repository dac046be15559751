/** @file Shapes that are partly names: what the builder infers, and what it refuses before anything runs. */
import { describe, expect, it } from "vitest";
import { evaluate } from "../../test/runtimes.ts";
import { GraphBuilder } from "./builder.ts";
import { unbroadcast } from "./gradients/rule.ts";
import { prune } from "./passes/prune.ts";
import type { Shape, Value } from "./types.ts";

/** Builds with inputs x, y, … of the given shapes. */
function built<Result>(
  shapes: readonly Shape[],
  build: (builder: GraphBuilder, ...values: Value[]) => Result,
): Result {
  const builder = new GraphBuilder();
  return build(builder, ...shapes.map((shape, index) => builder.input(`input ${index}`, shape)));
}

type Refusal = readonly [
  string,
  readonly Shape[],
  (builder: GraphBuilder, ...values: Value[]) => unknown,
  string,
];

const refused: readonly Refusal[] = [
  ["two names broadcast", [["batch"], ["time"]], (b, x, y) => b.add(x, y), "broadcast [batch] with [time]"],
  ["a name and a number broadcast", [["batch"], [4]], (b, x, y) => b.mul(x, y), "broadcast [batch] with [4]"],
  ["floats meet whole numbers", [[2]], (b, x) => b.add(x, b.ints([1, 2])), "float32 meets int64"],
  [
    "inner sizes differ",
    [
      ["n", 4],
      [3, 4],
    ],
    (b, x, y) => b.matMul(x, y),
    "MatMul of [n, 4] and [3, 4]",
  ],
  [
    "batches differ",
    [
      ["a", 2, 4],
      ["b", 4, 2],
    ],
    (b, x, y) => b.matMul(x, y),
    "broadcast [a] with [b]",
  ],
  ["a product with a list", [["n", 4], [4]], (b, x, y) => b.matMul(x, y), "MatMul of [n, 4] and [4]"],
  [
    "Gemm of a batch",
    [
      ["n", 2, 4],
      [4, 3],
    ],
    (b, x, y) => b.gemm(x, y),
    "two matrices",
  ],
  [
    "Gemm, turned, of other sizes",
    [
      [4, "n"],
      [3, 2],
    ],
    (b, x, y) => b.gemm(x, y, { transA: 1, transB: 1 }),
    "MatMul of",
  ],
  ["a slice of an unknown size", [["n", 4]], (b, x) => b.slice(x, 0, 0, 1), "unknown size"],
  ["a slice that ends before it starts", [[6]], (b, x) => b.slice(x, 0, 4, 2), "Slice from 4 to 2"],
  ["a slice counted from behind", [[6]], (b, x) => b.slice(x, 0, 0, -1), "Slice from 0 to -1"],
  ["padding of an unknown size", [["n", 4]], (b, x) => b.pad(x, [1, 0, 0, 0]), "unknown size"],
  ["an axis that is not there", [["n", 4]], (b, x) => b.reduceSum(x, [2]), "axis 2 of a value of rank 2"],
  ["a sum over no axis", [["n", 4]], (b, x) => b.reduceSum(x, []), "over no axis"],
  [
    "parts that differ beside the axis",
    [
      [2, 3],
      [2, 4],
    ],
    (b, x, y) => b.concat([x, y], 0),
    "Concat of [2, 3] and [2, 4]",
  ],
  ["an axis taken twice", [["n", 4]], (b, x) => b.transpose(x, [0, 0]), "Transpose of [n, 4]"],
  ["an axis left out", [["n", 4, 5]], (b, x) => b.transpose(x, [0, 2]), "Transpose of [n, 4, 5]"],
  ["a reshape to another count", [[2, 3]], (b, x) => b.reshape(x, [4]), "Reshape of [2, 3] and [4]"],
  ["a reshape with two open sizes", [["n"]], (b, x) => b.reshape(x, ["a", "b"]), "leaves 2 sizes open"],
  [
    "an expansion to other sizes",
    [
      ["n", 3],
      ["n", 4],
    ],
    (b, x, y) => b.expandLike(x, y),
    "broadcast [n, 3] with [n, 4]",
  ],
  ["a norm's weight of another width", [["n", 4], [3]], (b, x, y) => b.rmsNorm(x, y, 1e-5), "[n, 4] and [3]"],
  [
    "labels of other rows",
    [
      ["n", 4],
      ["m", 1],
    ],
    (b, x, y) => b.crossEntropy(x, y),
    "CrossEntropy of [n, 4] and [m, 1]",
  ],
  [
    "labels without their axis",
    [["n", 4], ["n"]],
    (b, x, y) => b.crossEntropy(x, y),
    "CrossEntropy of [n, 4] and [n]",
  ],
  ["picking by a list", [["n", 4], ["n"]], (b, x, y) => b.gatherElements(x, y, 1), "GatherElements of"],
  [
    "updates that are not as many as their places",
    [
      ["n", 4],
      ["n", 1],
      ["n", 2],
    ],
    (b, x, y, z) => b.node("ScatterElements", [x, y, z], { axis: 1, reduction: "add" }),
    "ScatterElements of",
  ],
  ["an input of a name that is taken", [["n"]], (b) => b.input("input 0", ["n"]), 'input "input 0" exists'],
];

describe("the builder refuses", () => {
  it.each(refused)("%s", (_, shapes, build, message) => {
    expect(() => built(shapes, build as never)).toThrow(message);
  });
});

describe("the builder", () => {
  it("keeps names through broadcasting, products and reductions", () => {
    built(
      [
        ["batch", "time", 4],
        [4, 3],
      ],
      (b, x, weight) => {
        expect(b.matMul(x, weight).shape).toEqual(["batch", "time", 3]);
        expect(b.add(x, b.scalar(1)).shape).toEqual(["batch", "time", 4]);
        expect(b.reduceSum(x, [-1]).shape).toEqual(["batch", "time", 1]);
        expect(b.reduceSum(x, [0], 0).shape).toEqual(["time", 4]);
        expect(b.transpose(x, [2, 0, 1]).shape).toEqual([4, "batch", "time"]);
        expect(b.concat([x, x], 1).shape).toEqual(["batch", "time+time", 4]);
      },
    );
  });

  it("shares small equal constants, but not across shapes and types", () => {
    const builder = new GraphBuilder();
    expect(builder.scalar(2)).toBe(builder.scalar(2));
    expect(builder.ints([1, 2])).toBe(builder.ints([1, 2]));
    expect(builder.constant(Float32Array.of(2), [1])).not.toBe(builder.scalar(2));
    expect(builder.constant(Int32Array.of(1, 2), [2])).not.toBe(builder.ints([1, 2]));
  });

  it("knows the content of constant whole numbers, and of nothing else", () => {
    built([[2]], (b, x) => {
      expect(b.intsOf(b.ints([3, -1]))).toEqual([3, -1]);
      expect(b.intsOf(b.scalar(3))).toBeUndefined();
      expect(b.intsOf(x)).toBeUndefined();
    });
  });
});

/** Operators that reshapeLike needs. */
function reshapesFor(from: Shape, to: Shape): string[] {
  return built([from, to], (b, x, like) => {
    expect(b.reshapeLike(x, like).shape).toEqual(to);
    return b.nodes.map(({ op }) => op);
  });
}

const counting = (...shape: number[]) =>
  ({ type: "float32", shape, data: new Float64Array(24).map((_, index) => index) }) as const;

describe("reshapeLike", () => {
  it("does nothing where the shapes are the same", () => {
    expect(reshapesFor(["batch", 4], ["batch", 4])).toEqual([]);
  });

  it("writes the shape as a constant while at most one size is open", () => {
    expect(reshapesFor(["rows", 4], ["batch", 4])).toEqual(["Reshape"]);
    expect(reshapesFor(["batch", 1, "time"], ["batch", "time"])).toEqual(["Reshape"]);
  });

  it("asks for the other value's shape when two are open", () => {
    expect(reshapesFor(["rows", 4], ["batch", "time", 4])).toEqual(["Shape", "Reshape"]);
  });

  it("gives what it promises", () => {
    const graph = built(
      [
        ["rows", 4],
        ["batch", "time", 4],
      ],
      (b, x, like) => b.finish([b.reshapeLike(x, like)]),
    );
    const [found] = evaluate(graph, { "input 0": counting(6, 4), "input 1": counting(2, 3, 4) });
    expect(found).toEqual(counting(2, 3, 4));
  });
});

/** Operators that unbroadcast needs. */
function sumsFor(from: Shape, to: Shape): string[] {
  return built([from, to], (b, gradient, target) => {
    expect(unbroadcast(b, gradient, target).shape).toEqual(to);
    return b.nodes.map(({ op }) => op);
  });
}

describe("unbroadcast", () => {
  it("does nothing where nothing was broadcast", () => {
    expect(sumsFor(["batch", 1, 4], ["batch", 1, 4])).toEqual([]);
  });

  it("sums over axes of one element, and drops axes that were put in front", () => {
    expect(sumsFor(["batch", "time", 4], ["batch", 1, 4])).toEqual(["ReduceSum"]);
    expect(sumsFor(["batch", "time", 4], [4])).toEqual(["ReduceSum", "Reshape"]);
    expect(sumsFor(["batch", "time", 4], ["time", 1])).toEqual(["ReduceSum", "Reshape"]);
    expect(sumsFor(["batch", "time"], [])).toEqual(["ReduceSum", "Reshape"]);
  });
});

describe("prune", () => {
  it("keeps what an output needs, in order, and nothing else", () => {
    const pruned = built([["n"], ["n"]], (b, x, y) => {
      const used = b.exp(b.mul(x, b.scalar(2)));
      b.log(b.mul(y, b.scalar(3)));
      b.neg(used);
      return prune(b.finish([used]));
    });
    expect(pruned.nodes.map(({ op }) => op)).toEqual(["Mul", "Exp"]);
    expect(pruned.constants.map(({ data }) => [...data])).toEqual([[2]]);
    expect(pruned.inputs).toHaveLength(2); // feeds stay the same whatever is asked for
  });

  it("keeps a node for the sake of any of its outputs", () => {
    const pruned = built([["n", 4], [4]], (b, x, weight) => {
      const [, inverse] = b.node("SimplifiedLayerNormalization", [x, weight], { axis: -1, epsilon: 1e-5 });
      return prune(b.finish([inverse!]));
    });
    expect(pruned.nodes).toHaveLength(1);
  });
});
