/** @file The thread that holds one engine session: takes feeds by message, gives outputs by message. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, NeriumError } from "../errors.ts";
import type { EncodedGraph } from "./engine.ts";
import { openSession } from "./onnxruntime.ts";
import type { SessionOptions, Tensors } from "./types.ts";

export interface WorkerRequest {
  readonly id: number;
  readonly feeds: Tensors;
}

export type WorkerReply =
  | { readonly ready: true }
  | { readonly id: number; readonly outputs: readonly Tensors[string][] }
  /** Classes do not survive the way between threads: `code` is what makes the error a NeriumError. */
  | { readonly id: number; readonly error: { readonly code?: ErrorCode; readonly message: string } };

const { graph, options } = workerData as { readonly graph: EncodedGraph; readonly options: SessionOptions };
const port = parentPort!;
const session = await openSession(graph, options);
const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

port.on("message", ({ id, feeds }: WorkerRequest) => {
  session.run(feeds).then(
    (results) =>
      reply(
        { id, outputs: results },
        results.map(({ data }) => data.buffer),
      ),
    (error: Error) => {
      const code = error instanceof NeriumError ? { code: error.code } : {};
      reply({ id, error: { message: error.message, ...code } });
    },
  );
});
reply({ ready: true });
