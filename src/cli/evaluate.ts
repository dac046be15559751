/** @file `nerium evaluate`: gold and predicted files → scores as tables, as JSON or as an HTML report. */
import { Command, Option } from "@commander-js/extra-typings";
import { corpusFormats, streamOf } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import type { CorpusInput, DocumentsInput, EvaluationReport } from "../scores/index.ts";
import { evaluate, scoreCorpus } from "../scores/index.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import type { DocumentOptions } from "./evaluate-documents.ts";
import { readCorpusInput, readGold, streamDocuments, withoutOthers } from "./evaluate-documents.ts";
import { pairFiles } from "./evaluate-files.ts";
import type { EvaluateOptions } from "./evaluate-options.ts";
import { collectConventions, conventionsFor, parseCount } from "./evaluate-options.ts";
import { remarks, reportText } from "./evaluate-output.ts";
import { newIssues } from "./issues.ts";
import { collectList, collectMap } from "./options.ts";
import { writeWhole } from "./outputs.ts";

const usualSeed = 1;
const usualResamples = 10_000;

const examples = `
Examples:
  nerium evaluate gold.pubtator predicted.jsonl
  nerium evaluate gold.pubtator predicted.jsonl --map SpecificDisease=Disease,Modifier=Disease --types Disease
  nerium evaluate gold.pubtator new.jsonl --vs old.jsonl --report out.html
  nerium evaluate gold.tsv predicted.tsv --convention all --train train.tsv
  nerium evaluate test.in predicted.eval --eval GENE.eval --alternatives ALTGENE.eval
  nerium evaluate ncbi.pubtator,bc5cdr.pubtator a-ncbi.jsonl,a-bc5cdr.jsonl b-ncbi.jsonl,b-bc5cdr.jsonl
  nerium evaluate gold/ system-a/ system-b/
  nerium tag gold.pubtator --to jsonl | nerium evaluate gold.pubtator - --pred-format jsonl --json

Each PREDICTED is one system. Several gold files, with commas between or as a folder, are several corpora: a system's
files are then paired with them in the same order, or from a folder by their names without suffix; a single file is
used for all. The last table is systems by corpora.

A mention is right if start, end, fragments and type all equal a gold mention's (convention "strict"). Other conventions:
exact (span alone), partial (an overlap is half right), type (an overlap of the same type), conlleval and iob2 (token
labels, read leniently or strictly), bc2 (with alternatives). Documents are matched by id, sentences of token labels by
number; a gold document without prediction counts as missed, and a predicted document that gold lacks is not scored.
"macro" is the plain mean over all types that occur in gold or predicted. A rate that is undefined (nothing predicted …)
is 0. Intervals are the middle 95 % of resampled documents (bootstrap), p-values are of paired approximate randomisation
over documents, corrected over the types by Holm's method.`;

/** The command as commander sees it; `runEvaluate` does the work. */
export function evaluateCommand(effects: Effects) {
  return new Command("evaluate")
    .description(
      "Score predicted mentions against gold ones, with intervals, tests and an analysis of errors.",
    )
    .argument("<gold>", "gold file, files with commas between, or folder; - is stdin")
    .argument("<predicted...>", "predicted file, one for each system; - is stdin")
    .option("--vs <predicted>", "a second system, to test the first against")
    .option(
      "--convention <names>",
      "strict (default), exact, partial, type, conlleval, iob2, bc2, or all",
      collectConventions,
    )
    .option("--report <file>", "also write a report for people, one HTML file")
    .option("--json", "print JSON instead of tables")
    .option("--train <file>", "training file, to tell seen from unseen mentions; repeatable", collectList)
    .option(
      "--map <Source=Target>",
      "rename gold types (Source= drops them); repeatable, or with commas",
      collectMap,
    )
    .option("--types <A,B>", "score only these types (their names after --map)", collectList)
    .option("--seed <n>", `seed of all resampling (default: ${usualSeed})`, parseCount)
    .option("--resamples <n>", `resamples and shuffles (default: ${usualResamples})`, parseCount)
    .option("--no-intervals", "neither intervals nor tests")
    .option("--eval <file>", "BioCreative II: the gold answers (GENE.eval)")
    .option("--alternatives <file>", "BioCreative II: answers that count as right too (ALTGENE.eval)")
    .addOption(format("--format", "gold files"))
    .addOption(format("--pred-format", "predicted files"))
    .addHelpText("after", examples)
    .action((gold, predicted, options) => runEvaluate(gold, predicted, options, effects));
}

