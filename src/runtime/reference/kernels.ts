/** @file Operator → the function that computes it; an operator without one does not compile. */
import type { Operator } from "../../graph/types.ts";
import type { Kernel } from "./arrays.ts";
import * as elementwise from "./elementwise.ts";
import * as layout from "./layout.ts";
import * as normalization from "./normalization.ts";
import * as products from "./products.ts";
import * as quantized from "./quantized.ts";

export const kernels: { readonly [Op in Operator]: Kernel<Op> } = {
  Add: elementwise.add,
  Sub: elementwise.sub,
  Mul: elementwise.mul,
  Div: elementwise.div,
  Neg: elementwise.neg,
  Abs: elementwise.abs,
  Exp: elementwise.exp,
  Log: elementwise.log,
  Sqrt: elementwise.sqrt,
  Sigmoid: elementwise.sigmoid,
  Tanh: elementwise.tanh,
  QuickGelu: elementwise.quickGelu,
  Identity: elementwise.identity,
  Cast: elementwise.cast,
  MatMul: products.matMul,
  Linear: products.linear,
  MatMulBnb4: quantized.matMulBnb4,
  Nf4Dequantize: quantized.nf4Dequantize,
  DequantizeLinear: quantized.dequantizeLinear,
  QuantizeLinear: quantized.quantizeLinear,
  MatMulIntegerToFloat: quantized.matMulIntegerToFloat,
  MatMulInteger: quantized.matMulInteger,
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
  ReduceMax: layout.reduceMax,
  Shape: layout.shape,
};
