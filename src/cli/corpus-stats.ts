/** @file `nerium corpus stats`: corpus files → how much of what they hold, as a table or as JSON. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats, mapTypes, openCorpus } from "../corpora/index.ts";
import type { CorpusStats, TypeStats } from "../corpora/stats.ts";
import { corpusStats } from "../corpora/stats.ts";
import { splitPreTokens } from "../tokens/pre-tokens.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { newIssues } from "./issues.ts";
import { collectMap } from "./options.ts";
import { formatTable } from "./table.ts";

export interface CorpusStatsOptions {
  readonly json?: true | undefined;
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly eval?: string | undefined;
}

const examples = `
Examples:
  nerium corpus stats train.pubtator dev.pubtator
  nerium corpus stats train.pubtator --map SpecificDisease=Disease,Modifier=Disease --json

Sentences are the Unicode ones (Intl.Segmenter) of each passage, tokens are Nerium's pre-tokens without blanks (runs of
letters, up to three digits, single other characters), words are what stands between white space.`;

export function corpusStatsCommand(effects: Effects) {
  return new Command("stats")
    .summary("count documents, sentences, tokens and mentions")
    .description("Count documents, sentences, tokens and mentions, in all and per type.")
    .argument("<files...>", "corpus files; - is stdin")
    .option("--json", "print JSON instead of tables")
    .option(
      "--map <Source=Target>",
      "rename types (Source= drops them); repeatable, or with commas",
      collectMap,
    )
    .addOption(
      new Option("--format <format>", "format of the files (default: by suffix)").choices(corpusFormats),
    )
    .option("--eval <file>", "BioCreative II: the file of answers")
    .addHelpText("after", examples)
    .action((files, options) => runCorpusStats(files, options, effects));
}

/** Counts and prints file by file. */
export async function runCorpusStats(
  files: readonly string[],
  { json, map = {}, format, eval: evalPath }: CorpusStatsOptions,
  { stdout, stderr }: Pick<Effects, "stdout" | "stderr">,
): Promise<void> {
  const all: (CorpusStats & { readonly file: string })[] = [];
  for (const file of files) {
    const issues = newIssues();
    const documents = mapTypes(openCorpus(file, { format, evalPath, onIssue: issues.add }), map);
    const stats = { file, ...(await corpusStats(documents, countTokens)) };
    await write(stderr, issues.report());
    if (json === true) all.push(stats);
    else await write(stdout, `${file}\n${statsText(stats)}${file === files.at(-1) ? "" : "\n"}`);
  }
  if (json === true) await write(stdout, `${JSON.stringify(all, undefined, 2)}\n`);
}

function countTokens(text: string): number {
  return splitPreTokens(text).filter((token) => token.trim() !== "").length;
}

/** One line of totals, then the types, then all of them together. */
export function statsText(stats: CorpusStats): string {
  const { documents, passages, characters, sentences, tokens, all, types } = stats;
  const totals = { documents, passages, sentences, tokens, characters };
  const head = Object.entries(totals).map(([what, count]) => `${count} ${what}`);
  const titles = ["mentions", "documents", "surfaces", "ids", "words", "longest"];
  const lengths = ["1", "2", "3", "4", "5+"];
  const relations = ["nested", "overlapping", "discontinuous"];
  const columns = [...titles, ...lengths, ...relations].map((title) => ({ title, align: "right" }) as const);
  const rows = [...Object.entries(types), ["all", all] as const];
  const table = formatTable(
    [{ title: "type" }, ...columns],
    rows.map(([type, row]) => [type, ...cells(row)]),
  );
  return `${head.join(", ")}\n\n${table}`;
}

function cells(row: TypeStats): string[] {
  const { mentions, documents, surfaces, ids, words, nested, overlapping, discontinuous } = row;
  const counts = [mentions, documents, surfaces, ids].map(String);
  const lengths = [words.mean.toFixed(2), String(words.longest), ...words.histogram.map(String)];
  return [...counts, ...lengths, ...[nested, overlapping, discontinuous].map(String)];
}
