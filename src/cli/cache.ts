/** @file `nerium cache`: the quantised weights that training runs have kept → a list of them, or their deletion. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { type KeptWeights, listQuantized } from "../adapters/quantized-listing.ts";
import { NeriumError } from "../errors.ts";
import { cacheFolder } from "../shared/cache-folder.ts";
import { type Effects, write } from "./effects.ts";
import { formatTable } from "./table.ts";

export interface CacheOptions {
  readonly delete?: true | undefined;
  readonly json?: true | undefined;
}

const examples = `
Examples:
  nerium cache                            # what is kept, and how large it is
  nerium cache --delete                   # all of it
  nerium cache --delete llama.nf4.0123456789ab.safetensors

A run that trains an adapter over quantised weights keeps them, so that the next one need not make them again; nothing
is lost with them but that time. The folder is quantized/ in NERIUM_CACHE, else in ~/.cache/nerium (XDG_CACHE_HOME).
quantize.cache=false in a recipe or behind nerium train keeps nothing. Models that were pulled lie elsewhere.`;

export function cacheCommand(effects: Effects) {
  return new Command("cache")
    .description("Show or delete the quantised weights that training runs have kept.")
    .argument("[file...]", "some of the files that are listed; all if absent")
    .option("--delete", "delete them")
    .option("--json", "print one JSON object")
    .addHelpText("after", examples)
    .action((files, options) => runCache(files, options, effects));
}

export async function runCache(
  files: readonly string[],
  options: CacheOptions,
  { stdout, environment }: Pick<Effects, "stdout" | "environment">,
): Promise<void> {
  const isDeletion = options.delete === true;
  const folder = join(cacheFolder(environment), "quantized");
  const all = await listQuantized(folder);
  const kept = files.length === 0 ? all : files.map((file) => named(file, all, folder));
  if (isDeletion) for (const { path } of kept) await rm(path, { force: true });
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  const text = options.json
    ? `${JSON.stringify({ folder, deleted: isDeletion, bytes, files: kept })}\n`
    : summary(kept, bytes, folder, isDeletion);
  await write(stdout, text);
}

function named(file: string, all: readonly KeptWeights[], folder: string): KeptWeights {
  const found = all.find((one) => one.file === file);
  if (found !== undefined) return found;
  const there = all.length === 0 ? "nothing" : all.map((one) => one.file).join(", ");
  throw new NeriumError("USAGE", `expected a file of ${folder} (${there}), got ${JSON.stringify(file)}`);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

function summary(kept: readonly KeptWeights[], bytes: number, folder: string, isDeletion: boolean): string {
  if (kept.length === 0) return `no quantised weights are kept in ${folder}\n`;
  const rows = kept.map(({ file, bytes: size, written, model }) => [
    file,
    gigabytes(size),
    written.slice(0, 10),
    model ?? (file.endsWith(".tmp") ? "(unfinished)" : "(damaged)"),
  ]);
  const columns = [
    { title: "file" },
    { title: "size", align: "right" },
    { title: "written" },
    { title: "of the model" },
  ] as const;
  const done = isDeletion ? "deleted from" : "in";
  return `${formatTable(columns, rows)}${gigabytes(bytes)} ${done} ${folder}\n`;
}
