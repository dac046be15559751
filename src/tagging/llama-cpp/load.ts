/** @file The optional package node-llama-cpp, loaded when it is first needed, or an error that says how to get it. */
import type * as LlamaCpp from "node-llama-cpp";
import { NeriumError } from "../../errors.ts";

export type LlamaCppPackage = typeof LlamaCpp;

/** The CPU build comes with the package: nothing is downloaded or compiled at run time. */
export const loadOptions = { gpu: false, build: "never", skipDownload: true, progressLogs: false } as const;

/** The import as a parameter, so that tests can do without. */
export async function loadLlamaCpp(
  load: () => Promise<LlamaCppPackage> = () => import("node-llama-cpp"),
): Promise<LlamaCppPackage> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    const problem = "the engine llama.cpp needs the package node-llama-cpp, which is not installed";
    throw new NeriumError(
      "USAGE",
      `${problem}; install it beside Nerium with: npm install node-llama-cpp@3.22.1 --ignore-scripts`,
      { cause },
    );
  }
}
