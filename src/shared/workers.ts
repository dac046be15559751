/** @file A module's place → a worker thread that runs it, from the built package and from the sources alike. */
import { Worker } from "node:worker_threads";

/** `module` is relative to `base` (an import.meta.url) and without suffix: "./session-worker". */
export function startWorker(module: string, base: string, workerData: unknown): Worker {
  if (!base.endsWith(".ts")) return new Worker(new URL(`${module}.js`, base), { workerData });
  // Sources need a loader for TypeScript, which only the project's own tests and scripts have installed.
  const loader = new URL("../../scripts/source-worker.mjs", import.meta.url);
  return new Worker(loader, { workerData, argv: [new URL(`${module}.ts`, base).href] });
}
