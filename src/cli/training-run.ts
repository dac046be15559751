/** @file A resolved recipe → training events from a thread of its own, so that this one can show them as they come. */
import { on } from "node:events";
import { NeriumError } from "../errors.ts";
import { startWorker } from "../shared/workers.ts";
import type { TrainingEvent } from "../training/events.ts";
import type { ResolvedRecipe } from "../training/recipe.ts";
import type { TrainingRequest } from "./train.ts";
import type { TrainingMessage } from "./training-worker.ts";

export async function* trainInWorker(
  resolved: ResolvedRecipe,
  { signal, restart, device }: TrainingRequest,
): AsyncGenerator<TrainingEvent> {
  const worker = startWorker("./training-worker", import.meta.url, { resolved, restart, device });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  signal.addEventListener("abort", () => worker.postMessage("stop"), { once: true });
  try {
    for await (const [message] of on(worker, "message", { close: ["exit"] })) {
      const said = message as TrainingMessage;
      if ("failure" in said) throw revived(said.failure);
      yield said.event;
    }
  } finally {
    // Not terminate(): to end a thread while the engine computes ends the whole process. It stops after its step.
    worker.postMessage("stop");
    await ended;
  }
}

function revived({ code, message, stack }: Extract<TrainingMessage, { failure: unknown }>["failure"]): Error {
  if (code !== undefined) return new NeriumError(code, message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
