/** @file Cases of operators over rows: softmax, root-mean-square norm, rotary positions, cross entropy. */
import { operatorCase, type OperatorCase } from "./case.ts";

const x = { shape: ["batch", "time", 6] };

const norm = (title: string, epsilon: number, range: readonly [number, number]): OperatorCase =>
  operatorCase(title, { x: { ...x, range }, weight: { shape: [6] } }, (builder, { x, weight }) =>
    builder.node("SimplifiedLayerNormalization", [x, weight], { axis: -1, epsilon }),
  );

function rotary(title: string, heads: number, offset: number): OperatorCase {
  const half = 8 / heads / 2;
  const angles = Array.from(
    { length: 9 * half },
    (_, index) => Math.floor(index / half) / 7 ** (index % half),
  );
  const table = { shape: [9, half], given: true } as const;
  const inputs = {
    x: { shape: ["batch", "time", 8] },
    offset: { shape: [1], type: "int64", values: [offset] },
    cos: { ...table, values: angles.map((angle) => Math.fround(Math.cos(angle))) },
    sin: { ...table, values: angles.map((angle) => Math.fround(Math.sin(angle))) },
  } as const;
  return operatorCase(title, inputs, (builder, { x, offset, cos, sin }) =>
    builder.node("RotaryEmbedding", [x, offset, cos, sin], { num_heads: heads }),
  );
}

const labels = { shape: ["batch", 1], type: "int32", range: [0, 5] } as const;

export const rowCases = {
  Softmax: [
    operatorCase("the last axis", { x }, (builder, { x }) => builder.softmax(x)),
    operatorCase("large scores", { x: { ...x, range: [-200, 200] } as const }, (builder, { x }) =>
      builder.softmax(x),
    ),
    operatorCase(
      "a masked row",
      { x, mask: { shape: [6], values: [0, 0, -1e9, 0, -1e9, 0], given: true } },
      (builder, { x, mask }) => builder.softmax(builder.add(x, mask)),
    ),
    operatorCase(
      "another axis",
      { x },
      (builder, { x }) => builder.node("Softmax", [x], { axis: 1 }),
      "the rule is written for the last axis and says so",
    ),
  ] as const,
  SimplifiedLayerNormalization: [
    norm("a usual epsilon", 1e-5, [-1.5, 1.5]),
    norm("an epsilon that counts", 0.5, [-1.5, 1.5]),
    norm("small values", 1e-6, [-1e-3, 1e-3]),
  ] as const,
  RotaryEmbedding: [
    rotary("two heads", 2, 0),
    rotary("one head", 1, 0),
    rotary("heads of two numbers", 4, 0),
    rotary("positions that start later", 2, 3),
  ] as const,
  CrossEntropy: [
    operatorCase(
      "losses and probabilities",
      { logits: { shape: ["batch", 5] }, labels },
      (builder, { logits, labels }) => builder.node("CrossEntropy", [logits, labels], {}),
    ),
    operatorCase(
      "sure and sometimes wrong",
      { logits: { shape: ["batch", 5], range: [-20, 20] }, labels },
      (builder, { logits, labels }) => builder.node("CrossEntropy", [logits, labels], {}),
    ),
  ] as const,
};
