/** @file What `nerium evaluate` is told: its options' types, and their values as written → checked values. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { CorpusFormat } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import type { ConventionName } from "../scores/index.ts";
import { conventionNames } from "../scores/index.ts";
import type { EvaluationFiles } from "./evaluate-files.ts";
import { isSubmission } from "./evaluate-documents.ts";
import { foreignLabel, isLabelled } from "./evaluate-labels.ts";
import { collectList } from "./options.ts";

export interface EvaluateOptions {
  readonly json?: true | undefined;
  readonly report?: string | undefined;
  readonly vs?: string | undefined;
  readonly convention?: readonly ConventionArgument[] | undefined;
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly types?: readonly string[] | undefined;
  readonly train?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly resamples?: number | undefined;
  /** False for --no-intervals. */
  readonly intervals?: boolean | undefined;
  readonly eval?: string | undefined;
  readonly alternatives?: string | undefined;
  readonly format?: CorpusFormat | undefined;
  readonly predFormat?: CorpusFormat | undefined;
}

export type ConventionArgument = ConventionName | "all";

/** Names with commas between, or by repeating the option. */
export function collectConventions(
  value: string,
  before: readonly ConventionArgument[] = [],
): readonly ConventionArgument[] {
  const known: readonly string[] = [...conventionNames, "all"];
  const names = collectList(value, before);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names as readonly ConventionArgument[];
  throw new InvalidArgumentError(`${JSON.stringify(unknown)} is none of ${known.join(", ")}.`);
}

/** A whole number from 0 on. */
export function parseCount(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value.trim()) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("Expected a whole number, 0 or more.");
}

/** The conventions that were asked for; "all" means all that these files allow. Throws USAGE for one that they do not. */
export async function conventionsFor(
  files: EvaluationFiles,
  options: EvaluateOptions,
): Promise<ConventionName[]> {
  const usual: readonly ConventionArgument[] =
    options.alternatives === undefined ? ["strict"] : ["strict", "bc2"];
  const asked = options.convention ?? usual;
  const all = asked.includes("all");
  const names: ConventionName[] = [];
  for (const name of all ? conventionNames : (asked as readonly ConventionName[])) {
    const missing = await lacks(name, files, options);
    if (missing === undefined) names.push(name);
    else if (!all) throw new NeriumError("USAGE", `the convention ${name} needs ${missing}`);
  }
  return names;
}

/** What a convention needs and the files do not have. */
async function lacks(
  name: ConventionName,
  { corpora }: EvaluationFiles,
  { alternatives, format, predFormat }: EvaluateOptions,
): Promise<string | undefined> {
  if (name === "bc2" && alternatives === undefined) return "--alternatives ALTGENE.eval";
  if (name !== "conlleval" && name !== "iob2") return undefined;
  const golds = corpora.map(({ gold }) => gold);
  if (!golds.every((path) => isLabelled(path, format))) {
    return "token labels: a gold file in the format bio (.tsv, .conll, .bio, .iob)";
  }
  if (name === "conlleval") return undefined;
  const predicted = corpora.flatMap((corpus) => corpus.predicted);
  const labelled = predicted.filter((path) => !isSubmission(path) && isLabelled(path, predFormat));
  return lacksIob2([...golds, ...labelled]);
}

async function lacksIob2(paths: readonly string[]): Promise<string | undefined> {
  if (paths.includes("-")) return "files that can be read twice, instead of stdin";
  for (const path of new Set(paths)) {
    const foreign = await foreignLabel(path);
    if (foreign !== undefined) return `the labels B, I and O alone; ${foreign}`;
  }
  return undefined;
}
