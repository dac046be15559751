/** @file The choice of a device on machines that are made up: what is tried, what is chosen, what a person is told. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseDevice, type DeviceWish } from "./choose-device.ts";
import { type DeviceProbe, probeOf } from "./device-probe.ts";
import { onnxRuntime } from "./onnxruntime.ts";
import type { DeviceName } from "./types.ts";

interface Machine {
  readonly platform?: string;
  readonly files?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Devices whose sessions fail, and how. */
  readonly faults?: Partial<Record<DeviceName, string>>;
}

async function choose(
  wish: DeviceWish,
  { platform = "linux", files = [], environment = {}, faults = {} }: Machine,
) {
  const tried: DeviceName[] = [];
  const probe: DeviceProbe = {
    platform,
    architecture: "x64",
    environment,
    home: "/home/me",
    engineFolder: "/engine",
    exists: (path) => files.includes(path),
    list: (folder) =>
      files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1)),
    async tryOut(device) {
      tried.push(device);
      return faults[device];
    },
  };
  return { ...(await chooseDevice(wish, probe)), tried };
}

const cuda = ["shared", "cuda"].map((name) => `/engine/libonnxruntime_providers_${name}.so`);
const card = ["/dev/dri/renderD128", "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json"];
const software = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

describe("auto", () => {
  it.each<[string, Machine, DeviceName, DeviceName[]]>([
    ["CUDA where its provider works", { files: [...cuda, ...card] }, "cuda", ["cuda"]],
    [
      "WebGPU where CUDA's provider does not load",
      { files: [...cuda, ...card], faults: { cuda: "libcudnn" } },
      "webgpu",
      ["cuda", "webgpu"],
    ],
    ["WebGPU without looking at CUDA's absent provider", { files: card }, "webgpu", ["webgpu"]],
    [
      "a card of NVIDIA's",
      { files: ["/dev/nvidia0", "/etc/vulkan/icd.d/nvidia_icd.json"] },
      "webgpu",
      ["webgpu"],
    ],
    ["WebGPU on macOS, whose cards are not files", { platform: "darwin" }, "webgpu", ["webgpu"]],
    ["the CPU where no adapter opens", { files: card, faults: { webgpu: "no adapter" } }, "cpu", ["webgpu"]],
    ["the CPU without a card, and tries nothing", { files: [software] }, "cpu", []],
    ["the CPU where only software drivers are installed", { files: [card[0]!, software] }, "cpu", []],
    ["the CPU where no driver is installed", { files: [card[0]!] }, "cpu", []],
    [
      "the CPU where the environment names a software driver",
      { files: card, environment: { VK_ICD_FILENAMES: "/usr/lib/chromium/vk_swiftshader_icd.json" } },
      "cpu",
      [],
    ],
  ])("takes %s", async (_, machine, device, tried) => {
    expect(await choose("auto", machine)).toMatchObject({ device, tried });
  });

  it("says of both why they were not taken", async () => {
    const { reason } = await choose("auto", { files: [...card, cuda[0]!], faults: { webgpu: "no adapter" } });
    expect(reason).toBe(
      `webgpu: no adapter; cuda: libonnxruntime_providers_cuda.so not found in ${join("/engine")}`,
    );
  });
});

describe("a device that is asked for", () => {
  it("is taken where it works, a software one with a warning", async () => {
    expect(await choose("webgpu", { files: card })).toMatchObject({
      device: "webgpu",
      reason: "as asked for",
    });
    expect(await choose("cuda", { files: cuda })).toMatchObject({ device: "cuda", reason: "as asked for" });
    const slow = await choose("webgpu", { environment: { VK_DRIVER_FILES: "/x/vk_swiftshader_icd.json" } });
    expect(slow).toMatchObject({ device: "webgpu" });
    expect(slow.reason).toMatch(/in software, which is slower than cpu: no graphics card/);
  });

  it("gives way to the CPU with its reason", async () => {
    expect(await choose("webgpu", { faults: { webgpu: "No supported adapters" } })).toMatchObject({
      device: "cpu",
      reason: "webgpu was asked for, but No supported adapters; see docs/devices.md",
    });
    const absent = await choose("cuda", { files: card });
    expect(absent).toMatchObject({ device: "cpu", tried: [] });
    expect(absent.reason).toMatch(
      /^cuda was asked for, but libonnx.*shared.so and libonnx.*cuda.so not found in/,
    );
    const elsewhere = await choose("cuda", { platform: "darwin" });
    expect(elsewhere.reason).toMatch(/CUDA provider for Linux on x64 only, this is darwin on x64/);
  });

  it("is not looked for where the CPU is asked for", async () => {
    expect(await choose("cpu", { files: [...cuda, ...card] })).toMatchObject({ device: "cpu", tried: [] });
  });
});

describe("this machine", () => {
  it("can use its CPU, and knows the folder of the engine's libraries", async () => {
    const probe = probeOf(onnxRuntime);
    expect(await probe.tryOut("cpu")).toBeUndefined();
    const unknown = probeOf({
      name: "none",
      open: () => Promise.reject(new Error("x was false. No driver\n")),
    });
    expect(await unknown.tryOut("webgpu")).toBe("No driver");
    expect(probe.list(probe.engineFolder)).toContain("onnxruntime_binding.node");
    expect(probe.list(join(probe.engineFolder, "nowhere"))).toEqual([]);
  });
});
