/** @file Cases of operators that work element by element. */
import type { Operator } from "../../src/graph/types.ts";
import { operatorCase, type OperatorCase } from "./case.ts";

const x = { shape: ["batch", "time", 4] };
const positive = { ...x, range: [0.3, 2.5] } as const;

type Cases = readonly [OperatorCase, ...OperatorCase[]];

function binary(op: "Add" | "Sub" | "Mul" | "Div"): Cases {
  const range = op === "Div" ? ([0.5, 2] as const) : ([-1.5, 1.5] as const);
  const node = (title: string, left: readonly (number | string)[], right: readonly (number | string)[]) =>
    operatorCase(title, { a: { shape: left }, b: { shape: right, range } }, (builder, { a, b }) =>
      builder.node(op, [a, b], {}),
    );
  return [
    node("equal shapes", ["batch", "time", 4], ["batch", "time", 4]),
    node("a row for all rows", ["batch", "time", 4], [4]),
    node("the first operand repeated", [4], ["batch", "time", 4]),
    node("both repeated", ["batch", 1, 4], ["time", 1]),
    node("an axis of one element", ["batch", "time", 4], ["batch", "time", 1]),
    node("a scalar", ["batch", 4], []),
    operatorCase("a value with itself", { a: { shape: ["batch", 4], range: [0.5, 2] } }, (builder, { a }) =>
      builder.node(op, [a, a], {}),
    ),
    operatorCase(
      "whole numbers",
      {
        a: { shape: ["batch", 4], type: "int64", range: [-9, 9] },
        b: { shape: [4], type: "int64", range: [1, 5] },
      },
      (builder, { a, b }) => builder.node(op, [a, b], {}),
      "whole numbers have no slope",
    ),
  ];
}

function unary(op: Exclude<Operator, "QuickGelu" | "Gemm">, operand: typeof x | typeof positive = x): Cases {
  return [operatorCase("any shape", { x: operand }, (builder, { x }) => builder.node(op, [x], {}))];
}

const quickGelu = (title: string, alpha: number): OperatorCase =>
  operatorCase(title, { x }, (builder, { x }) => builder.node("QuickGelu", [x], { alpha }));

export const elementwiseCases = {
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Neg: unary("Neg"),
  Abs: [
    operatorCase(
      "any shape",
      { x },
      (builder, { x }) => builder.node("Abs", [x], {}),
      "it stands behind gradients only",
    ),
  ] as const,
  Exp: unary("Exp"),
  Log: unary("Log", positive),
  Sqrt: unary("Sqrt", positive),
  Sigmoid: unary("Sigmoid"),
  Tanh: unary("Tanh"),
  Identity: unary("Identity"),
  QuickGelu: [quickGelu("alpha 1 (SiLU)", 1), quickGelu("alpha 1.702", 1.702)] as const,
  Cast: [
    operatorCase("floats to whole numbers", { x: { ...x, range: [-9, 9] } as const }, (builder, { x }) => [
      builder.cast(x, "int64"),
      builder.cast(x, "int32"),
      builder.cast(x, "float32"),
    ]),
    operatorCase(
      "whole numbers to floats",
      { x: { shape: ["batch"], type: "int64", range: [-9, 9] } },
      (builder, { x }) => [builder.cast(x, "float32"), builder.cast(x, "int32")],
    ),
    operatorCase(
      "whole numbers to truth values",
      { x: { shape: ["batch", 4], type: "int32", range: [0, 2] } },
      (builder, { x }) => builder.cast(x, "bool"),
    ),
  ] as const,
};
