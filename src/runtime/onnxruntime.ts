/** @file Graphs run by ONNX Runtime in this thread. A run blocks the thread: see worker-runtime.ts for the usual way. */
import type * as Engine from "onnxruntime-node";
import { encodeOnnx } from "../graph/onnx.ts";
import type { DataType, Graph, Value } from "../graph/types.ts";
import { forbidTelemetry } from "../shared/telemetry.ts";
import { bindFeeds } from "./feeds.ts";
import type { GraphSession, Runtime, SessionOptions, Tensor, TensorData } from "./types.ts";

// Loaded at first use: the engine is 45 MB and many commands never need it.
const loadEngine = async (): Promise<typeof Engine> => {
  forbidTelemetry();
  const loaded: unknown = await import("onnxruntime-node");
  // Node gives a CommonJS package as the default export; tsx in a worker thread gives its names alone.
  return (loaded as { readonly default?: typeof Engine }).default ?? (loaded as typeof Engine);
};

/**
 * Memory patterns double the peak memory at no gain in time, denormal numbers slow a backward pass by a half, and
 * threads that spin while they wait slow everything down where the machine has other work (docs/decisions).
 */
const measuredOptions = {
  enableMemPattern: false,
  extra: { session: { set_denormal_as_zero: "1", intra_op: { allow_spinning: "0" } } },
} as const;

/** What a session needs of a graph; it can go to another thread. */
export interface EncodedGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly string[];
}

export function encodeGraph(graph: Graph): EncodedGraph {
  return { model: encodeOnnx(graph), inputs: graph.inputs, outputs: graph.outputs.map(({ name }) => name) };
}

export async function openSession(
  { model, inputs, outputs }: EncodedGraph,
  { threads = 0, held = {} }: SessionOptions = {},
): Promise<GraphSession> {
  const engine = await loadEngine();
  const session = await engine.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    ...measuredOptions,
  });
  return {
    async run(given) {
      const feeds = { ...held, ...given };
      bindFeeds(inputs, feeds); // the engine accepts some wrong sizes silently
      const tensors: Record<string, InstanceType<typeof engine.Tensor>> = {};
      for (const [name, { type, data, shape }] of Object.entries(feeds)) {
        tensors[name] = new engine.Tensor(type, data as Float32Array, [...shape]);
      }
      const results = await session.run(tensors);
      return outputs.map((name): Tensor => {
        const result = results[name]!;
        return { type: result.type as DataType, shape: result.dims, data: result.data as TensorData };
      });
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

export const onnxRuntime: Runtime = {
  name: "onnxruntime",
  open: (graph, options) => openSession(encodeGraph(graph), options),
};
