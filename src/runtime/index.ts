/** @file The public names of runtimes: what runs a graph, and the tensors that go in and out. */
export { onnxRuntime } from "./onnxruntime.ts";
export { referenceRuntime } from "./reference.ts";
export { floats, ints32, ints64 } from "./types.ts";
export type { GraphSession, Runtime, SessionOptions, Tensor, Tensors } from "./types.ts";
export { workerRuntime } from "./worker-runtime.ts";
