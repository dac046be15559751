/** @file Device tensors on WebGPU: they keep the promises that arrays of this process keep. */
import { describe } from "vitest";
import { onnxDevice } from "../../src/runtime/onnxruntime.ts";
import { describeDevice } from "../device-contract.ts";
import { isMissing, note } from "./software-device.ts";

describe.skipIf(isMissing)(`WebGPU${note}`, () => describeDevice("WebGPU", onnxDevice("webgpu")));
