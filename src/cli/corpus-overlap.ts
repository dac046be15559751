/** @file `nerium corpus overlap`: two corpus files → the documents they share, and the mentions of B that A has too. */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { corpusFormats, mapTypes, openCorpus } from "../corpora/index.ts";
import type { CorpusOverlap, SeenMentions } from "../corpora/overlap.ts";
import { corpusOverlap, sharesDocuments } from "../corpora/overlap.ts";
import { NeriumError } from "../errors.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { exitCodes } from "./failures.ts";
import { newIssues } from "./issues.ts";
import { collectMap, parseProbability } from "./options.ts";
import { formatTable } from "./table.ts";

export interface CorpusOverlapOptions {
  readonly json?: true | undefined;
  readonly refuse?: true | undefined;
  readonly threshold: number;
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly format?: CorpusFormat | undefined;
}

const examples = `
Examples:
  nerium corpus overlap train.pubtator test.pubtator
  nerium corpus overlap train.pubtator test.pubtator --refuse || echo "test data in training"

Texts are near-duplicates if they share at least half of their word 5-grams (--threshold): exact up to 260 words, beyond
that estimated from the 256 smallest hashes. "surface seen" counts mentions of B whose lower-cased text is a mention of
the same type in A; "id seen" is the same for identifiers, as a share of the mentions that have one.`;

export function corpusOverlapCommand(effects: Effects) {
  return new Command("overlap")
    .summary("find documents and mentions that two corpora share")
    .description("Find documents that two corpora share, and how many mentions of B occur in A.")
    .argument("<a>", "corpus file, e.g. what a model is trained on; - is stdin")
    .argument("<b>", "corpus file, e.g. what it is tested on; - is stdin")
    .option("--json", "print JSON instead of tables")
    .option("--refuse", "exit with 1 if the two share a document")
    .option("--threshold <share>", "from which similarity on texts are near-duplicates", parseThreshold, 0.5)
    .option(
      "--map <Source=Target>",
      "rename types (Source= drops them); repeatable, or with commas",
      collectMap,
    )
    .addOption(
      new Option("--format <format>", "format of both files (default: by suffix)").choices(corpusFormats),
    )
    .addHelpText("after", examples)
    .action((a, b, options) => runCorpusOverlap(a, b, options, effects));
}

export async function runCorpusOverlap(
  a: string,
  b: string,
  { json, refuse, threshold, map = {}, format }: CorpusOverlapOptions,
  { stdout, stderr, setExitCode }: Pick<Effects, "stdout" | "stderr" | "setExitCode">,
): Promise<void> {
  if (a === "-" && b === "-") throw new NeriumError("USAGE", "only one of the two can be stdin");
  const issues = newIssues();
  const open = (path: string) => mapTypes(openCorpus(path, { format, onIssue: issues.add }), map);
  const overlap = await corpusOverlap(open(a), open(b), { threshold });
  await write(stderr, issues.report());
  const shares = sharesDocuments(overlap);
  const text =
    json === true ? `${JSON.stringify({ a, b, ...overlap }, undefined, 2)}\n` : overlapText(overlap);
  await write(stdout, text);
  if (refuse !== true || !shares) return;
  await write(stderr, `nerium: ${a} and ${b} share documents\n`);
  setExitCode(exitCodes.failed);
}

/** Documents first, with a few names each; then the mentions by type. */
export function overlapText({ documents, sharedIds, identical, similar, all, types }: CorpusOverlap): string {
  const pairs = identical.map(({ a, b }) => `${b} (${a})`);
  const near = similar.map(({ a, b, similarity }) => `${b} (${a}, ${percent(similarity)} %)`);
  const lines = [
    `documents: ${documents.a} in A, ${documents.b} in B\n`,
    line("ids in both", sharedIds),
    line("texts of B that A has letter for letter", pairs),
    line("near-duplicate texts", near),
  ];
  const counts = ["mentions", "surface seen", "%", "with id", "id seen", "%"];
  const columns = counts.map((title) => ({ title, align: "right" }) as const);
  const rows = [...Object.entries(types), ["all", all] as const];
  const table = formatTable(
    [{ title: "type of B" }, ...columns],
    rows.map(([type, seen]) => [type, ...cells(seen)]),
  );
  return `${lines.join("")}\n${table}`;
}

function line(what: string, names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  const more = names.length > 10 ? `, and ${names.length - 10} more` : "";
  return `${what}: ${names.length}${names.length === 0 ? "" : `: ${shown}${more}`}\n`;
}

function cells({ mentions, surfaceSeen, withIds, idSeen }: SeenMentions): string[] {
  const surface = [mentions, surfaceSeen].map(String).concat(percent(surfaceSeen / (mentions || 1)));
  return [...surface, String(withIds), String(idSeen), percent(idSeen / (withIds || 1))];
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function parseThreshold(value: string): number {
  const threshold = parseProbability(value);
  if (threshold > 0) return threshold;
  throw new InvalidArgumentError("Expected a number above 0: everything is similar to everything from 0 on.");
}
