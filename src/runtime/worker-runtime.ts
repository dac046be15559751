/** @file Graphs run by ONNX Runtime in a thread of their own, so that this one stays responsive: a run blocks its thread. */
import { once } from "node:events";
import { NeriumError } from "../errors.ts";
import { engineRun } from "../shared/engine-runs.ts";
import { startWorker } from "../shared/workers.ts";
import { type EncodedGraph, encodeGraph } from "./engine.ts";
import type { WorkerReply, WorkerRequest } from "./session-worker.ts";
import {
  type DeviceName,
  type Feeds,
  type GraphSession,
  onHost,
  type RunOptions,
  type Runtime,
  type SessionOptions,
  type Tensor,
} from "./types.ts";

interface Waiting {
  readonly resolve: (outputs: readonly Tensor[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What a session's thread makes lies outside its heap; left alone, young objects would get up to 48 MB in each thread. */
const sessionLimits = { maxYoungGenerationSizeMb: 6 };

async function open(graph: EncodedGraph, options: SessionOptions): Promise<GraphSession> {
  const worker = startWorker("./session-worker", import.meta.url, { graph, options }, sessionLimits);
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let ended: Error | undefined;
  const failAll = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  await engineRun(() => once(worker, "message")); // ready; a failure to open rejects here
  worker.on("error", failAll);
  worker.on("exit", () => failAll(new Error("internal: the engine's thread ended")));
  worker.on("message", (reply: Exclude<WorkerReply, { ready: true }>) => {
    const call = waiting.get(reply.id)!;
    waiting.delete(reply.id);
    if ("error" in reply) call.reject(revived(reply.error));
    else call.resolve(reply.outputs);
  });
  const ask = (feeds: Feeds, { givenAway = false }: RunOptions): Promise<readonly Tensor[]> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended); // nobody would answer
      const sent = Object.entries(feeds).map(([name, tensor]) => [name, onHost(tensor)] as const);
      const request: WorkerRequest = { id: count++, feeds: Object.fromEntries(sent) };
      const moved = givenAway ? sent.map(([, { data }]) => data.buffer) : [];
      worker.postMessage(request, [...new Set(moved)]); // throws at what cannot be sent
      waiting.set(request.id, { resolve, reject });
    });
  const asked = new Set<Promise<unknown>>();
  return {
    run(feeds, runOptions = {}) {
      const answer = engineRun(() => ask(feeds, runOptions));
      const forget = (): boolean => asked.delete(answer);
      asked.add(answer);
      answer.then(forget, forget);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      ended ??= new Error("internal: the session was disposed of");
      // A thread that ends in the middle of a run takes the whole process with it (Napi::Error, not caught).
      await Promise.allSettled(asked);
      await worker.terminate();
    },
  };
}

function revived({ code, message }: Extract<WorkerReply, { error: unknown }>["error"]): Error {
  return code === undefined ? new Error(message) : new NeriumError(code, message);
}

export const workerRuntime: Runtime = {
  name: "onnxruntime in a worker",
  parallel: true,
  open: (graph, options = {}) => open(encodeGraph(graph, options.device), options),
};

/** The same on one device. */
export function workerRuntimeOn(device: DeviceName): Runtime {
  return {
    name: `${workerRuntime.name} on ${device}`,
    ...(device === "cpu" && { parallel: true as const }),
    open: (graph, options) => workerRuntime.open(graph, { ...options, device }),
  };
}
