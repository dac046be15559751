/** @file Training written for devices, on the CPU: the numbers of training over arrays, and no tensor left behind. */
import { describeNetworks, describeRuns } from "../../test/device-training.ts";
import { onnxDevice } from "../runtime/onnxruntime.ts";

describeNetworks("the CPU", onnxDevice("cpu"));
describeRuns("the CPU", onnxDevice("cpu"));
