/** @file What runs a graph: sessions that take tensors by name and give tensors, which may stay on a device. */
import type { DataType, Graph, Value } from "../graph/types.ts";

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

/** A tensor that stays where graphs are computed, between runs and from session to session, until it is disposed of. */
export interface DeviceTensor extends Pick<Tensor, "type" | "shape"> {
  /** Frees its memory; a second call does nothing, any other use afterwards is an error. */
  dispose(): void;
}

export type AnyTensor = Tensor | DeviceTensor;
export type Feeds = Readonly<Record<string, AnyTensor>>;

/** Where graphs are computed. */
export const deviceNames = ["cpu", "webgpu", "cuda"] as const;
export type DeviceName = (typeof deviceNames)[number];

export interface SessionOptions {
  /** Threads inside one operator; 0 or absent: one for each core. */
  readonly threads?: number;
  /** Tensors that stay with the session, on its device, and are fed at every run: a model's weights. */
  readonly held?: Tensors;
  /** The CPU if absent. */
  readonly device?: DeviceName;
  /** An error instead of operators that are left to the CPU because the device has no kernel for them. */
  readonly strict?: boolean;
}

export interface RunOptions {
  /** The caller never looks at the feeds again: their numbers may move to where the graph is computed instead of being copied. */
  readonly givenAway?: boolean;
}

export interface GraphSession extends AsyncDisposable {
  /** Feeds one tensor for each of the graph's inputs that is not held; resolves to the graph's outputs in the order of `graph.outputs`. */
  run(feeds: Feeds, options?: RunOptions): Promise<readonly Tensor[]>;
}

export interface ResidentSession extends AsyncDisposable {
  /** The same, but outputs that the session was told to keep are device tensors. Whoever asks for a run disposes of them. */
  run(feeds: Feeds): Promise<readonly AnyTensor[]>;
}

export interface Runtime {
  readonly name: string;
  /** Whether several sessions compute at the same time; absent where a run blocks the thread, or the device is one. */
  readonly parallel?: true;
  open(graph: Graph, options?: SessionOptions): Promise<GraphSession>;
}

/** A runtime whose tensors can stay on its device. */
export interface DeviceRuntime extends Runtime {
  readonly device: DeviceName;
  /** A session whose outputs `kept`, some of `graph.outputs`, stay on the device. */
  openResident(graph: Graph, kept: readonly Value[], options?: SessionOptions): Promise<ResidentSession>;
  /** A copy on the device. */
  park(tensor: Tensor): Promise<DeviceTensor>;
  /** A copy on this side. */
  read(tensor: DeviceTensor): Promise<Tensor>;
  /** Tensors that this thread has on the device and has not disposed of. */
  liveTensors(): number;
}

export function isResident(tensor: AnyTensor): tensor is DeviceTensor {
  return "dispose" in tensor;
}

/** What is known to have come back. */
export function onHost(tensor: AnyTensor | undefined): Tensor {
  if (tensor === undefined || isResident(tensor))
    throw new Error("internal: this output stays on the device");
  return tensor;
}

/** What is known to have stayed. */
export function onDevice(tensor: AnyTensor | undefined): DeviceTensor {
  if (tensor === undefined || !isResident(tensor)) throw new Error("internal: this output was not kept");
  return tensor;
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
