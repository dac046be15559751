/** @file What `nerium convert` was asked for → what is read and what is written, checked before anything is touched. */
import { basename, dirname, join, resolve } from "node:path";
import type { CorpusFormat, TargetFormat, WritableFormat } from "../corpora/index.ts";
import {
  folderFormat,
  formatOf,
  hasCorpusSuffix,
  isTarget,
  isWritable,
  suffixOf,
  targetFormats,
} from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import type { Input } from "./inputs.ts";
import { findInputs, isFolder } from "./inputs.ts";

export type Conversion =
  | { readonly kind: "stdout"; readonly to: WritableFormat; readonly inputs: readonly Input[] }
  | {
      readonly kind: "file";
      readonly to: WritableFormat;
      readonly inputs: readonly Input[];
      readonly path: string;
    }
  | {
      readonly kind: "folder";
      readonly to: TargetFormat;
      readonly folder: string;
      /** Each input's own files in the folder are called after its stem. */
      readonly jobs: readonly { readonly input: Input; readonly stem: string }[];
    };

interface Wanted {
  readonly from?: CorpusFormat | undefined;
  readonly to?: TargetFormat | undefined;
}

/** Throws USAGE where the options leave open what to write, or contradict each other. */
export async function planConversion(
  input: string,
  output: string,
  { from, to }: Wanted,
): Promise<Conversion> {
  const intoFolder = output !== "-" && (/[/\\]$/.test(output) || (await isFolder(output)));
  const target = to ?? impliedTarget(output, intoFolder);
  const inputs = await inputsOf(input, from, intoFolder ? output : undefined);
  if (inputs.some(({ path }) => path !== "-" && resolve(path) === resolve(output))) {
    throw new NeriumError("USAGE", `${output} is the input too; give the output another name`);
  }
  if (!isWritable(target)) return severalFiles(target, inputs, output, intoFolder);
  if (output === "-") return { kind: "stdout", to: target, inputs };
  if (!intoFolder) return { kind: "file", to: target, inputs, path: output };
  return { kind: "folder", to: target, folder: output, jobs: jobsFor(inputs, target) };
}

function impliedTarget(output: string, intoFolder: boolean): TargetFormat {
  if (output !== "-" && !intoFolder && hasCorpusSuffix(output)) {
    const format = formatOf(output);
    if (isTarget(format)) return format;
    throw new NeriumError("USAGE", `${format} is only read; give another suffix, or --to`, { file: output });
  }
  const problem = `cannot tell what to write to ${output}; give --to, one of ${targetFormats.join(", ")}`;
  throw new NeriumError("USAGE", problem);
}

async function inputsOf(
  input: string,
  from: CorpusFormat | undefined,
  except: string | undefined,
): Promise<readonly Input[]> {
  if (input !== "-" && (await isFolder(input))) {
    const format = await folderFormat(input, from);
    if (format !== undefined) return [{ path: input, name: basename(resolve(input)) }];
  }
  return findInputs(input, { accepts: from === undefined ? hasCorpusSuffix : () => true, except });
}

/** A format of several files goes into a folder; a file name (`train.in`) says what they are called. */
function severalFiles(
  to: TargetFormat,
  inputs: readonly Input[],
  output: string,
  intoFolder: boolean,
): Conversion {
  if (intoFolder) return { kind: "folder", to, folder: output, jobs: jobsFor(inputs, to) };
  const named = output.endsWith(suffixOf(to));
  if (output === "-" || (named && inputs.length > 1)) {
    throw new NeriumError("USAGE", `${to} is several files; give a folder to write them to (${to}/)`);
  }
  if (!named) return { kind: "folder", to, folder: output, jobs: jobsFor(inputs, to) };
  const stem = basename(output).slice(0, -suffixOf(to).length);
  return { kind: "folder", to, folder: dirname(output), jobs: inputs.map((input) => ({ input, stem })) };
}

/** Throws USAGE where two inputs would be written to one file. */
function jobsFor(inputs: readonly Input[], to: TargetFormat) {
  const taken = new Map<string, string>();
  return inputs.map((input) => {
    const stem = stemOf(input.name);
    const other = taken.get(stem);
    if (other !== undefined) {
      const file = join(stem + suffixOf(to));
      throw new NeriumError(
        "USAGE",
        `${other} and ${input.name} would both be written to ${file}; convert them one by one`,
      );
    }
    taken.set(stem, input.name);
    return { input, stem };
  });
}

function stemOf(name: string): string {
  return name.replace(/\.gz$/i, "").replace(/(?<=[^/\\])\.[^./\\]*$/, "");
}
