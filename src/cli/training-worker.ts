/** @file The thread that a training run lives in: a resolved recipe comes in, training events go out. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, NeriumError } from "../errors.ts";
import { chooseComputer } from "../runtime/computer.ts";
import type { DeviceWish } from "../runtime/choose-device.ts";
import type { TrainingEvent } from "../training/events.ts";
import { train } from "../training/train.ts";
import type { ResolvedRecipe } from "../training/recipe.ts";
import { devScores } from "./dev-scores.ts";
import { describeFailure, exitCodes } from "./failures.ts";

export type TrainingMessage =
  | { readonly event: TrainingEvent }
  | { readonly failure: { readonly code?: ErrorCode; readonly message: string; readonly stack?: string } };

interface Given {
  readonly resolved: ResolvedRecipe;
  readonly restart: boolean;
  readonly device: DeviceWish;
}

const { resolved, restart, device } = workerData as Given;
const port = parentPort!;
const stopping = new AbortController();
port.once("message", () => stopping.abort()); // the only message there is: save a checkpoint and end

try {
  const computer = await chooseComputer(device);
  const events = train(resolved, {
    ...computer,
    now: () => performance.now(),
    peakBytes: () => process.resourceUsage().maxRSS * 1024,
    signal: stopping.signal,
    restart,
    evaluate: (model, recipe) => devScores(model, recipe, computer.runtime),
  });
  for await (const event of events) {
    port.postMessage({ event });
    // The loop blocks this thread at every step; a turn of the event loop lets the stop message in.
    await new Promise((resolve) => setImmediate(resolve));
  }
} catch (error) {
  // Classes do not survive the way between threads: what makes a NeriumError one is its code. What the operating system
  // refuses (a full disk …) is no bug of ours either.
  const { exitCode, message } = describeFailure(error);
  const refused = exitCode === exitCodes.failed ? "RUNTIME" : undefined;
  const code = error instanceof NeriumError ? error.code : refused;
  const words = code === undefined ? (error as Error).message : message.replace(/^nerium: (.*)\n$/s, "$1");
  port.postMessage({ failure: { code, message: words, stack: (error as Error).stack } });
}
port.close();
