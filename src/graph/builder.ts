/** @file Calls in the order of the computation → a Graph whose every value has a type and a shape. */
import { inferOutputs, type OperandFacts } from "./ops/signatures.ts";
import { sameShape } from "./shapes.ts";
import type {
  Constant,
  ConstantData,
  DataType,
  Graph,
  Node,
  Operator,
  OperatorAttributes,
  Shape,
  Value,
} from "./types.ts";

const noAttributes = {};

function constantType(data: ConstantData): DataType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  return data instanceof Int32Array ? "int32" : "int64";
}

/** Collects nodes; one method per operator that models and gradient rules use, all of them one line over `node`. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #constantByContent = new Map<string, Value>();
  #count = 0;

  input(name: string, shape: Shape, type: DataType = "float32"): Value {
    if (this.#inputs.some((input) => input.name === name))
      throw new Error(`internal: input "${name}" exists`);
    const value: Value = { name, type, shape };
    this.#inputs.push(value);
    return value;
  }

  /** A tensor that is part of the graph; small equal constants are shared. */
  constant(data: ConstantData, shape: readonly number[]): Value {
    const type = constantType(data);
    const key = data.length <= 16 ? `${type}:${shape.join()}:${data.join()}` : undefined;
    const known = key === undefined ? undefined : this.#constantByContent.get(key);
    if (known !== undefined) return known;
    const value: Value = { name: `constant_${this.#count++}`, type, shape };
    this.#constants.set(value.name, { value, data });
    if (key !== undefined) this.#constantByContent.set(key, value);
    return value;
  }

  /** A large constant that is made at the first call with its name. */
  sharedConstant(name: string, shape: readonly number[], make: () => ConstantData): Value {
    const known = this.#constantByContent.get(name);
    if (known !== undefined) return known;
    const value = this.constant(make(), shape);
    this.#constantByContent.set(name, value);
    return value;
  }

  scalar(number: number): Value {
    return this.constant(new Float32Array([number]), []);
  }

  ints(numbers: readonly number[]): Value {
    return this.constant(BigInt64Array.from(numbers, BigInt), [numbers.length]);
  }

  /** Adds one node; the outputs' shapes follow from the operator's signature. */
  node<Op extends Operator>(
    op: Op,
    inputs: readonly Value[],
    attributes: OperatorAttributes[Op],
    stated?: Shape,
  ): readonly Value[] {
    const outputs = inferOutputs(
      op,
      inputs.map((input) => this.#facts(input)),
      attributes,
      stated,
    ).map(({ type, shape }): Value => ({ name: `${op}_${this.#count++}`, type, shape }));
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** The content of a constant integer tensor, undefined for anything else. */
  intsOf(value: Value): readonly number[] | undefined {
    const constant = this.#constants.get(value.name);
    if (constant === undefined || constant.value.type === "float32") return undefined;
    return Array.from(constant.data, Number);
  }

  #facts(value: Value): OperandFacts {
    const ints = this.intsOf(value);
    return ints === undefined ? value : { ...value, ints };
  }

  add = (a: Value, b: Value): Value => this.node("Add", [a, b], noAttributes)[0]!;
  sub = (a: Value, b: Value): Value => this.node("Sub", [a, b], noAttributes)[0]!;
  mul = (a: Value, b: Value): Value => this.node("Mul", [a, b], noAttributes)[0]!;
  div = (a: Value, b: Value): Value => this.node("Div", [a, b], noAttributes)[0]!;
  neg = (x: Value): Value => this.node("Neg", [x], noAttributes)[0]!;
  exp = (x: Value): Value => this.node("Exp", [x], noAttributes)[0]!;
  log = (x: Value): Value => this.node("Log", [x], noAttributes)[0]!;
  sqrt = (x: Value): Value => this.node("Sqrt", [x], noAttributes)[0]!;
  sigmoid = (x: Value): Value => this.node("Sigmoid", [x], noAttributes)[0]!;
  tanh = (x: Value): Value => this.node("Tanh", [x], noAttributes)[0]!;
  identity = (x: Value): Value => this.node("Identity", [x], noAttributes)[0]!;
  cast = (x: Value, to: DataType): Value => this.node("Cast", [x], { to })[0]!;
  /** x · sigmoid(x), Llama's activation. */
  silu = (x: Value): Value => this.node("QuickGelu", [x], { alpha: 1 })[0]!;
  matMul = (a: Value, b: Value): Value => this.node("MatMul", [a, b], noAttributes)[0]!;
  linear = (x: Value, weight: Value): Value => this.node("Linear", [x, weight], noAttributes)[0]!;
  softmax = (x: Value): Value => this.node("Softmax", [x], { axis: -1 })[0]!;
  transpose = (x: Value, perm: readonly number[]): Value => this.node("Transpose", [x], { perm })[0]!;
  concat = (values: readonly Value[], axis: number): Value => this.node("Concat", values, { axis })[0]!;
  gather = (table: Value, indices: Value): Value => this.node("Gather", [table, indices], { axis: 0 })[0]!;
  /** 1-D shape of a value, as int64. */
  shapeOf = (x: Value): Value => this.node("Shape", [x], noAttributes)[0]!;

  gatherElements(x: Value, indices: Value, axis: number): Value {
    return this.node("GatherElements", [x, indices], { axis })[0]!;
  }

  gemm(a: Value, b: Value, options: { transA?: 0 | 1; transB?: 0 | 1; alpha?: number } = {}): Value {
    const { transA = 0, transB = 0, alpha = 1 } = options;
    return this.node("Gemm", [a, b], { transA, transB, alpha })[0]!;
  }

  /** x [.., in] and a frozen matrix [out, in] in NF4 (formats/nf4.ts) → [.., out]. */
  nf4Linear(x: Value, codes: Value, absmax: Value, out: number): Value {
    const K = x.shape.at(-1) as number; // the signature refuses a width that is unknown
    const attributes = { K, N: out, block_size: 64, quant_type: 1, transB: 1 } as const;
    return this.node("MatMulBnb4", [x, codes, absmax], attributes)[0]!;
  }

  reduceSum(x: Value, axes: readonly number[], keepdims: 0 | 1 = 1): Value {
    return this.node("ReduceSum", [x, this.ints(axes)], { keepdims })[0]!;
  }

  reduceMax(x: Value, axes: readonly number[], keepdims: 0 | 1 = 1): Value {
    return this.node("ReduceMax", [x, this.ints(axes)], { keepdims })[0]!;
  }

  reduceMean(x: Value, axes: readonly number[], keepdims: 0 | 1 = 1): Value {
    return this.node("ReduceMean", [x, this.ints(axes)], { keepdims })[0]!;
  }

  slice(x: Value, axis: number, start: number, end: number): Value {
    return this.node("Slice", [x, this.ints([start]), this.ints([end]), this.ints([axis])], noAttributes)[0]!;
  }

  /** Zeros added before and after each axis; `pads` as ONNX orders it: all the starts, then all the ends. */
  pad(x: Value, pads: readonly number[]): Value {
    return this.node("Pad", [x, this.ints(pads), this.scalar(0)], noAttributes)[0]!;
  }

  /** Root-mean-square normalisation over the last axis, times a weight (Zhang & Sennrich 2019). */
  rmsNorm(x: Value, weight: Value, epsilon: number): Value {
    return this.node("SimplifiedLayerNormalization", [x, weight], { axis: -1, epsilon })[0]!;
  }

  /**
   * Rotary positions (Su et al. 2021) on [batch, time, heads · size], halves convention; `cos` and `sin` are
   * [longest, size / 2]; `positions` are int64 [batch, time], without them each row counts from 0.
   */
  rotary(x: Value, cos: Value, sin: Value, heads: number, positions?: Value): Value {
    const inputs = [x, positions ?? this.ints([0]), cos, sin];
    return this.node("RotaryEmbedding", inputs, { num_heads: heads })[0]!;
  }

  /** Loss of each row [rows, 1] of logits [rows, classes] against int32 labels [rows, 1]. */
  crossEntropy(logits: Value, labels: Value): Value {
    return this.node("CrossEntropy", [logits, labels], noAttributes)[0]!;
  }

  /** Reshape to a shape that holds at most one dimension which is not at the same axis of `x` and not a number. */
  reshape(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    let free = 0;
    const target = shape.map((dimension, axis) => {
      if (typeof dimension === "number") return dimension;
      if (x.shape[axis] === dimension) return 0; // ONNX: 0 copies the input's size at this axis
      free++;
      return -1;
    });
    if (free > 1) throw new Error(`internal: reshape to ${shape.join()} leaves ${free} sizes open`);
    return this.node("Reshape", [x, this.ints(target)], noAttributes, shape)[0]!;
  }

  /** Reshape to the shape that another value has when the graph runs. */
  reshapeLike(x: Value, reference: Value): Value {
    const open = reference.shape.filter(
      (dimension, axis) => typeof dimension === "string" && x.shape[axis] !== dimension,
    );
    if (open.length <= 1) return this.reshape(x, reference.shape);
    return this.node("Reshape", [x, this.shapeOf(reference)], noAttributes, reference.shape)[0]!;
  }

  /** Broadcast to the shape that another value has when the graph runs. */
  expandLike(x: Value, reference: Value): Value {
    if (sameShape(x.shape, reference.shape)) return x;
    return this.node("Expand", [x, this.shapeOf(reference)], noAttributes, reference.shape)[0]!;
  }

  finish(outputs: readonly Value[]): Graph {
    return {
      inputs: this.#inputs,
      outputs,
      constants: [...this.#constants.values()],
      nodes: [...this.nodes],
    };
  }
}
