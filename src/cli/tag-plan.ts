/** @file What `nerium tag` was asked for → which input becomes which output, checked before anything is tagged. */
import { basename, join, resolve } from "node:path";
import type { OffsetUnit, WritableFormat } from "../corpora/index.ts";
import { formatOf, isWritable, suffixOf, writableFormats } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import type { Input } from "./inputs.ts";
import { isFolder } from "./inputs.ts";

/** Plain text would lose what tagging is for. */
type MarkedFormat = Exclude<WritableFormat, "text">;
export type Target = "pretty" | MarkedFormat;
export const targets: readonly Target[] = ["pretty", ...writableFormats.filter(holdsMentions)];

export type Destination =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string };

export interface TargetOptions {
  readonly to?: Target | undefined;
  readonly json?: boolean | undefined;
  readonly output?: string | undefined;
  readonly offsets?: OffsetUnit | undefined;
}

/** One input, and the file that its documents go to (none: stdout). */
export interface Job {
  readonly input: Input;
  readonly output?: string;
}

function holdsMentions(format: WritableFormat): format is MarkedFormat {
  return format !== "text";
}

/** `--to`, or `--json`; else pretty on stdout, and for a file what its suffix says, or jsonl. */
export function targetOf({ to, json, output, offsets }: TargetOptions): Target {
  if (json === true && to !== undefined && to !== "jsonl") {
    throw new NeriumError(
      "USAGE",
      `--json means --to jsonl, but --to ${to} was given; leave one of them out`,
    );
  }
  const target = to ?? (json === true ? "jsonl" : impliedTarget(output));
  if (offsets !== undefined && target !== "jsonl") {
    throw new NeriumError(
      "USAGE",
      `--offsets is for --to jsonl only; the unit of ${target} is fixed, leave it out`,
    );
  }
  return target;
}

function impliedTarget(output: string | undefined): Target {
  if (output === undefined || output === "-") return "pretty";
  return writableFormatOf(output) ?? "jsonl";
}

/** The format that a file's suffix names, if we can write it. */
function writableFormatOf(path: string): MarkedFormat | undefined {
  try {
    const format = formatOf(path);
    return isWritable(format) && holdsMentions(format) ? format : undefined;
  } catch {
    return undefined; // formatOf refuses .pdf and the like
  }
}

/** A folder if it is one, ends with `/`, or takes several files; `-` and nothing are stdout. */
export async function destinationOf(
  output: string | undefined,
  inputArguments: readonly string[],
): Promise<Destination> {
  if (output === undefined || output === "-") return { kind: "stdout" };
  if (/[/\\]$/.test(output) || (await isFolder(output))) return { kind: "folder", path: output };
  const several = inputArguments.length > 1 || (await isFolder(inputArguments[0]!));
  if (several && /\.\w+$/.test(basename(output))) {
    throw new NeriumError(
      "USAGE",
      `several inputs make several outputs, but ${output} looks like a file; ` +
        `give a folder (-o ${output.replace(/\.\w+$/, "")}/), or leave -o out and redirect stdout`,
    );
  }
  return { kind: several ? "folder" : "file", path: output };
}

/** Gives each input its output. Throws USAGE where two would be the same file, or an output an input. */
export function planJobs(inputs: readonly Input[], destination: Destination, target: Target): Job[] {
  if (destination.kind === "stdout") return inputs.map((input) => ({ input }));
  const jobs = inputs.map((input) => ({
    input,
    output:
      destination.kind === "file" ? destination.path : join(destination.path, outputName(input.name, target)),
  }));
  const sources = new Set(inputs.map(({ path }) => resolve(path)));
  const taken = new Map<string, string>();
  for (const { input, output } of jobs) {
    const other = taken.get(resolve(output));
    if (other !== undefined) throw clash(`${other} and ${input.path} would both be written to ${output}`);
    if (sources.has(resolve(output)))
      throw clash(`${input.path} would be written to ${output}, which is an input`);
    taken.set(resolve(output), input.path);
  }
  return jobs;
}

function outputName(name: string, target: Target): string {
  const stem = name.replace(/\.gz$/i, "").replace(/(?<=[^/\\])\.[^./\\]*$/, "");
  return stem + (target === "pretty" ? ".txt" : suffixOf(target));
}

function clash(problem: string): NeriumError {
  return new NeriumError("USAGE", `${problem}; give another folder with -o, or tag them one by one`);
}
