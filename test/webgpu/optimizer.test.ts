/** @file AdamW on WebGPU: the same numbers as AdamW over arrays. */
import { describe } from "vitest";
import { onnxDevice } from "../../src/runtime/onnxruntime.ts";
import { describeOptimizer } from "../device-optimizer.ts";
import { isMissing, note } from "./software-device.ts";

describe.skipIf(isMissing)(`optimizer${note}`, () => describeOptimizer("WebGPU", onnxDevice("webgpu")));
