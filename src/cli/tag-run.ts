/** @file Inputs, options and a tagger → tagged documents on stdout or in files, and a summary on stderr. */
import { rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasCorpusSuffix, openCorpus, writeCorpus } from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { Tagger, TagOptions } from "../tagging/types.ts";
import { costSentence } from "./cost.ts";
import { usualWidth, wantsColour, widthOf, write } from "./effects.ts";
import { taggerOptions } from "./engine-options.ts";
import { describeFailure, exitCodes, isBrokenPipe } from "./failures.ts";
import type { Input } from "./inputs.ts";
import { findInputs } from "./inputs.ts";
import { newIssues } from "./issues.ts";
import type { Issues } from "./issues.ts";
import { exists, writeWhole } from "./outputs.ts";
import { renderDocuments } from "./pretty.ts";
import { silentProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { writeResumable } from "./resumable-output.ts";
import type { FoundPart } from "./resumable-output.ts";
import type { Destination, Job, Target } from "./tag-plan.ts";
import { destinationOf, planJobs, targetOf } from "./tag-plan.ts";
import { tagProgress } from "./tag-progress.ts";
import { resumableOutput } from "./tag-resume.ts";
import type { TagCommandOptions, TagEffects } from "./tag.ts";

/** What one run of the command works with and counts. */
export interface Run {
  readonly options: TagCommandOptions;
  readonly effects: TagEffects;
  readonly target: Target;
  readonly destination: Destination;
  readonly issues: Issues;
  progress: Progress;
  /** What the model's answers cost, in words. */
  cost: string;
  /** `resumed`: documents that an interrupted run has left, which are in none of the other counts. */
  readonly count: Record<"documents" | "mentions" | "inputs" | "resumed" | "skipped" | "failed", number>;
}

/** Tags every input; one that fails is named on stderr and does not stop the others, but sets exit code 1. */
export async function runTag(
  inputArguments: readonly string[],
  options: TagCommandOptions,
  effects: TagEffects,
): Promise<void> {
  const target = targetOf(options);
  const destination = await destinationOf(options.output, inputArguments);
  const run: Run = {
    options,
    effects,
    target,
    destination,
    issues: newIssues(),
    progress: silentProgress,
    cost: "",
    count: { documents: 0, mentions: 0, inputs: 0, resumed: 0, skipped: 0, failed: 0 },
  };
  const inputs = await allInputs(inputArguments, run);
  const jobs = await unfinished(planJobs(inputs, destination, target), run);
  if (jobs.length > 0) await tagJobs(jobs, run);
  run.progress.clear();
  await write(effects.stderr, run.issues.report() + run.cost + summary(run.count));
  if (run.count.failed > 0) effects.setExitCode(exitCodes.failed);
}

async function allInputs(inputArguments: readonly string[], run: Run): Promise<Input[]> {
  const { options, destination } = run;
  const accepts = options.format === undefined ? hasCorpusSuffix : () => true;
  const except = destination.kind === "folder" ? destination.path : undefined;
  // by place on disk: a file may be named, and lie in a folder that is named too
  const inputs = new Map<string, Input>();
  for (const argument of inputArguments) {
    try {
      for (const input of await findInputs(argument, { accepts, except })) {
        const place = input.path === "-" ? "-" : resolve(input.path);
        if (!inputs.has(place)) inputs.set(place, input);
      }
    } catch (error) {
      fail(error, argument, run);
    }
  }
  return [...inputs.values()];
}

/** In an output folder, what exists is complete (`writeWhole`) and needs no second run. */
async function unfinished(jobs: readonly Job[], { options, destination, count }: Run): Promise<Job[]> {
  if (destination.kind !== "folder" || options.force === true) return [...jobs];
  const left: Job[] = [];
  for (const job of jobs) {
    if (await exists(job.output!)) count.skipped++;
    else left.push(job);
  }
  return left;
}

async function tagJobs(jobs: readonly Job[], run: Run): Promise<void> {
  const { effects, options, destination } = run;
  const journal = journalOf(destination);
  await using tagger = await effects.openTagger({ ...(await taggerOptions(options, effects)), journal });
  const tagOptions = { ...tagOptionsFor(tagger, options), signal: effects.signal };
  const { progress, stop } = tagProgress(jobs, run);
  run.progress = progress;
  const start = effects.now();
  try {
    if (destination.kind === "stdout") {
      const tag = (job: Job): AsyncGenerator<Document> => tagged(job, tagger, tagOptions, run);
      for await (const chunk of written(oneByOne(jobs, tag, run), run)) await write(effects.stdout, chunk);
      return;
    }
    await sideBySide(jobs, tagger, (job) => tagIntoFile(job, tagger, tagOptions, run));
    if (journal !== undefined && run.count.failed === 0) await rm(journal, { force: true });
  } finally {
    stop();
    const report = tagger.report?.();
    if (report !== undefined) run.cost = costSentence(report, (effects.now() - start) / 1000);
  }
}

/** Small files cannot keep all of a tagger's sessions busy by themselves; one more is read and written meanwhile. */
async function sideBySide(
  jobs: readonly Job[],
  { lanes = 1 }: Tagger,
  work: (job: Job) => Promise<void>,
): Promise<void> {
  const left = [...jobs];
  const workOff = async (): Promise<void> => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      try {
        await work(job);
      } catch (error) {
        left.length = 0; // whoever is at work finishes, nobody begins anew
        throw error;
      }
    }
  };
  const all = Array.from({ length: lanes === 1 ? 1 : lanes + 1 }, workOff);
  const failure = (await Promise.allSettled(all)).find(({ status }) => status === "rejected");
  if (failure !== undefined) throw (failure as PromiseRejectedResult).reason;
}

