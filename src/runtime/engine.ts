/** @file An encoded graph and options → a session of ONNX Runtime on one device, and the tensors that it leaves there. */
import type * as Engine from "onnxruntime-node";
import { NeriumError } from "../errors.ts";
import { encodeOnnx } from "../graph/onnx.ts";
import { forWebGpu } from "../graph/passes/webgpu.ts";
import type { DataType, Graph, Value } from "../graph/types.ts";
import { forbidTelemetry } from "../shared/telemetry.ts";
import { bindFeeds } from "./feeds.ts";
import type {
  AnyTensor,
  DeviceName,
  DeviceTensor,
  Feeds,
  ResidentSession,
  SessionOptions,
  Tensor,
  TensorData,
} from "./types.ts";

// Loaded at first use: the engine is 45 MB and many commands never need it.
const loadEngine = async (): Promise<typeof Engine> => {
  forbidTelemetry();
  const loaded: unknown = await import("onnxruntime-node");
  // Node gives a CommonJS package as the default export; tsx in a worker thread gives its names alone.
  return (loaded as { readonly default?: typeof Engine }).default ?? (loaded as typeof Engine);
};

/**
 * Memory patterns double the peak memory at no gain in time, denormal numbers slow a backward pass by a half, and
 * threads that spin while they wait slow everything down where the machine has other work (docs/decisions).
 */
const measuredOptions = {
  enableMemPattern: false,
  extra: { session: { set_denormal_as_zero: "1", intra_op: { allow_spinning: "0" } } },
} as const;

/** What a session needs of a graph; it can go to another thread. */
export interface EncodedGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly string[];
}

export function encodeGraph(graph: Graph, device: DeviceName = "cpu"): EncodedGraph {
  return {
    model: encodeOnnx(device === "webgpu" ? forWebGpu(graph) : graph),
    inputs: graph.inputs,
    outputs: graph.outputs.map(({ name }) => name),
  };
}

type EngineTensor = InstanceType<typeof Engine.Tensor>;

/** What a session is to the tensors that it made: they must not outlive it. */
interface Maker {
  begin(): void;
  end(): void;
}

let live = 0;
/** Device tensors of this thread that are not disposed of. */
export const liveEngineTensors = (): number => live;

/**
 * The engine's JavaScript cannot name tensors of this type on a device. The same bytes go there as uint8, and are fed
 * under their own name again.
 */
export const carriedType = (type: DataType): DataType => (type === "int8" ? "uint8" : type);

/** The same bytes under the type that they are carried as. */
function carried(tensor: Tensor): Tensor {
  const { buffer, byteOffset, byteLength } = tensor.data;
  if (tensor.type !== "int8") return tensor;
  return { ...tensor, type: "uint8", data: new Uint8Array(buffer, byteOffset, byteLength) };
}

function signed(tensor: Tensor): Tensor {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return { ...tensor, type: "int8", data: new Int8Array(buffer, byteOffset, byteLength) };
}

export class EngineDeviceTensor implements DeviceTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  #tensor: EngineTensor | undefined;
  readonly #maker: Maker;

  constructor(tensor: EngineTensor, type: DataType, maker: Maker) {
    this.type = type;
    this.shape = tensor.dims;
    this.#tensor = tensor;
    this.#maker = maker;
    live++;
    maker.begin();
  }

  /** As it is carried. */
  get carried(): EngineTensor {
    if (this.#tensor === undefined) throw new Error("internal: a device tensor is used after its end");
    return this.#tensor;
  }

  /** As the engine takes it, under its own type. */
  get fed(): EngineTensor {
    const { type } = this;
    if (this.carried.type === type) return this.carried;
    const { gpuBuffer, dims, location } = this.carried;
    return { type, gpuBuffer, dims, location } as unknown as EngineTensor;
  }

  dispose(): void {
    if (this.#tensor === undefined) return;
    this.#tensor.dispose();
    this.#tensor = undefined;
    live--;
    this.#maker.end();
  }
}

/** Releases a session once it is closed and its last tensor is gone: to free a tensor later ends the process (measured). */
class Lease implements Maker {
  readonly #session: Engine.InferenceSession;
  #tensors = 0;
  #closed = false;

  constructor(session: Engine.InferenceSession) {
    this.#session = session;
  }

  begin(): void {
    this.#tensors++;
  }

  end(): void {
    if (--this.#tensors === 0 && this.#closed) void this.#session.release();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#tensors === 0) await this.#session.release();
  }
}

export interface EngineOptions extends Pick<SessionOptions, "threads" | "device" | "strict"> {
  /** Names of outputs that stay on the device. */
  readonly kept?: readonly string[];
  /** The session copies tensors of this type, which may be carried as another one. */
  readonly copies?: DataType;
}

async function createSession(
  engine: typeof Engine,
  model: Uint8Array,
  { threads = 0, device = "cpu", strict = false, kept = [] }: EngineOptions,
): Promise<Engine.InferenceSession> {
  const { extra, ...measured } = measuredOptions;
  const session = { ...extra.session, ...(strict && { disable_cpu_ep_fallback: "1" }) };
  try {
    return await engine.InferenceSession.create(model, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      ...measured,
      extra: { session },
      ...(kept.length > 0 && {
        preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer" as const])),
      }),
    });
  } catch (cause) {
    if (device === "cpu") throw cause;
    const problem = `the graph does not open on ${device}: ${engineMessage(cause)}; use --device cpu`;
    throw new NeriumError("RUNTIME", problem, { cause });
  }
}

/** What the engine says, without its own source's places and conditions. */
export function engineMessage(error: unknown): string {
  return (error as Error).message.split("\n")[0]!.replace(/^.* was false\. /, "");
}

export async function openEngine(
  { model, inputs, outputs }: EncodedGraph,
  options: EngineOptions,
): Promise<ResidentSession> {
  const engine = await loadEngine();
  const session = await createSession(engine, model, options);
  const lease = new Lease(session);
  const toEngine = (tensor: AnyTensor): EngineTensor => {
    if (tensor instanceof EngineDeviceTensor)
      return options.copies === undefined ? tensor.fed : tensor.carried;
    if (!("data" in tensor)) throw new Error("internal: a tensor of another device");
    const { type, data, shape } = options.copies === undefined ? tensor : carried(tensor);
    return new engine.Tensor(type, data as Float32Array, [...shape]);
  };
  const fromEngine = (result: EngineTensor): AnyTensor => {
    const type = result.type as DataType;
    if (result.location === "gpu-buffer")
      return new EngineDeviceTensor(result, options.copies ?? type, lease);
    const tensor: Tensor = { type, shape: result.dims, data: result.data as TensorData };
    return options.copies === "int8" ? signed(tensor) : tensor;
  };
  return {
    async run(feeds: Feeds) {
      bindFeeds(inputs, feeds); // the engine accepts some wrong sizes silently
      const given = Object.entries(feeds).map(([name, tensor]) => [name, toEngine(tensor)] as const);
      const results = await session.run(Object.fromEntries(given));
      return outputs.map((name) => fromEngine(results[name]!));
    },
    [Symbol.asyncDispose]: () => lease.close(),
  };
}
