/** @file The words of the graph: values with symbolic shapes, nodes with typed attributes, the graph that holds them. */

export type DataType = "float32" | "int32" | "int64" | "uint8" | "int8" | "bool";

/** A size known now (number) or only when the graph runs (a name such as "batch"; equal names are equal sizes). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export interface Value {
  readonly name: string;
  readonly type: DataType;
  readonly shape: Shape;
}

/**
 * Every operator that a graph may hold, with its attributes. The names and meanings are ONNX's (opset 20) and, for
 * SimplifiedLayerNormalization, RotaryEmbedding, QuickGelu, MatMulBnb4 and MatMulIntegerToFloat, those of ONNX Runtime's contributed operators.
 * CrossEntropy, Linear and Nf4Dequantize are ours and are lowered to ONNX operators before a graph is written (passes/lower.ts).
 */
export interface OperatorAttributes {
  Add: object;
  Sub: object;
  Mul: object;
  Div: object;
  Neg: object;
  Abs: object;
  Exp: object;
  Log: object;
  Sqrt: object;
  Sigmoid: object;
  Tanh: object;
  QuickGelu: { readonly alpha: number };
  MatMul: object;
  /** x [.., in] and a weight [out, in], Hugging Face's layout → [.., out]. */
  Linear: object;
  /** x [.., K], codes uint8 [N · K / 2] and absmax [N · K / 64] of a matrix [N, K] in NF4 → [.., N]. */
  MatMulBnb4: {
    readonly K: number;
    readonly N: number;
    readonly block_size: 64;
    readonly quant_type: 1;
    /** The engine's kernel gives wrong numbers for 0 (measured). */
    readonly transB: 1;
  };
  /** codes and absmax of such a matrix → [out, in]. */
  Nf4Dequantize: { readonly out: number; readonly in: number };
  /** int8 [out, in] and a scale for each row [out] → [out, in]. */
  DequantizeLinear: { readonly axis: 0 };
  /** x, a scale [] and a zero point uint8 [] → uint8: x / scale + zero point, to the nearest (half to even), cut to 0 … 255. */
  QuantizeLinear: object;
  /** x uint8 [.., in], a matrix int8 [in, out], x's scale [], the columns' scales [out], x's zero point uint8 [] → [.., out]. */
  MatMulIntegerToFloat: object;
  /** uint8 [.., K], int8 [K, N] and the one zero point of the first → int32 [.., N]. */
  MatMulInteger: object;
  Gemm: { readonly transA: 0 | 1; readonly transB: 0 | 1; readonly alpha: number };
  Softmax: { readonly axis: number };
  SimplifiedLayerNormalization: { readonly axis: number; readonly epsilon: number };
  RotaryEmbedding: { readonly num_heads: number };
  CrossEntropy: object;
  Reshape: object;
  Transpose: { readonly perm: readonly number[] };
  Concat: { readonly axis: number };
  Slice: object;
  Pad: object;
  Expand: object;
  Gather: { readonly axis: number };
  GatherElements: { readonly axis: number };
  ScatterElements: { readonly axis: number; readonly reduction: "none" | "add" };
  ReduceSum: { readonly keepdims: 0 | 1 };
  ReduceMean: { readonly keepdims: 0 | 1 };
  ReduceMax: { readonly keepdims: 0 | 1 };
  Shape: object;
  Cast: { readonly to: DataType };
  Identity: object;
}

export type Operator = keyof OperatorAttributes;

export interface Node<Op extends Operator = Operator> {
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OperatorAttributes[Op];
}

export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

export interface Constant {
  readonly value: Value;
  readonly data: ConstantData;
}

/** Nodes stand in an order in which every value is made before it is used. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
}
