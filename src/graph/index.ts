/** @file The graph's public names. */
export { GraphBuilder } from "./builder.ts";
export { differentiate } from "./differentiate.ts";
export { encodeOnnx } from "./onnx.ts";
export type {
  Constant,
  ConstantData,
  DataType,
  Dimension,
  Graph,
  Node,
  Operator,
  Shape,
  Value,
} from "./types.ts";
