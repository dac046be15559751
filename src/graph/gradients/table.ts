/** @file Operator → its backward rule; an operator without a rule here does not compile unless it is named below. */
import type { Operator } from "../types.ts";
import * as elementwise from "./elementwise.ts";
import * as layout from "./layout.ts";
import * as normalization from "./normalization.ts";
import * as products from "./products.ts";
import type { GradientRule } from "./rule.ts";

/** Operators whose output is not a differentiable function of their inputs. */
// (Abs and MatMulInteger come in when a graph is differentiated already, by passes/integer-products. ReduceMax only
// shifts exponents into range: what is taken off is added again.)
export type NonDifferentiableOperator =
  | "Shape"
  | "Cast"
  | "Abs"
  | "ReduceMax"
  | "Nf4Dequantize"
  | "DequantizeLinear"
  | "QuantizeLinear"
  | "MatMulInteger"
  | "MatMulIntegerToFloat";

export type DifferentiableOperator = Exclude<Operator, NonDifferentiableOperator>;

// A rule is needed for every operator that may stand between a parameter and a loss.
export const gradientRules: { readonly [Op in DifferentiableOperator]: GradientRule<Op> } = {
  Add: elementwise.add,
  Sub: elementwise.sub,
  Mul: elementwise.mul,
  Div: elementwise.div,
  Neg: elementwise.neg,
  Exp: elementwise.exp,
  Log: elementwise.log,
  Sqrt: elementwise.sqrt,
  Sigmoid: elementwise.sigmoid,
  Tanh: elementwise.tanh,
  QuickGelu: elementwise.quickGelu,
  Identity: elementwise.identity,
  MatMul: products.matMul,
  Linear: products.linear,
  MatMulBnb4: products.matMulBnb4,
  Gemm: products.gemm,
  Softmax: normalization.softmax,
  SimplifiedLayerNormalization: normalization.rmsNorm,
  RotaryEmbedding: normalization.rotaryEmbedding,
  CrossEntropy: normalization.crossEntropy,
  Reshape: layout.reshape,
  Transpose: layout.transpose,
  Concat: layout.concat,
  Slice: layout.slice,
  Pad: layout.pad,
  Expand: layout.expand,
  Gather: layout.gather,
  GatherElements: layout.gatherElements,
  ScatterElements: layout.scatterElements,
  ReduceSum: layout.reduceSum,
  ReduceMean: layout.reduceMean,
};
