/** @file This machine → the WebGPU device through a Vulkan driver in software, or why there is none. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxDevice } from "../../src/runtime/onnxruntime.ts";

/** SwiftShader, as Debian's Chromium brings it; `.ci/run` installs it where it can. */
const driver = process.env["VK_ICD_FILENAMES"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";

// Both are read by native code when the first session opens; this process's tests need them, threads inherit them.
if (existsSync(driver)) {
  process.env["VK_ICD_FILENAMES"] = driver;
  process.env["XDG_RUNTIME_DIR"] ??= mkdtempSync(join(tmpdir(), "nerium-runtime-"));
}

async function whyNot(): Promise<string> {
  if (!existsSync(driver)) return `no ${driver}; apt-get install chromium libvulkan1`;
  try {
    const device = onnxDevice("webgpu");
    (await device.park({ type: "float32", shape: [1], data: new Float32Array(1) })).dispose();
    return "";
  } catch (error) {
    return (error as Error).message.replaceAll("\n", " ");
  }
}

/** Empty where WebGPU works. */
export const missing = await whyNot();
export const isMissing = missing !== "";
/** For a test's title. */
export const note = isMissing ? ` (skipped: ${missing})` : "";
