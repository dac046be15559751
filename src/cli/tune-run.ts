/** @file Dev corpora, options and taggers → runs by the likeliest answers and by samples, and their table or JSON. */
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { mapTypes, openCorpus } from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { SentenceTagger, Tagger } from "../tagging/index.ts";
import { write } from "./effects.ts";
import { taggerOptions } from "./engine-options.ts";
import { newIssues } from "./issues.ts";
import { writeWhole } from "./outputs.ts";
import { startProgress } from "./progress.ts";
import type { TuneCommandOptions, TuneEffects } from "./tune.ts";
import { tuneTable } from "./tune-report.ts";
import { type Cost, type Measured, measure, type TuningReport, tunedReport } from "./tune-scores.ts";

const usualSamples = 5;

/** What one run of the command works with. */
interface Run {
  readonly gold: readonly Document[];
  readonly options: TuneCommandOptions;
  readonly effects: TuneEffects;
  /** Keeps answers that were paid for until all is through. */
  readonly journal: string | undefined;
}

export async function runTune(
  paths: readonly string[],
  options: TuneCommandOptions,
  effects: TuneEffects,
): Promise<TuningReport> {
  const gold = await goldDocuments(paths, options, effects);
  const journal =
    options.out === undefined
      ? undefined
      : join(dirname(options.out), `.${basename(options.out)}.answers.jsonl`);
  const run: Run = { gold, options, effects, journal };
  const measured = await measureAll(run);
  const report = tunedReport(
    paths.map((path) => basename(path)),
    gold.length,
    measured,
  );
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (options.out !== undefined) {
    async function* whole(): AsyncGenerator<string> {
      yield json;
    }
    await writeWhole(options.out, whole(), effects.signal);
    if (journal !== undefined) await rm(journal, { force: true });
  }
  await write(effects.stdout, options.json === true ? json : tuneTable(report));
  return report;
}

/** Ids may come again in another corpus: each document gets one of its own. */
async function goldDocuments(
  paths: readonly string[],
  { map = {}, format, limit = Infinity }: TuneCommandOptions,
  { stderr }: TuneEffects,
): Promise<Document[]> {
  const issues = newIssues();
  const documents: Document[] = [];
  for (const [at, path] of paths.entries()) {
    let left = limit;
    for await (const document of mapTypes(openCorpus(path, { format, onIssue: issues.add }), map)) {
      if (left-- <= 0) break;
      documents.push({ ...document, id: `${at}/${documents.length}/${document.id}` });
    }
  }
  await write(stderr, issues.report());
  const mentions = documents.some(({ passages }) => passages.some(({ mentions }) => mentions.length > 0));
  if (mentions) return documents;
  throw new NeriumError(
    "DATA",
    "expected documents with gold mentions, got none; check the files and --map",
    {
      file: paths[0]!,
    },
  );
}

/** The likeliest answers, then the samples; a label model has no samples. */
async function measureAll(run: Run): Promise<Measured> {
  const { options, effects, gold, journal } = run;
  const common = { ...(await taggerOptions(options, effects)), journal };
  let types: readonly string[] = [];
  const scored = async (opened: Tagger): Promise<Measured> => {
    types = options.types ?? opened.info.types;
    const { documents, cost } = await tagAll(opened, run, types);
    return measure(gold, types, { greedy: { documents, cost } });
  };
  {
    await using tagger = await effects.openTagger({ ...common, samples: undefined, temperature: undefined });
    if (tagger.report === undefined) return await scored(tagger);
  }
  const samples = options.samples ?? usualSamples;
  const greedy = await withTagger(run, { ...common, samples: 1, temperature: 0 }, (tagger) => {
    types = options.types ?? tagger.info.types;
    return tagAll(tagger, run, types);
  });
  if (samples < 2) return measure(gold, types, { greedy });
  const sampled = await withTagger(run, { ...common, samples }, (tagger) =>
    sampleAll(tagger as SentenceTagger, run, types),
  );
  return measure(gold, types, { greedy, sampled: { ...sampled, count: samples } });
}

async function withTagger<T>(
  { effects }: Run,
  options: Parameters<TuneEffects["openTagger"]>[0],
  use: (tagger: Tagger) => Promise<T>,
): Promise<T> {
  await using tagger = await effects.openTagger(options);
  return await use(tagger);
}

async function tagAll(
  tagger: Tagger,
  run: Run,
  types: readonly string[],
): Promise<{ documents: Document[]; cost: Cost }> {
  const documents: Document[] = [];
  const cost = await timed(tagger, run, "likeliest answers", async (advance) => {
    for await (const document of tagger.tag(withoutMentions(run.gold), { types, threshold: 0 })) {
      documents.push(document);
      advance(documents.length);
    }
  });
  return { documents, cost };
}

async function sampleAll(tagger: SentenceTagger, run: Run, types: readonly string[]) {
  const voted: Document[] = [];
  const samples: Document[][] = [];
  const cost = await timed(tagger, run, "samples", async (advance) => {
    for await (const found of tagger.sample(withoutMentions(run.gold), { types })) {
      voted.push(found.voted);
      found.samples.forEach((document, at) => (samples[at] ??= []).push(document));
      advance(voted.length);
    }
  });
  return { voted, samples, cost };
}

/** Taggers read no mentions; this way none could. */
async function* withoutMentions(gold: readonly Document[]): AsyncGenerator<Document> {
  for (const { id, separator, passages } of gold) {
    const bare = passages.map(({ text, kind }) => ({
      text,
      ...(kind !== undefined && { kind }),
      mentions: [],
    }));
    yield { id, ...(separator !== undefined && { separator }), passages: bare };
  }
}

async function timed(
  tagger: Tagger,
  { effects, gold }: Run,
  what: string,
  work: (advance: (done: number) => void) => Promise<void>,
): Promise<Cost> {
  const progress = startProgress(effects, { unit: "documents", total: gold.length });
  const start = effects.now();
  await work((done) => progress.update(done, what));
  progress.clear();
  const seconds = (effects.now() - start) / 1000;
  const report = tagger.report?.();
  return { seconds, ...(report !== undefined && { sentences: report.sentences, ...report.cost }) };
}
