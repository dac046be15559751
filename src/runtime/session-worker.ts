/** @file The thread that holds one engine session: takes feeds by message, gives outputs by message. */
import { parentPort, workerData } from "node:worker_threads";
import { openSession } from "./onnxruntime.ts";
import type { SessionOptions, Tensors } from "./types.ts";

export interface WorkerRequest {
  readonly id: number;
  readonly feeds: Tensors;
}

export type WorkerReply =
  | { readonly ready: true }
  | { readonly id: number; readonly outputs: readonly Tensors[string][] }
  | { readonly id: number; readonly error: unknown };

const { model, outputs, options } = workerData as {
  readonly model: Uint8Array;
  readonly outputs: readonly string[];
  readonly options: SessionOptions;
};
const port = parentPort!;
const session = await openSession(model, outputs, options);
const reply = (message: WorkerReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

port.on("message", ({ id, feeds }: WorkerRequest) => {
  session.run(feeds).then(
    (results) => reply({ id, outputs: results }, results.map(({ data }) => data.buffer)),
    (error: unknown) => reply({ id, error }),
  );
});
reply({ ready: true });
