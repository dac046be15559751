/** @file `nerium corpus lint`: corpus files → everything in them that looks wrong, and with --fix the repaired corpus. */
import { basename, join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats, openCorpus } from "../corpora/index.ts";
import type { Linter, LintProblem, LintReport } from "../corpora/lint.ts";
import { errorsLeft, newLinter } from "../corpora/lint.ts";
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { targetFormatOf, writeDocuments } from "./corpus-output.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { exitCodes } from "./failures.ts";
import { newIssues } from "./issues.ts";
import { formatTable } from "./table.ts";

export interface CorpusLintOptions {
  readonly json?: true | undefined;
  readonly fix?: true | undefined;
  readonly output?: string | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly eval?: string | undefined;
  readonly alternatives?: string | undefined;
  /** How many problems of a kind are shown; 0 for all. */
  readonly limit: number;
}

/** What was found in one file. */
export interface FileReport extends LintReport {
  readonly file: string;
  /** Where the repaired corpus was written. */
  readonly output?: string;
}

const examples = `
Examples:
  nerium corpus lint train.pubtator
  nerium corpus lint gold.BioC.xml --fix -o gold.fixed.BioC.xml
  nerium corpus lint corpora/*.pubtator --json > lint.json

Finds mentions whose stated text differs from the text at their offsets, offsets that are shifted by a constant over a
passage or from some place on, repeated and crossing mentions, ids used twice, empty documents, and what readers could
not read (mentions across passages or outside of the text, unbalanced marks). --fix moves shifted mentions, and single
ones whose text occurs exactly once near their place; all else is listed. Offsets shown count code points from the
document's start; those in JSON count UTF-16 units from the passage's start. The exit code is 1 if errors are found (with --fix: if any are left), warnings alone give 0.`;

export function corpusLintCommand(effects: Effects) {
  return new Command("lint")
    .summary("find wrong offsets and other faults, and repair them")
    .description("Find wrong offsets and other faults of a corpus, and repair them.")
    .argument("<files...>", "corpus files or folders; - is stdin")
    .option("--json", "print JSON instead of a table")
    .option("--fix", "repair what can be repaired with certainty, and write the corpus to --output")
    .option(
      "-o, --output <path>",
      "with --fix: the file to write; a folder for several files, and for brat and bc2",
    )
    .addOption(
      new Option("--format <format>", "format of the files (default: by suffix)").choices(corpusFormats),
    )
    .option("--eval <file>", "bc2: the answers to read (GENE.eval)")
    .option("--alternatives <file>", "bc2: the alternatives to read (ALTGENE.eval)")
    .option("--limit <n>", "show at most so many problems of a kind; 0 shows all", parseLimit, 10)
    .addHelpText("after", examples)
    .action((files, options) => runCorpusLint(files, options, effects));
}

/** Lints file by file; ids are compared within a file only. */
export async function runCorpusLint(
  files: readonly string[],
  options: CorpusLintOptions,
  effects: Pick<Effects, "stdout" | "stderr" | "signal" | "setExitCode">,
): Promise<void> {
  checkOutput(files, options);
  const reports: FileReport[] = [];
  for (const file of files) {
    const report = await lintFile(file, outputOf(file, files, options), options, effects);
    reports.push(report);
    if (options.json !== true) await write(effects.stdout, lintText(report));
  }
  if (options.json === true) await write(effects.stdout, `${JSON.stringify(reports, undefined, 2)}\n`);
  const left = reports.some((report) => errorsLeft(report, options.fix === true) > 0);
  if (left) effects.setExitCode(exitCodes.failed);
}

async function lintFile(
  file: string,
  output: string | undefined,
  { format, eval: evalPath, alternatives: alternativesPath, limit, json }: CorpusLintOptions,
  effects: Pick<Effects, "stderr" | "signal">,
): Promise<FileReport> {
  const linter = newLinter(limit === 0 || json === true ? { keep: Infinity } : { keep: limit });
  const documents = openCorpus(file, {
    format,
    evalPath,
    alternativesPath,
    onIssue: linter.addIssue,
  });
  if (output === undefined) {
    for await (const document of documents) linter.check(document);
    return { file, ...linter.report() };
  }
  const to = await targetFormatOf(file, format);
  const losses = newIssues();
  await writeDocuments(output, to, repaired(documents, linter), effects, losses.add);
  await write(effects.stderr, losses.report());
  return { file, output, ...linter.report() };
}

async function* repaired(documents: AsyncIterable<Document>, linter: Linter): AsyncGenerator<Document> {
  for await (const document of documents) yield linter.check(document);
}

function checkOutput(files: readonly string[], { fix, output }: CorpusLintOptions): void {
  if (files.filter((file) => file === "-").length > 1) {
    throw new NeriumError("USAGE", "stdin can be read only once; name it once");
  }
  if (fix !== true && output === undefined) return;
  if (fix !== true) throw new NeriumError("USAGE", "--output needs --fix: without it nothing is written");
  if (output === undefined)
    throw new NeriumError("USAGE", "--fix needs --output: a file is never overwritten");
  const targets = files.map((file) => resolve(outputOf(file, files, { fix, output })!));
  const own = targets.find((target) => files.some((file) => resolve(file) === target));
  if (own !== undefined) {
    throw new NeriumError("USAGE", "the output would overwrite the input; choose another", { file: own });
  }
  if (new Set(targets).size < targets.length) {
    throw new NeriumError("USAGE", "two files have the same name; repair them one by one");
  }
}

function outputOf(
  file: string,
  files: readonly string[],
  { fix, output }: Pick<CorpusLintOptions, "fix" | "output">,
): string | undefined {
  if (fix !== true || output === undefined) return undefined;
  return files.length === 1 ? output : join(output, basename(file));
}

/** Counts of each kind, then the problems themselves. */
export function lintText(report: FileReport): string {
  const { file, documents, mentions, nested, counts, problems, output } = report;
  const head = `${file}: ${documents} documents, ${mentions} mentions (${nested} pairs nested)\n`;
  const done = output === undefined ? "" : `repaired: ${output}\n`;
  const kinds = Object.entries(counts).sort(([, a], [, b]) =>
    a.severity < b.severity ? -1 : Number(a.severity > b.severity),
  );
  if (kinds.length === 0) return `${head}no problems\n${done}`;
  const table = formatTable(
    [
      { title: "severity" },
      { title: "kind" },
      { title: "found", align: "right" },
      { title: output === undefined ? "repairable" : "repaired", align: "right" },
    ],
    kinds.map(([kind, count]) => [count.severity, kind, String(count.found), String(count.repairable)]),
  );
  const fixed = output === undefined ? "--fix" : "repaired";
  const lines = kinds.flatMap(([kind, { found }]) => {
    const shown = problems.filter((problem) => problem.kind === kind);
    const left = found - shown.reduce((sum, { count = 1 }) => sum + count, 0);
    return [
      ...shown.map((problem) => problemLine(problem, fixed)),
      ...(left > 0 ? [`${kind}: ${left} more, --limit 0 shows all\n`] : []),
    ];
  });
  return `${head}${table}\n${lines.join("")}${done}`;
}

function problemLine(found: LintProblem, fixed: string): string {
  const { severity, kind, file, line, document, problem, repairable } = found;
  const place = [file, line].filter((part) => part !== undefined).join(":");
  const parts = [place, document === undefined ? "" : `document ${document}`, problem];
  const note = repairable === true ? ` [${fixed}]` : "";
  return `${severity} ${kind}: ${parts.filter((part) => part !== "").join(": ")}${note}\n`;
}

function parseLimit(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number, e.g. 10, or 0 for all.");
}
