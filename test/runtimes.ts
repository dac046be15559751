/** @file The runtimes, handed to tests of folders whose own code stands before runtime/ in the layer order. */
export { onnxRuntime } from "../src/runtime/onnxruntime.ts";
export { evaluate, type PlainTensor } from "../src/runtime/reference.ts";
