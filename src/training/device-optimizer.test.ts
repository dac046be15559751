/** @file AdamW as graphs, on the CPU and in double precision: the same numbers as AdamW over arrays. */
import { describeOptimizer } from "../../test/device-optimizer.ts";
import { deviceOver } from "../runtime/host-device.ts";
import { onnxDevice } from "../runtime/onnxruntime.ts";
import { referenceRuntime } from "../runtime/reference.ts";

describeOptimizer("the CPU", onnxDevice("cpu"));
describeOptimizer("the reference", deviceOver(referenceRuntime, "cpu"));
