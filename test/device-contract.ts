/** @file A device → tests of what every device promises: tensors stay, move between sessions, come back, and end when told to. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph } from "../src/graph/types.ts";
import {
  type DeviceRuntime,
  type DeviceTensor,
  floats,
  ints32,
  ints64,
  onDevice,
  onHost,
  type Tensor,
} from "../src/runtime/types.ts";
import { failureOf } from "./tiny-models.ts";

/** Outputs: x + y, and the sum of all its numbers. */
function sumGraph(): Graph {
  const builder = new GraphBuilder();
  const sum = builder.add(builder.input("x", ["rows", 3]), builder.input("y", [3]));
  return builder.finish([sum, builder.reduceSum(sum, [0, 1], 0)]);
}

const numbersOf = ({ data }: Tensor): number[] => Array.from(data, Number);

const parkable: readonly Tensor[] = [
  floats(Float32Array.of(1.5, -2, 3e-5, 4, 5), [5]),
  floats(Float32Array.of(7), []),
  floats(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]),
  ints32(Int32Array.of(-7, 8, 2 ** 30), [3, 1]),
  ints64([3, -4, 5], [3]),
  { type: "uint8", shape: [5], data: Uint8Array.of(0, 1, 127, 128, 255) },
  { type: "int8", shape: [7], data: Int8Array.of(0, 1, 127, -128, -1, 5, 6) },
];

export function describeDevice(name: string, device: DeviceRuntime): void {
  describe(`device tensors of ${name}`, () => {
    describeCopies(device);
    describeSessions(device);
    describeEnds(device);
  });
}

function describeCopies(device: DeviceRuntime): void {
  it.each(parkable)("come back as they were parked: $type $shape", async (tensor) => {
    const before = device.liveTensors();
    const parked = await device.park(tensor);
    expect({ type: parked.type, shape: parked.shape }).toEqual({ type: tensor.type, shape: tensor.shape });
    expect(device.liveTensors()).toBe(before + 1);
    expect(await device.read(parked)).toEqual(tensor);
    expect(await device.read(parked)).toEqual(tensor);
    parked.dispose();
    parked.dispose();
    expect(device.liveTensors()).toBe(before);
  });

  it("are copies: what is changed on this side stays as it was there", async () => {
    const data = Float32Array.of(1, 2);
    const parked = await device.park(floats(data, [2]));
    data.fill(0);
    expect(numbersOf(await device.read(parked))).toEqual([1, 2]);
    parked.dispose();
  });
}

function describeSessions(device: DeviceRuntime): void {
  it("are fed and made by sessions, and only kept outputs stay", async () => {
    const before = device.liveTensors();
    const graph = sumGraph();
    await using session = await device.openResident(graph, [graph.outputs[0]!], { threads: 1 });
    const y = await device.park(floats(Float32Array.of(10, 20, 30), [3]));
    let x: Tensor | DeviceTensor = floats(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    for (const total of [141, 261, 381]) {
      const [sum, all] = await session.run({ x, y });
      if ("dispose" in x) x.dispose();
      x = onDevice(sum);
      expect(numbersOf(onHost(all))).toEqual([total]);
    }
    expect(device.liveTensors()).toBe(before + 2);
    expect(numbersOf(await device.read(onDevice(x)))).toEqual([31, 62, 93, 34, 65, 96]);
    onDevice(x).dispose();
    y.dispose();
    expect(device.liveTensors()).toBe(before);
  });

  it("outlive the session that made them", async () => {
    const graph = sumGraph();
    const session = await device.openResident(graph, [graph.outputs[0]!], { threads: 1 });
    const feeds = { x: floats(Float32Array.of(1, 2, 3), [1, 3]), y: floats(Float32Array.of(1, 1, 1), [3]) };
    const [sum] = await session.run(feeds);
    await session[Symbol.asyncDispose]();
    await using other = await device.open(graph, { threads: 1 });
    const [again] = await other.run({ ...feeds, x: onDevice(sum) });
    onDevice(sum).dispose();
    expect(numbersOf(again!)).toEqual([3, 4, 5]);
  });
}

function describeEnds(device: DeviceRuntime): void {
  it("are refused after their end, of another shape, and of another device", async () => {
    const graph = sumGraph();
    await using session = await device.openResident(graph, [], { threads: 1 });
    const x = floats(new Float32Array(3), [1, 3]);
    const gone = await device.park(floats(new Float32Array(3), [3]));
    gone.dispose();
    const long = await device.park(floats(new Float32Array(4), [4]));
    const foreign: DeviceTensor = { type: "float32", shape: [3], dispose() {} };
    const failures = [];
    for (const y of [gone, long, foreign]) failures.push(await failureOf(session.run({ x, y })));
    expect(failures.map((error) => (error as Error).message)).toEqual([
      "internal: a device tensor is used after its end",
      'input "y": expected float32 [3], got float32 [4]',
      "internal: a tensor of another device",
    ]);
    expect(await failureOf(device.read(gone))).toBeInstanceOf(Error);
    long.dispose();
  });

  it("are not left behind by a session that holds some", async () => {
    const before = device.liveTensors();
    const held = { y: floats(Float32Array.of(1, 2, 3), [3]) };
    const session = await device.open(sumGraph(), { threads: 1, held });
    const results = [];
    for (const first of [0, 1])
      results.push(numbersOf((await session.run({ x: floats(Float32Array.of(first, 0, 0), [1, 3]) }))[0]!));
    expect(results).toEqual([
      [1, 2, 3],
      [2, 2, 3],
    ]);
    await session[Symbol.asyncDispose]();
    expect(device.liveTensors()).toBe(before);
  });
}
