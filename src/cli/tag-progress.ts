/** @file Inputs → the progress line of a run, with time left once the documents are counted. */
import { openCorpus } from "../corpora/index.ts";
import type { Progress } from "./progress.ts";
import { silentProgress, startProgress } from "./progress.ts";
import type { Job } from "./tag-plan.ts";
import type { Run } from "./tag-run.ts";
import type { TagCommandOptions } from "./tag.ts";

export interface TagProgress {
  readonly progress: Progress;
  /** Ends the counting, which goes on beside the tagging. */
  readonly stop: () => void;
}

/** Documents that scroll by on the same terminal are progress enough, and a progress line would tear them apart. */
export function tagProgress(
  jobs: readonly Job[],
  { destination, effects, options }: Pick<Run, "destination" | "effects" | "options">,
): TagProgress {
  const scrolls = destination.kind === "stdout" && effects.stdout.isTTY === true;
  if (scrolls || effects.stderr.isTTY !== true) return { progress: silentProgress, stop() {} };
  // Reading everything twice is little beside tagging it.
  const state = { total: undefined as number | undefined, stopped: false };
  void countDocuments(jobs, options, () => state.stopped).then((total) => (state.total = total));
  return {
    progress: startProgress(effects, { unit: "documents", total: () => state.total }),
    stop: () => (state.stopped = true),
  };
}

/** Undefined where something cannot be read twice, or not at all: that will be told when it is tagged. */
async function countDocuments(
  jobs: readonly Job[],
  { format, perLine }: TagCommandOptions,
  stopped: () => boolean,
): Promise<number | undefined> {
  let count = 0;
  try {
    for (const { input } of jobs) {
      if (input.path === "-") return undefined;
      for await (const _ of openCorpus(input.path, { format, perLine })) {
        if (stopped()) return undefined;
        count++;
      }
    }
  } catch {
    return undefined;
  }
  return count;
}
