/** @file The name of a device → what runs graphs there, and whether parameters can stay there between steps. */
import { chooseDevice, type DeviceChoice, type DeviceWish } from "./choose-device.ts";
import { probeOf } from "./device-probe.ts";
import { onnxDevice, onnxRuntime } from "./onnxruntime.ts";
import type { DeviceName, DeviceRuntime, Runtime } from "./types.ts";
import { workerRuntime, workerRuntimeOn } from "./worker-runtime.ts";

/** Where a run computes. */
export interface Computer {
  readonly runtime: Runtime;
  /** Where parameters, moments and frozen weights stay between steps; absent: they are arrays of this process. */
  readonly resident?: DeviceRuntime;
}

/** In this thread. CUDA has no `resident`: Node cannot keep its tensors, so that parameters are copied at each step. */
export function computerOn(device: DeviceName): Computer {
  if (device === "cpu") return { runtime: onnxRuntime };
  const runtime = onnxDevice(device);
  return device === "webgpu" ? { runtime, resident: runtime } : { runtime };
}

/** Sessions are tried in this thread, which they block. */
export async function chooseComputer(
  wish: DeviceWish,
): Promise<Computer & { readonly device: DeviceChoice }> {
  const device = await chooseDevice(wish, probeOf(onnxRuntime));
  return { ...computerOn(device.device), device };
}

/** For sessions in threads of their own. */
export async function chooseWorkerRuntime(
  wish: DeviceWish,
): Promise<{ readonly runtime: Runtime; readonly device: DeviceChoice }> {
  const device = await chooseDevice(wish, probeOf(workerRuntime));
  return { runtime: workerRuntimeOn(device.device), device };
}
