/** @file Graphs run by ONNX Runtime in this thread. A run blocks the thread: see worker-runtime.ts for the usual way. */
import { type EncodedGraph, encodeGraph, openEngine } from "./engine.ts";
import { deviceOver } from "./host-device.ts";
import {
  type DeviceName,
  type DeviceRuntime,
  type GraphSession,
  onHost,
  type Runtime,
  type SessionOptions,
} from "./types.ts";
import { openOnWebGpu, webGpuDevice } from "./webgpu-device.ts";

export async function openSession(graph: EncodedGraph, options: SessionOptions = {}): Promise<GraphSession> {
  if (options.device === "webgpu") return openOnWebGpu(graph, options);
  const { held = {}, ...rest } = options;
  const session = await openEngine(graph, rest);
  return {
    run: async (feeds) => (await session.run({ ...held, ...feeds })).map(onHost),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

export const onnxRuntime: Runtime = {
  name: "onnxruntime",
  open: (graph, options) => openSession(encodeGraph(graph, options?.device), options),
};

/** The engine on one device. Its tensors stay on a WebGPU device; CUDA's cannot be kept from Node and are copied at each run. */
export function onnxDevice(device: DeviceName): DeviceRuntime {
  return device === "webgpu" ? webGpuDevice : deviceOver(onnxRuntime, device);
}
