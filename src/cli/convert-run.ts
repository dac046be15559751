/** @file Input, output and options of `nerium convert` → the converted corpus, a summary and a report. */
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { IssueCounter } from "../corpora/index.ts";
import {
  countIssues,
  inBlocks,
  lossSummary,
  noteSummary,
  openCorpus,
  writeCorpus,
  writeCorpusFiles,
} from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { planConversion } from "./convert-plan.ts";
import type { Conversion } from "./convert-plan.ts";
import type { ConvertOptions } from "./convert.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { writeFolder } from "./folder-output.ts";
import type { Input } from "./inputs.ts";
import { writeWhole } from "./outputs.ts";
import type { Progress } from "./progress.ts";
import { startProgress } from "./progress.ts";

/** What one run works with and counts. */
interface Run {
  readonly plan: Conversion;
  readonly options: ConvertOptions;
  readonly effects: Effects;
  readonly issues: IssueCounter;
  readonly progress: Progress;
  readonly count: { documents: number; mentions: number };
}

/** Converts; with `--strict`, throws DATA and leaves nothing behind where anything was lost. */
export async function runConvert(
  input: string,
  output: string,
  options: ConvertOptions,
  effects: Effects,
): Promise<void> {
  const plan = await planConversion(input, output, options);
  const run: Run = {
    plan,
    options,
    effects,
    issues: countIssues(),
    progress: startProgress(effects, { unit: "documents" }),
    count: { documents: 0, mentions: 0 },
  };
  try {
    await writeOutput(run);
  } finally {
    run.progress.clear();
    if (options.report !== undefined) await writeReport(options.report, input, output, run);
  }
  await write(effects.stderr, summary(run));
}

async function writeOutput(run: Run): Promise<void> {
  const { plan, effects, options } = run;
  if (plan.kind === "folder") return writeFolder(plan.folder, strictly(filesOf(run), run), effects.signal);
  const written = writeCorpus(plan.to, allDocuments(plan.inputs, run), writeOptions(run));
  const chunks = options.strict === true ? strictly(written, run) : written;
  if (plan.kind === "file") return writeWhole(plan.path, chunks, effects.signal);
  if (options.strict === true) return writeHeldBack(chunks, effects);
  for await (const block of inBlocks(chunks)) await write(effects.stdout, block);
}

/** Stdout cannot be taken back: the output waits in a temporary file until it is known that nothing was lost. */
async function writeHeldBack(chunks: AsyncIterable<string>, { stdout, signal }: Effects): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nerium-convert-"));
  try {
    const path = join(folder, "output");
    await writeWhole(path, chunks, signal);
    for await (const text of createReadStream(path, "utf8")) await write(stdout, String(text));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Passes all on and throws at the end where `--strict` forbids it to be kept. */
async function* strictly<T>(items: AsyncIterable<T>, { options, issues }: Run): AsyncGenerator<T> {
  yield* items;
  if (options.strict !== true || issues.losses() === 0) return;
  const problem = `${lossSummary(issues.counts())}; --strict allows no loss, so nothing was written`;
  throw new NeriumError("DATA", `${problem} (--report tells more; jsonl holds everything)`);
}

async function* filesOf(run: Run) {
  const { plan } = run;
  for (const { input, stem } of plan.kind === "folder" ? plan.jobs : []) {
    yield* writeCorpusFiles(plan.to, allDocuments([input], run), { ...writeOptions(run), stem });
  }
}

async function* allDocuments(inputs: readonly Input[], run: Run): AsyncGenerator<Document> {
  const { count, progress, issues } = run;
  const { from, perLine, type, eval: evalPath, alternatives, ids } = run.options;
  const options = { format: from, perLine, type, evalPath, alternativesPath: alternatives, idsPath: ids };
  for (const { path, name } of inputs) {
    for await (const document of openCorpus(path, { ...options, onIssue: issues.add })) {
      count.documents++;
      for (const { mentions } of document.passages) count.mentions += mentions.length;
      progress.update(count.documents, name);
      yield document;
    }
  }
}

function writeOptions({ options: { scheme, tokens, offsets, type }, issues }: Run) {
  return { scheme, tokens, offsets, type, onIssue: issues.add };
}

async function writeReport(path: string, input: string, output: string, run: Run): Promise<void> {
  const { options, plan, count, issues } = run;
  const report = {
    input,
    output,
    ...(options.from !== undefined && { from: options.from }),
    to: plan.to,
    ...count,
    losses: issues.losses(),
    issues: issues.counts(),
  };
  async function* text(): AsyncGenerator<string> {
    yield `${JSON.stringify(report, undefined, 2)}\n`;
  }
  await writeWhole(path, text(), run.effects.signal);
}

function summary({ plan, count, issues, options }: Run): string {
  const what = `${plural(count.documents, "document")}, ${plural(count.mentions, "mention")} written as ${plan.to}`;
  const where = options.report === undefined ? "--report" : basename(options.report);
  const counts = issues.counts();
  const odd = counts.filter(({ kind }) => kind.endsWith("-kept")).reduce((sum, { count }) => sum + count, 0);
  const others = [
    ...(odd === 0 ? [] : [`${odd} ${odd === 1 ? "oddity" : "oddities"} of the source kept`]),
    noteSummary(counts),
  ].filter((part) => part !== "");
  const losses = lossSummary(counts);
  const all = [losses === "" ? "nothing lost" : losses, ...others].join(", ");
  const more = losses === "" && others.length === 0 ? "" : `: see ${where}`;
  return `nerium: ${what}${losses === "" ? "," : ";"} ${all}${more}\n`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
