/** @file The public names of runtimes: what runs a graph, and the tensors that go in and out. */
export { chooseDevice, deviceSentence, deviceWishes } from "./choose-device.ts";
export type { DeviceChoice, DeviceWish } from "./choose-device.ts";
export { deviceOver } from "./host-device.ts";
export { onnxDevice, onnxRuntime } from "./onnxruntime.ts";
export { referenceRuntime } from "./reference.ts";
export { deviceNames, floats, ints32, ints64 } from "./types.ts";
export type {
  AnyTensor,
  DeviceName,
  DeviceRuntime,
  DeviceTensor,
  Feeds,
  GraphSession,
  ResidentSession,
  Runtime,
  SessionOptions,
  Tensor,
  Tensors,
} from "./types.ts";
export { workerRuntime, workerRuntimeOn } from "./worker-runtime.ts";
