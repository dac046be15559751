/** @file The reference runtime's own rules: which feeds it refuses and how it says so, and numbers worked out by hand. */
import { describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { evaluate, type PlainTensor, referenceRuntime } from "./reference.ts";
import { floats, ints64, type Tensors } from "./types.ts";

function sumGraph() {
  const builder = new GraphBuilder();
  const x = builder.input("x", ["batch", 2]);
  const y = builder.input("y", ["batch", 1]);
  return builder.finish([builder.add(x, y)]);
}

async function problemOf(feeds: Tensors): Promise<string> {
  await using session = await referenceRuntime.open(sumGraph());
  const error: unknown = await session.run(feeds).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NeriumError);
  expect(error).toMatchObject({ code: "RUNTIME" });
  return (error as NeriumError).message;
}

const x = floats(new Float32Array(6), [3, 2]);
const y = floats(new Float32Array(3), [3, 1]);

const list = (type: PlainTensor["type"], shape: readonly number[], ...data: number[]): PlainTensor => ({
  type,
  shape,
  data: Float64Array.from(data),
});

describe("the reference runtime refuses", () => {
  it.each<[string, Tensors, string]>([
    [
      "a missing feed",
      { x },
      'input "y": expected float32 [batch, 1] with batch = 3 as in "x", got no tensor',
    ],
    ["a stranger", { x, y, z: y }, 'input "z": expected one of x, y'],
    ["a type", { x: ints64([1, 2], [1, 2]), y }, 'input "x": expected float32 [batch, 2], got int64 [1, 2]'],
    [
      "a rank",
      { x: floats(new Float32Array(2), [2]), y },
      'input "x": expected float32 [batch, 2], got float32 [2]',
    ],
    ["a size", { x: y, y }, 'input "x": expected float32 [batch, 2], got float32 [3, 1]'],
    [
      "two sizes of one name",
      { x, y: floats(new Float32Array(4), [4, 1]) },
      'input "y": expected float32 [batch, 1] with batch = 3 as in "x", got float32 [4, 1]',
    ],
    [
      "a shape that its data does not fill",
      { x: floats(new Float32Array(5), [3, 2]), y },
      'input "x": expected float32 [batch, 2], got float32 [3, 2] with 5 elements',
    ],
  ])("%s", async (_, feeds, message) => {
    expect(await problemOf(feeds)).toBe(message);
  });

  it.each([-1, 3])("index %d into a table of three rows", (index) => {
    const builder = new GraphBuilder();
    const [table, ids] = [builder.input("table", [3, 2]), builder.input("ids", ["n"], "int64")];
    const graph = builder.finish([builder.gather(table, ids)]);
    const feeds = { table: list("float32", [3, 2], 1, 2, 3, 4, 5, 6), ids: list("int64", [1], index) };
    expect(() => evaluate(graph, feeds)).toThrow(`Gather: expected an index from 0 to 2, got ${index}`);
  });
});

describe("the reference runtime", () => {
  it("answers in the graph's types and order", async () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const graph = builder.finish([builder.cast(x, "int64"), builder.neg(x), builder.shapeOf(x)]);
    await using session = await referenceRuntime.open(graph);
    expect(await session.run({ x: floats(Float32Array.of(1.5, -2.5), [2]) })).toEqual([
      ints64([1, -2], [2]),
      floats(Float32Array.of(-1.5, 2.5), [2]),
      ints64([2], [1]),
    ]);
  });

  it("turns the first half of a head with the second", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", [1, "time", 4]);
    const quarter = [
      builder.constant(Float32Array.of(1, 1, 0, 0), [2, 2]),
      builder.constant(Float32Array.of(0, 0, 1, 1), [2, 2]),
    ];
    const graph = builder.finish([builder.rotary(x, quarter[0]!, quarter[1]!, 1)]);
    const [turned] = evaluate(graph, { x: list("float32", [1, 2, 4], 1, 2, 3, 4, 1, 2, 3, 4) });
    expect([...turned!.data]).toEqual([1, 2, 3, 4, -3, -4, 1, 2]); // position 1 by a right angle
  });

  it("adds once for every time a place is named", () => {
    const builder = new GraphBuilder();
    const [x, places] = [builder.input("x", [3]), builder.constant(BigInt64Array.of(1n, 1n, 0n, 1n), [4])];
    const updates = builder.constant(Float32Array.of(1, 10, 5, 100), [4]);
    const graph = builder.finish(
      builder.node("ScatterElements", [x, places, updates], { axis: 0, reduction: "add" }),
    );
    expect([...evaluate(graph, { x: list("float32", [3], 0.5, 0.5, 0.5) })[0]!.data]).toEqual([
      5.5, 111.5, 0.5,
    ]);
  });

  it("keeps the digits of doubles", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", []);
    const graph = builder.finish([builder.sub(builder.add(x, builder.scalar(1)), builder.scalar(1))]);
    expect(evaluate(graph, { x: list("float32", [], 1e-12) })[0]!.data[0]).toBeCloseTo(1e-12, 15);
  });
});
