/** @file What a person asked for and what the machine has → the device to compute on, and a sentence that says why. */
import { type DeviceProbe, missingForCuda, noGraphicsCard } from "./device-probe.ts";
import { deviceNames, type DeviceName } from "./types.ts";

export const deviceWishes = ["auto", ...deviceNames] as const;
export type DeviceWish = (typeof deviceWishes)[number];

export interface DeviceChoice {
  readonly device: DeviceName;
  /** In words for a person, without a full stop. */
  readonly reason: string;
}

/** Undefined if the device works, otherwise why not. */
async function faultOf(device: "webgpu" | "cuda", probe: DeviceProbe): Promise<string | undefined> {
  // Not tried where its libraries are missing: the engine would print its own errors.
  const missing = device === "cuda" ? missingForCuda(probe) : undefined;
  return missing ?? (await probe.tryOut(device));
}

/**
 * `auto` takes CUDA where its provider works, else WebGPU where a graphics card does, else the CPU. A device that was
 * asked for by name and does not work gives way to the CPU; the reason says so, and callers print it.
 */
export async function chooseDevice(wish: DeviceWish, probe: DeviceProbe): Promise<DeviceChoice> {
  if (wish === "cpu") return { device: "cpu", reason: "as asked for" };
  if (wish === "auto") return automatic(probe);
  const fault = await faultOf(wish, probe);
  if (fault !== undefined) {
    return { device: "cpu", reason: `${wish} was asked for, but ${fault}; see docs/devices.md` };
  }
  const software = wish === "webgpu" ? noGraphicsCard(probe) : undefined;
  if (software === undefined) return { device: wish, reason: "as asked for" };
  return { device: wish, reason: `as asked for, but in software, which is slower than cpu: ${software}` };
}

async function automatic(probe: DeviceProbe): Promise<DeviceChoice> {
  const cuda = await faultOf("cuda", probe);
  if (cuda === undefined) return { device: "cuda", reason: "its provider works here" };
  const webgpu = noGraphicsCard(probe) ?? (await faultOf("webgpu", probe));
  if (webgpu === undefined) return { device: "webgpu", reason: "a graphics card answers" };
  return { device: "cpu", reason: `webgpu: ${webgpu}; cuda: ${cuda}` };
}

/** For a person: `device: cpu (no graphics card …)`. */
export function deviceSentence({ device, reason }: DeviceChoice): string {
  return `device: ${device} (${reason})`;
}
