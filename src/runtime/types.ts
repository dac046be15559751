/** @file What runs a graph: sessions that take tensors by name and give tensors by name. */
import type { DataType, Graph } from "../graph/types.ts";

export type TensorData =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>;

export interface Tensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type Tensors = Readonly<Record<string, Tensor>>;

export interface SessionOptions {
  /** Threads inside one operator; 0 or absent: one for each core. */
  readonly threads?: number;
  /** Tensors that stay with the session and are fed at every run: a model's weights. */
  readonly held?: Tensors;
}

export interface GraphSession extends AsyncDisposable {
  /** Feeds one tensor for each of the graph's inputs that is not held; resolves to the graph's outputs in the order of `graph.outputs`. */
  run(feeds: Tensors): Promise<readonly Tensor[]>;
}

export interface Runtime {
  readonly name: string;
  open(graph: Graph, options?: SessionOptions): Promise<GraphSession>;
}

export function floats(data: Float32Array, shape: readonly number[]): Tensor {
  return { type: "float32", shape, data: data as Float32Array<ArrayBuffer> };
}

export function ints32(data: Int32Array, shape: readonly number[]): Tensor {
  return { type: "int32", shape, data: data as Int32Array<ArrayBuffer> };
}

export function ints64(numbers: ArrayLike<number>, shape: readonly number[]): Tensor {
  const data = new BigInt64Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) data[index] = BigInt(numbers[index]!);
  return { type: "int64", shape, data };
}
