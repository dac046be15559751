/** @file Devices by name → what computes there: parameters stay on WebGPU, and go along with each step elsewhere. */
import { describe, expect, it } from "vitest";
import { deviceSentence } from "./choose-device.ts";
import { chooseComputer, chooseWorkerRuntime, computerOn } from "./computer.ts";
import { onnxRuntime } from "./onnxruntime.ts";

describe("a computer", () => {
  it("keeps parameters where they can be kept", () => {
    expect(computerOn("cpu")).toEqual({ runtime: onnxRuntime });
    expect(computerOn("cuda")).toMatchObject({ runtime: { device: "cuda" } });
    expect(computerOn("cuda").resident).toBeUndefined();
    const { runtime, resident } = computerOn("webgpu");
    expect(resident).toBe(runtime);
    expect(resident!.device).toBe("webgpu");
  });

  it("is told with its device, in this thread and in others", async () => {
    const device = { device: "cpu", reason: "as asked for" } as const;
    expect(await chooseComputer("cpu")).toEqual({ runtime: onnxRuntime, device });
    expect(await chooseWorkerRuntime("cpu")).toMatchObject({
      device,
      runtime: { name: "onnxruntime in a worker on cpu" },
    });
    expect(deviceSentence(device)).toBe("device: cpu (as asked for)");
  });
});
