/**
 * @file A runtime → the place where a network's parameters, states and gradients live: arrays of this process, or tensors
 * that stay on a device. Networks are written once for both.
 */
import type { LlamaConfig, ParameterShape } from "../models/llama.ts";
import type { Graph } from "../graph/types.ts";
import {
  type AnyTensor,
  type DeviceRuntime,
  type DeviceTensor,
  type Feeds,
  floats,
  onDevice,
  onHost,
  type Runtime,
  type SessionOptions,
  type Tensor,
} from "../runtime/types.ts";
import {
  type Floats,
  hostEmbedding,
  openDeviceEmbedding,
  type TrainedEmbedding,
} from "./device-embedding.ts";

export interface PlaceSession<T> extends AsyncDisposable {
  run(feeds: Feeds): Promise<{ readonly read: readonly Tensor[]; readonly kept: readonly T[] }>;
}

/** `T` is one parameter, state or gradient. */
export interface Place<T> {
  /** Of the graph's outputs the first `read` come back, those behind them stay. */
  open(graph: Graph, read: number, options: SessionOptions): Promise<PlaceSession<T>>;
  /** A value as a session takes it. */
  feed(value: T, shape: readonly number[]): AnyTensor;
  /** Brings floats here. */
  park(tensor: Tensor): Promise<T>;
  /** Ends a value that nobody uses any more. */
  free(value: T): void;
  openEmbedding(config: LlamaConfig, threads: number): Promise<TrainedEmbedding<T>>;
}

export function hostPlace(runtime: Runtime): Place<Floats> {
  return {
    async open(graph, read, options) {
      const session = await runtime.open(graph, options);
      return {
        async run(feeds) {
          const outputs = await session.run(feeds);
          return {
            read: outputs.slice(0, read),
            kept: outputs.slice(read).map(({ data }) => data as Floats),
          };
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    feed: (value, shape) => floats(value, shape),
    park: async ({ data }) => data as Floats,
    free() {},
    openEmbedding: async (config) => hostEmbedding(config),
  };
}

export function devicePlace(device: DeviceRuntime): Place<DeviceTensor> {
  return {
    async open(graph, read, options) {
      const session = await device.openResident(graph, graph.outputs.slice(read), options);
      return {
        async run(feeds) {
          const outputs = await session.run(feeds);
          return { read: outputs.slice(0, read).map(onHost), kept: outputs.slice(read).map(onDevice) };
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
    feed: (value) => value,
    park: (tensor) => device.park(tensor),
    free: (value) => value.dispose(),
    openEmbedding: (config, threads) => openDeviceEmbedding(device, config, threads),
  };
}

/** Parameters as a graph's inputs. */
export function parameterFeeds<T>(
  place: Place<T>,
  shapes: readonly ParameterShape[],
  parameters: ReadonlyMap<string, T>,
): Feeds {
  return Object.fromEntries(
    shapes.map(({ name, shape }) => [name, place.feed(parameters.get(name)!, shape)]),
  );
}
