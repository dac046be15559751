/** @file Device tensors where the device is this process: ONNX Runtime's CPU and the reference keep the same promises. */
import { describeDevice } from "../../test/device-contract.ts";
import { deviceOver } from "./host-device.ts";
import { onnxDevice } from "./onnxruntime.ts";
import { referenceRuntime } from "./reference.ts";

describeDevice("ONNX Runtime on the CPU", onnxDevice("cpu"));
describeDevice("the reference", deviceOver(referenceRuntime, "cpu"));
