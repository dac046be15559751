/** @file Graphs run by ONNX Runtime on WebGPU (Vulkan, Metal, D3D12), with tensors that stay in the graphics card's memory. */
import { GraphBuilder } from "../graph/builder.ts";
import type { DataType } from "../graph/types.ts";
import { carriedType, type EncodedGraph, encodeGraph, liveEngineTensors, openEngine } from "./engine.ts";
import {
  type DeviceRuntime,
  type DeviceTensor,
  type GraphSession,
  onDevice,
  onHost,
  type ResidentSession,
  type SessionOptions,
  type Tensor,
} from "./types.ts";

/** Sessions that copy tensors of one type and rank to the device or from it; they stay open as long as the thread. */
const copiers = new Map<string, Promise<ResidentSession>>();

function copier(way: "park" | "read", type: DataType, rank: number): Promise<ResidentSession> {
  const key = `${way} ${type} ${rank}`;
  const known = copiers.get(key);
  if (known !== undefined) return known;
  const builder = new GraphBuilder();
  const sizes = Array.from({ length: rank }, (_, axis) => `size ${axis}`);
  const input = builder.input("x", sizes, carriedType(type));
  const encoded = encodeGraph(builder.finish([builder.identity(input)]), "webgpu");
  const opened = openEngine(
    { ...encoded, inputs: [{ ...input, type }] },
    { device: "webgpu", kept: way === "park" ? encoded.outputs : [], copies: type },
  );
  copiers.set(key, opened);
  opened.catch(() => copiers.delete(key)); // the next try may find an adapter
  return opened;
}

async function park(tensor: Tensor): Promise<DeviceTensor> {
  const session = await copier("park", tensor.type, tensor.shape.length);
  const [parked] = await session.run({ x: tensor });
  return onDevice(parked);
}

/** Through a session: to ask the tensor itself for its data ends the process (measured). */
async function read(tensor: DeviceTensor): Promise<Tensor> {
  const session = await copier("read", tensor.type, tensor.shape.length);
  const [copy] = await session.run({ x: tensor });
  return onHost(copy);
}

/** A session with the tensors that it holds parked beside it. */
async function openHolding(
  graph: EncodedGraph,
  kept: readonly string[],
  { held = {}, ...options }: SessionOptions,
): Promise<ResidentSession> {
  const session = await openEngine(graph, { ...options, device: "webgpu", kept });
  const parked: Record<string, DeviceTensor> = {};
  for (const [name, tensor] of Object.entries(held)) parked[name] = await park(tensor);
  return {
    run: (feeds) => session.run({ ...parked, ...feeds }),
    async [Symbol.asyncDispose]() {
      for (const tensor of Object.values(parked)) tensor.dispose();
      await session[Symbol.asyncDispose]();
    },
  };
}

export async function openOnWebGpu(graph: EncodedGraph, options: SessionOptions): Promise<GraphSession> {
  const session = await openHolding(graph, [], options);
  return {
    run: async (feeds) => (await session.run(feeds)).map(onHost),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

export const webGpuDevice: DeviceRuntime = {
  name: "onnxruntime on WebGPU",
  device: "webgpu",
  open: (graph, options = {}) => openOnWebGpu(encodeGraph(graph, "webgpu"), options),
  openResident: (graph, kept, options = {}) =>
    openHolding(
      encodeGraph(graph, "webgpu"),
      kept.map(({ name }) => name),
      options,
    ),
  park,
  read,
  liveTensors: liveEngineTensors,
};
