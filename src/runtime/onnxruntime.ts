/** @file Graphs run by ONNX Runtime in this thread. A run blocks the thread: see worker-runtime.ts for the usual way. */
import { encodeOnnx } from "../graph/onnx.ts";
import type { DataType, Graph } from "../graph/types.ts";
import type { GraphSession, Runtime, SessionOptions, Tensor, TensorData } from "./types.ts";

// Loaded at first use: the engine is 45 MB and many commands never need it.
const loadEngine = async (): Promise<typeof import("onnxruntime-node")> => {
  const engine = await import("onnxruntime-node");
  return engine.default ?? engine;
};

/**
 * Memory patterns double the peak memory at no gain in time, denormal numbers slow a backward pass by a half, and
 * threads that spin while they wait slow everything down where the machine has other work (docs/decisions).
 */
const measuredOptions = {
  enableMemPattern: false,
  extra: { session: { set_denormal_as_zero: "1", intra_op: { allow_spinning: "0" } } },
} as const;

export async function openSession(
  model: Uint8Array,
  outputs: readonly string[],
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
    async run(feeds) {
      const tensors: Record<string, InstanceType<typeof engine.Tensor>> = {};
      for (const [name, { type, data, shape }] of Object.entries({ ...held, ...feeds })) {
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
  open: (graph: Graph, options) =>
    openSession(
      encodeOnnx(graph),
      graph.outputs.map(({ name }) => name),
      options,
    ),
};