function format(flag: "--format" | "--pred-format", which: string) {
  return new Option(`${flag} <format>`, `format of the ${which} (default: by suffix)`).choices(corpusFormats);
}

/** Scores, writes the report, prints to stdout, and names on stderr whatever could not be compared. */
export async function runEvaluate(
  gold: string,
  predicted: readonly string[],
  options: EvaluateOptions,
  { stdout, stderr, signal }: Pick<Effects, "stdout" | "stderr" | "signal">,
): Promise<void> {
  if (options.vs !== undefined && predicted.length > 1) {
    throw new NeriumError(
      "USAGE",
      "--vs compares two systems: give one predicted file before it, or leave it out",
    );
  }
  const files = await pairFiles(gold, options.vs === undefined ? predicted : [...predicted, options.vs]);
  if (files.corpora.length > 1 && (options.eval ?? options.alternatives) !== undefined) {
    throw new NeriumError(
      "USAGE",
      "--eval and --alternatives belong to one gold file; evaluate one at a time",
    );
  }
  const conventions = await conventionsFor(files, options);
  const issues = newIssues();
  const reading = { ...options, iob2: conventions.includes("iob2"), onIssue: issues.add };
  const corpora: CorpusInput[] = [];
  for (const corpus of files.corpora) corpora.push(await readCorpusInput(corpus, reading));
  const report = evaluate(files.systems, withoutOthers(corpora), {
    conventions,
    types: options.types,
    map: options.map,
    train: await readTraining(options.train, reading),
    compare: options.vs !== undefined,
    seed: options.seed ?? usualSeed,
    resamples: options.intervals === false ? 0 : (options.resamples ?? usualResamples),
  });
  await write(stderr, issues.report() + remarks(report));
  if (options.report !== undefined) await writeReport(options.report, report, signal);
  await write(
    stdout,
    options.json === true ? await reportJson(report, corpora[0]!, options) : reportText(report),
  );
}

async function readTraining(
  paths: readonly string[] | undefined,
  reading: DocumentOptions,
): Promise<DocumentsInput[] | undefined> {
  if (paths === undefined) return undefined;
  const inputs: DocumentsInput[] = [];
  // The format and the answers are told of the gold file; a training file says by its suffix what it is.
  const own = { ...reading, format: undefined, eval: undefined, iob2: false };
  for (const path of paths) inputs.push(await readGold(path, own));
  return inputs;
}

/** Strict scores of the first system on the first corpus, as ever, then the whole report in one line. */
async function reportJson(
  report: EvaluationReport,
  { documents, predictions }: CorpusInput,
  { types }: EvaluateOptions,
): Promise<string> {
  const predicted = streamDocuments(predictions[0]!.documents);
  const scores = await scoreCorpus(
    streamDocuments(documents),
    predicted,
    types === undefined ? {} : { types },
  );
  const start = JSON.stringify(scores, undefined, 2).replace(/\n\}$/, "");
  return `${start},\n  "report": ${JSON.stringify(report)}\n}\n`;
}

/** The drawing is loaded only when it is asked for. */
async function writeReport(path: string, report: EvaluationReport, signal: AbortSignal): Promise<void> {
  const { renderReport } = await import("../scores/html-report.ts");
  await writeWhole(path, streamOf(renderReport(report)), signal);
}
