/** @file `nerium evaluate`: a gold and a predicted file → strict scores as a table or as JSON. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats, mapTypes, openCorpus } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import type { Averages, Score, Scores } from "../scores/index.ts";
import { scoreCorpus } from "../scores/index.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { newIssues } from "./issues.ts";
import { collectList, collectMap } from "./options.ts";
import { formatTable } from "./table.ts";

export interface EvaluateOptions {
  readonly json?: true | undefined;
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly types?: readonly string[] | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly predFormat?: CorpusFormat | undefined;
}

const examples = `
Examples:
  nerium evaluate gold.pubtator predicted.jsonl
  nerium evaluate gold.pubtator predicted.jsonl --map SpecificDisease=Disease,Modifier=Disease --types Disease
  nerium tag gold.pubtator --to jsonl | nerium evaluate gold.pubtator - --pred-format jsonl --json

A mention is right if start, end, fragments and type all equal a gold mention's. Documents are matched by id; a gold
document without prediction counts as missed, and a predicted document that gold lacks is not scored. "macro" is the
plain mean over all types that occur in gold or predicted. A rate that is undefined (nothing predicted …) is 0.`;

/** The command as commander sees it; `runEvaluate` does the work. */
export function evaluateCommand(effects: Effects) {
  return new Command("evaluate")
    .description("Score predicted mentions against gold ones (strict precision, recall and F1).")
    .argument("<gold>", "gold file; - is stdin")
    .argument("<predicted>", "predicted file; - is stdin")
    .option("--json", "print JSON instead of a table")
    .option(
      "--map <Source=Target>",
      "rename gold types (Source= drops them); repeatable, or with commas",
      collectMap,
    )
    .option("--types <A,B>", "score only these types (their names after --map)", collectList)
    .addOption(
      new Option("--format <format>", "format of the gold file (default: by suffix)").choices(corpusFormats),
    )
    .addOption(
      new Option("--pred-format <format>", "format of the predicted file (default: by suffix)").choices(
        corpusFormats,
      ),
    )
    .addHelpText("after", examples)
    .action((gold, predicted, options) => runEvaluate(gold, predicted, options, effects));
}

/** Scores, prints to stdout, and names on stderr whatever could not be compared. */
export async function runEvaluate(
  gold: string,
  predicted: string,
  options: EvaluateOptions,
  { stdout, stderr }: Pick<Effects, "stdout" | "stderr">,
): Promise<void> {
  if (gold === "-" && predicted === "-") {
    throw new NeriumError("USAGE", "gold and predicted cannot both be stdin; name a file for one of them");
  }
  const issues = newIssues();
  const open = (path: string, format: CorpusFormat | undefined) =>
    openCorpus(path, { format, onIssue: issues.add });
  const scores = await scoreCorpus(
    mapTypes(open(gold, options.format), options.map ?? {}),
    open(predicted, options.predFormat),
    options.types === undefined ? {} : { types: options.types },
  );
  if (scores.documents === 0) {
    throw new NeriumError("DATA", "expected gold documents, got none; check the file and --format", {
      file: gold,
    });
  }
  await write(stderr, issues.report() + remarks(scores, options.types));
  await write(
    stdout,
    options.json === true ? `${JSON.stringify(scores, undefined, 2)}\n` : scoreTable(scores),
  );
}

/** Rates in percent with two decimals; the types first, then both averages. */
export function scoreTable(scores: Scores): string {
  const columns = ["precision", "recall", "F1", "support"].map(
    (title) => ({ title, align: "right" }) as const,
  );
  const rows: [string, Averages | Score][] = [
    ...Object.entries(scores.types),
    ["micro", scores.micro],
    ["macro", scores.macro],
  ];
  return formatTable(
    [{ title: "type" }, ...columns],
    rows.map(([name, row]) => [
      name,
      ...[row.precision, row.recall, row.f1].map((rate) => (100 * rate).toFixed(2)),
      "support" in row ? String(row.support) : "",
    ]),
  );
}

function remarks(scores: Scores, types: readonly string[] = []): string {
  const known = Object.entries(scores.types);
  const unseen = types.filter((type) => !known.some(([name]) => name === type));
  const onlyPredicted = known.filter(([, { support }]) => support === 0).map(([name]) => name);
  return [
    remark("gold documents without prediction, their mentions counted as missed", scores.missing),
    remark("predicted documents that gold lacks, not scored", scores.extra),
    remark("types of --types that occur neither in gold nor predicted", unseen),
    remark("types predicted but never gold, see --map and --types", onlyPredicted),
  ].join("");
}

/** One line with the first ten names; none if there is nothing to name. */
function remark(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > 10 ? `, and ${names.length - 10} more` : "";
  return `nerium: ${what} (${names.length}): ${names.slice(0, 10).join(", ")}${more}\n`;
}
