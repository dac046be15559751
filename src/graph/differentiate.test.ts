/** @file What differentiate does around the rules: where it stops, what it adds up, what it refuses. */
import { describe, expect, it } from "vitest";
import { evaluate, type PlainTensor } from "../../test/runtimes.ts";
import { GraphBuilder } from "./builder.ts";
import { differentiate } from "./differentiate.ts";
import type { Value } from "./types.ts";

const numbers = (...values: number[]): PlainTensor => ({
  type: "float32",
  shape: [values.length],
  data: Float64Array.from(values),
});

const sum = (builder: GraphBuilder, x: Value): Value => builder.reduceSum(x, [0], 0);

function lists(
  builder: GraphBuilder,
  outputs: readonly Value[],
  feeds: Record<string, PlainTensor>,
): number[][] {
  return evaluate(builder.finish(outputs), feeds).map(({ data }) => [...data]);
}

describe("differentiate", () => {
  it("adds the gradients of a value that is used twice", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const loss = sum(builder, builder.add(builder.mul(x, x), builder.exp(x))); // 2x + eˣ
    const [found] = lists(builder, differentiate(builder, loss, [x]), { x: numbers(0, 1, -2) });
    expect(found).toEqual([1, 2 + Math.E, -4 + Math.exp(-2)]);
  });

  it("adds the gradients along both ways to a common origin", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const shared = builder.mul(x, builder.scalar(3));
    const loss = sum(builder, builder.mul(builder.neg(shared), builder.mul(shared, shared))); // −27x³
    const [found] = lists(builder, differentiate(builder, loss, [x]), { x: numbers(1, 2) });
    expect(found).toEqual([-81, -324]);
  });

  it("stops at a source in the middle of the graph", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const middle = builder.exp(x);
    const loss = sum(builder, builder.mul(middle, middle));
    const before = builder.nodes.length;
    const gradients = differentiate(builder, loss, [middle]);
    expect(lists(builder, gradients, { x: numbers(0, 1) })).toEqual([[2, 2 * Math.E]]);
    // d exp(x) = dy · exp(x) would have been a Mul more than the two of d(m · m), one for each factor.
    expect(builder.nodes.slice(before).filter(({ op }) => op === "Mul")).toHaveLength(2);
  });

  it("takes a source in the middle for independent of the source it was computed from", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const middle = builder.exp(x);
    const loss = sum(builder, builder.mul(middle, x));
    const [ofX, ofMiddle] = lists(builder, differentiate(builder, loss, [x, middle]), { x: numbers(2) });
    expect(ofX).toEqual([Math.exp(2)]); // not eˣ + x·eˣ
    expect(ofMiddle).toEqual([2]);
  });

  it("makes no nodes for inputs whose gradient nobody wants", () => {
    const builder = new GraphBuilder();
    const [x, weight] = [builder.input("x", ["n", 4]), builder.input("weight", [4, 2])];
    const loss = builder.reduceSum(builder.matMul(x, weight), [0, 1], 0);
    const before = builder.nodes.length;
    differentiate(builder, loss, [weight]);
    expect(builder.nodes.slice(before).map(({ op }) => op)).not.toContain("Transpose"); // of the weight, for x
  });

  it("leaves the loss itself as it was, and accepts one of any rank", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const loss = builder.reduceSum(x, [0]);
    const [gradient] = differentiate(builder, loss, [x]);
    expect(lists(builder, [loss, gradient!], { x: numbers(5, 6) })).toEqual([[11], [1, 1]]);
  });

  it("refuses a source that the loss does not depend on", () => {
    const builder = new GraphBuilder();
    const [x, other] = [builder.input("x", ["n"]), builder.input("other", ["n"])];
    builder.exp(other);
    expect(() => differentiate(builder, sum(builder, x), [other])).toThrow("does not depend on other");
  });

  it("lets no gradient through a shape or a cast", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"]);
    const whole = builder.cast(builder.cast(x, "int64"), "float32");
    expect(() => differentiate(builder, sum(builder, whole), [x])).toThrow("does not depend on x");
  });
});
