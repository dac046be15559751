/** @file Cases of quantised matrices. */
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Shape } from "../../src/graph/types.ts";
import { operatorCase, type OperatorCase } from "./case.ts";

const codes = { shape: [96], type: "uint8", range: [0, 256] } as const; // a matrix [3, 64]
const absmax = { shape: [3], range: [0.1, 2], given: true } as const;

const matMulBnb4 = (title: string, x: Shape): OperatorCase =>
  operatorCase(title, { x: { shape: x }, codes, absmax }, (builder, { x, codes, absmax }) =>
    builder.nf4Linear(x, codes, absmax, 3),
  );

const zeroPoint = (builder: GraphBuilder) => builder.constant(new Uint8Array([100]), []);

export const quantizedCases = {
  MatMulBnb4: [matMulBnb4("rows", ["batch", 64]), matMulBnb4("a batch", ["batch", "time", 64])] as const,
  Nf4Dequantize: [
    operatorCase(
      "a matrix",
      { codes, absmax },
      (builder, { codes, absmax }) => builder.node("Nf4Dequantize", [codes, absmax], { out: 3, in: 64 }),
      "it is frozen",
    ),
  ] as const,
  QuantizeLinear: [
    operatorCase(
      "a batch, some of it out of range",
      { x: { shape: ["batch", "time", 4], range: [-30, 30] } },
      (builder, { x }) => builder.node("QuantizeLinear", [x, builder.scalar(0.125), zeroPoint(builder)], {}),
      "it jumps",
    ),
  ] as const,
  MatMulIntegerToFloat: [
    operatorCase(
      "a batch and a matrix whose columns have scales",
      // Some processors cut pairs of larger products to 16 bits.
      {
        x: { shape: ["batch", "time", 8], type: "uint8", range: [0, 128] },
        matrix: { shape: [8, 3], type: "int8", range: [-64, 64] },
        scales: { shape: [3], range: [0.1, 2], given: true },
      },
      (builder, { x, matrix, scales }) => {
        const scale = builder.scalar(0.01);
        return builder.node("MatMulIntegerToFloat", [x, matrix, scale, scales, zeroPoint(builder)], {});
      },
      "it is frozen",
    ),
  ] as const,
  MatMulInteger: [
    operatorCase(
      "a batch of rows around a zero point",
      {
        a: { shape: ["batch", "time", 12], type: "uint8", range: [0, 128] },
        b: { shape: [12, 5], type: "int8", range: [-64, 64] },
        zero: { shape: [], type: "uint8", values: [128] },
      },
      (builder, { a, b, zero }) => builder.node("MatMulInteger", [a, b, zero], {}),
      "whole numbers have no slope",
    ),
  ] as const,
  DequantizeLinear: [
    operatorCase(
      "rows with a scale each",
      {
        x: { shape: [3, 4], type: "int8", range: [-127, 128] },
        scale: { shape: [3], range: [0.1, 2], given: true },
      },
      (builder, { x, scale }) => builder.node("DequantizeLinear", [x, scale], { axis: 0 }),
      "it is frozen",
    ),
  ] as const,
};
