/** @file `nerium corpus split`: one corpus file → several, shared out by document, repeatable by seed. */
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { CorpusFormat, OnIssue, TargetFormat } from "../corpora/index.ts";
import { corpusFormats, openCorpus, targetFormats } from "../corpora/index.ts";
import type { SplitPart } from "../corpora/split.ts";
import { splitIds } from "../corpora/split.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { outputName, targetFormatOf, writeDocuments } from "./corpus-output.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { newIssues } from "./issues.ts";
import { collectList } from "./options.ts";
import { exists } from "./outputs.ts";
import { formatTable } from "./table.ts";

export interface CorpusSplitOptions {
  readonly out: string;
  readonly ratios: readonly number[];
  readonly names?: readonly string[] | undefined;
  readonly seed: number;
  readonly json?: true | undefined;
  readonly overwrite?: true | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly to?: TargetFormat | undefined;
  readonly eval?: string | undefined;
  readonly alternatives?: string | undefined;
}

interface WrittenPart {
  readonly name: string;
  readonly file: string;
  readonly ids: number;
  readonly documents: number;
  readonly mentions: number;
}

const usualNames = ["train", "dev", "test"];

const examples = `
Examples:
  nerium corpus split all.pubtator --out splits --ratios 8:1:1 --seed 1
  nerium corpus split all.jsonl --out splits --ratios 9:1 --names train,dev --json

Documents of one id stay together. The same ids, ratios and seed give the same parts on every machine, whatever the
order of documents; within a part they keep the file's order. Documents with different ids and the same text are not
kept together: nerium corpus overlap finds them.`;

export function corpusSplitCommand(effects: Effects) {
  return new Command("split")
    .summary("share out a corpus's documents, by seed")
    .description("Share out a corpus's documents into parts, by seed.")
    .argument("<file>", "corpus file or folder; it is read several times, so it cannot be stdin")
    .requiredOption("--out <folder>", "folder for the parts")
    .option("--ratios <a:b:c>", "sizes of the parts in relation to each other", parseRatios, [8, 1, 1])
    .option("--names <a,b,c>", "names of the parts (default: train,dev,test)", collectList)
    .option("--seed <n>", "which of all possible splits", parseSeed, 0)
    .option("--overwrite", "replace parts that are there already")
    .option("--json", "print what was written as JSON")
    .addOption(
      new Option("--format <format>", "format of the file (default: by suffix)").choices(corpusFormats),
    )
    .addOption(
      new Option("--to <format>", "format of the parts (default: the file's)").choices(targetFormats),
    )
    .option("--eval <file>", "bc2: the answers to read (GENE.eval)")
    .option("--alternatives <file>", "bc2: the alternatives to read (ALTGENE.eval)")
    .addHelpText("after", examples)
    .action((file, options) => runCorpusSplit(file, options, effects));
}

/** Reads the ids, then the documents once for each part: room is needed for ids only. */
export async function runCorpusSplit(
  file: string,
  options: CorpusSplitOptions,
  effects: Pick<Effects, "stdout" | "stderr" | "signal">,
): Promise<void> {
  const { ratios, seed, json } = options;
  const names = options.names ?? usualNames.slice(0, ratios.length);
  checkParts(file, names, ratios);
  const to = await targetFormatOf(file, options.format, options.to);
  const paths = names.map((name) => join(options.out, outputName(name, to, file)));
  if (options.overwrite !== true) await refuseExisting(paths);
  const issues = newIssues();
  const parts = splitIds(await readIds(file, options, issues.add), names, ratios, seed);
  checkFilled(file, parts);
  const written: WrittenPart[] = [];
  for (const [index, part] of parts.entries()) {
    const documents = openDocuments(file, options, undefined);
    const counts = { documents: 0, mentions: 0 };
    await writeDocuments(paths[index]!, to, partOf(documents, part, counts), effects, issues.add);
    written.push({ name: part.name, file: paths[index]!, ids: part.ids.size, ...counts });
  }
  await write(effects.stderr, issues.report());
  const result = { file, ratios, seed, parts: written };
  const text = json === true ? `${JSON.stringify(result, undefined, 2)}\n` : splitTable(written);
  await write(effects.stdout, text);
}

function checkParts(file: string, names: readonly string[], ratios: readonly number[]): void {
  if (file === "-") {
    throw new NeriumError(
      "USAGE",
      "stdin cannot be split, because it is read several times; write it to a file first",
    );
  }
  if (names.length !== ratios.length) {
    const problem = `${ratios.length} ratios need as many names, got ${names.length}; give --names`;
    throw new NeriumError("USAGE", problem);
  }
  const bad = names.find((name) => !/^[\w-][\w.-]*$/.test(name));
  if (bad !== undefined) {
    const problem = `${JSON.stringify(bad)} cannot be a file's name; use letters, digits, ".", "-" and "_"`;
    throw new NeriumError("USAGE", problem);
  }
}

function checkFilled(file: string, parts: readonly SplitPart[]): void {
  const empty = parts.find(({ ids }) => ids.size === 0);
  if (empty === undefined) return;
  const total = parts.reduce((sum, { ids }) => sum + ids.size, 0);
  const problem = `${total} documents are too few for these ratios: ${empty.name} would be empty; choose others`;
  throw new NeriumError("DATA", problem, { file });
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (!(await exists(path))) continue;
    throw new NeriumError("USAGE", "this file exists; give --overwrite or another folder", { file: path });
  }
}

async function readIds(file: string, options: CorpusSplitOptions, onIssue: OnIssue): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { id } of openDocuments(file, options, onIssue)) ids.add(id);
  return ids;
}

function openDocuments(
  file: string,
  { format, eval: evalPath, alternatives: alternativesPath }: CorpusSplitOptions,
  onIssue: OnIssue | undefined,
): AsyncGenerator<Document> {
  return openCorpus(file, { format, evalPath, alternativesPath, onIssue });
}

async function* partOf(
  documents: AsyncIterable<Document>,
  { ids }: SplitPart,
  counts: { documents: number; mentions: number },
): AsyncGenerator<Document> {
  for await (const document of documents) {
    if (!ids.has(document.id)) continue;
    counts.documents++;
    counts.mentions += document.passages.reduce((sum, { mentions }) => sum + mentions.length, 0);
    yield document;
  }
}

function splitTable(parts: readonly WrittenPart[]): string {
  const counts = ["documents", "ids", "mentions"].map((title) => ({ title, align: "right" }) as const);
  return formatTable(
    [{ title: "part" }, ...counts, { title: "file" }],
    parts.map(({ name, documents, ids, mentions, file }) => [
      name,
      ...[documents, ids, mentions].map(String),
      file,
    ]),
  );
}

function parseRatios(value: string): readonly number[] {
  const ratios = value.split(":").map(Number);
  if (ratios.length > 1 && ratios.every((ratio) => Number.isFinite(ratio) && ratio > 0)) return ratios;
  throw new InvalidArgumentError("Expected positive numbers with colons between, e.g. 8:1:1.");
}

function parseSeed(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number, e.g. 1.");
}
