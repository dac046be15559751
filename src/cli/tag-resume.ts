/** @file An input, a tagger and options → how its output can be gone on with after an interruption, if it can. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Tagger, TagOptions } from "../tagging/types.ts";
import type { ResumableOutput } from "./resumable-output.ts";
import type { Job, Target } from "./tag-plan.ts";
import type { Run } from "./tag-run.ts";
import { version } from "./version.ts";

/** Formats in which each document stands for itself, and the line ends that end it. */
const lineEnds: Partial<Record<Target, 1 | 2>> = { jsonl: 1, pubtator: 2 };

/** Undefined where the run can only start again: other formats, compressed outputs, stdin, models that are asked. */
export async function resumableOutput(
  { input, output }: Job,
  { info, resumption }: Tagger,
  { types, threshold }: TagOptions,
  { target, options }: Pick<Run, "target" | "options">,
): Promise<Omit<ResumableOutput, "onStart"> | undefined> {
  const ends = lineEnds[target];
  if (ends === undefined || resumption === undefined || output === undefined || /\.gz$/i.test(output))
    return undefined;
  const source = await stat(input.path).catch(() => undefined);
  if (source?.isFile() !== true) return undefined; // whoever opens it says why
  const { format, perLine, offsets } = options;
  return {
    path: output,
    lineEnds: ends,
    rowsAtOnce: resumption.documentsAtOnce,
    afresh: options.force === true,
    // The number of threads changes nothing that is written.
    identity: {
      nerium: version(),
      model: info.model,
      fingerprint: resumption.fingerprint,
      options: { types, threshold, target, format, perLine, offsets },
      input: { path: resolve(input.path), bytes: source.size, changed: source.mtimeMs },
    },
  };
}