async function tagIntoFile(job: Job, tagger: Tagger, tagOptions: TagOptions, run: Run): Promise<void> {
  try {
    const rows = (done: number): AsyncGenerator<string> =>
      written(tagged(job, tagger, tagOptions, run, done), run);
    const resumable = await resumableOutput(job, tagger, tagOptions, run);
    if (resumable === undefined) await writeWhole(job.output!, rows(0), run.effects.signal);
    else await writeResumable({ ...resumable, onStart: (found) => takeOver(found, job, run) }, rows);
    run.count.inputs++;
  } catch (error) {
    fail(error, job.input.path, run);
  }
}

function takeOver({ rows, stranger }: FoundPart, { output }: Job, run: Run): void {
  const say = (message: string): void => {
    run.progress.clear();
    run.effects.stderr.write(`nerium: ${message}\n`);
  };
  if (stranger !== undefined)
    say(`${stranger} is of another run (model, options or input differ) and is not used`);
  if (rows === 0) return;
  run.count.resumed += rows;
  run.progress.skip(rows);
  say(`${output}: goes on after ${plural(rows, "document")} of an interrupted run (--force starts anew)`);
}

/** Where answers are kept until all is through: beside the output, hidden. */
function journalOf(destination: Destination): string | undefined {
  if (destination.kind === "stdout") return undefined;
  if (destination.kind === "folder") return join(destination.path, ".answers.jsonl");
  return join(dirname(destination.path), `.${basename(destination.path)}.answers.jsonl`);
}

/** All jobs as one stream, because stdout is one file; a job that fails ends early. */
async function* oneByOne(
  jobs: readonly Job[],
  tag: (job: Job) => AsyncGenerator<Document>,
  run: Run,
): AsyncGenerator<Document> {
  for (const job of jobs) {
    try {
      yield* tag(job);
      run.count.inputs++;
    } catch (error) {
      fail(error, job.input.path, run);
    }
  }
}

async function* tagged(
  { input }: Job,
  tagger: Tagger,
  tagOptions: TagOptions,
  { options, issues, progress, count }: Run,
  done = 0,
): AsyncGenerator<Document> {
  const { format, perLine } = options;
  const all = openCorpus(input.path, { format, perLine, onIssue: issues.add });
  for await (const document of tagger.tag(done === 0 ? all : behind(all, done), tagOptions)) {
    count.documents++;
    for (const passage of document.passages) count.mentions += passage.mentions.length;
    progress.update(count.resumed + count.documents, input.name);
    yield document;
  }
}

async function* behind(documents: AsyncIterable<Document>, count: number): AsyncGenerator<Document> {
  let place = 0;
  for await (const document of documents) if (place++ >= count) yield document;
}

function written(documents: AsyncIterable<Document>, run: Run): AsyncGenerator<string> {
  const { target, options, issues, effects, destination } = run;
  if (target !== "pretty") {
    return writeCorpus(target, documents, { offsets: options.offsets, scoreDigits: 4, onIssue: issues.add });
  }
  const { stdout, environment } = effects;
  if (destination.kind !== "stdout") return renderDocuments(documents, { colour: false, width: usualWidth });
  const colour = wantsColour(stdout, environment);
  return renderDocuments(documents, { colour, width: widthOf(stdout) });
}

/** Type names may be given in any case; one that the model does not know is a usage error, not an empty result. */
function tagOptionsFor({ info }: Tagger, { types, threshold }: TagCommandOptions): TagOptions {
  const named = types?.map((type) => {
    const known = info.types.find((name) => name.toLowerCase() === type.toLowerCase());
    if (known !== undefined) return known;
    const has = info.types.join(", ");
    throw new NeriumError("USAGE", `the model ${info.model} does not mark ${type}; its types are ${has}`);
  });
  return {
    ...(named === undefined ? {} : { types: [...new Set(named)] }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

/** Faults of one input are counted and named; our own bugs and a stdout without reader end the run. */
function fail(error: unknown, path: string, { effects, progress, count }: Run): void {
  const { exitCode, message } = describeFailure(error);
  // A server that gives no answer to one input gives none to the next either.
  const isServer = error instanceof NeriumError && error.code === "SERVER";
  if (exitCode === exitCodes.bug || isServer || isBrokenPipe(error)) throw error;
  count.failed++;
  progress.clear();
  const named = message.includes(path) || path === "-";
  effects.stderr.write(named ? message : message.replace("nerium: ", () => `nerium: ${path}: `));
}

function summary({ documents, mentions, inputs, resumed, skipped, failed }: Run["count"]): string {
  const parts = [
    plural(documents, "document"),
    plural(mentions, "mention"),
    `${plural(inputs, "input")} tagged`,
    ...(resumed > 0 ? [`${plural(resumed, "document")} taken over from an interrupted run`] : []),
    ...(skipped > 0 ? [`${skipped} finished before and skipped (--force tags again)`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `nerium: ${parts.join(", ")}\n`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
