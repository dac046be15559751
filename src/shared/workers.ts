/** @file A module's place → a thread or a process that runs it, from the built package and from the sources alike. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { forbidTelemetry } from "./telemetry.ts";

/** `module` is relative to `base` (an import.meta.url) and without suffix: "./session-worker". */
export function startWorker(
  module: string,
  base: string,
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
): Worker {
  forbidTelemetry();
  const options = { workerData, resourceLimits };
  if (!base.endsWith(".ts")) return new Worker(new URL(`${module}.js`, base), options);
  // Sources need a loader for TypeScript, which only the project's own tests and scripts have installed.
  const loader = new URL("../../scripts/source-worker.mjs", import.meta.url);
  return new Worker(loader, { ...options, argv: [new URL(`${module}.ts`, base).href] });
}

/** The same as a process of its own, which hears and says messages over its channel. */
export function startProcess(module: string, base: string): ChildProcess {
  const options = { serialization: "advanced" } as const;
  if (!base.endsWith(".ts")) return fork(fileURLToPath(new URL(`${module}.js`, base)), [], options);
  const loader = fileURLToPath(new URL("../../scripts/source-worker.mjs", import.meta.url));
  return fork(loader, [new URL(`${module}.ts`, base).href], options);
}
