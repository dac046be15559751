/** @file Training on WebGPU: gradients, losses and whole runs against the CPU's. */
import { describe } from "vitest";
import { onnxDevice } from "../../src/runtime/onnxruntime.ts";
import { describeNetworks, describeRuns } from "../device-training.ts";
import { isMissing, note } from "./software-device.ts";

describe.skipIf(isMissing)(`training${note}`, () => {
  describeNetworks("WebGPU", onnxDevice("webgpu"));
  describeRuns("WebGPU", onnxDevice("webgpu"));
});
