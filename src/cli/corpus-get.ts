/** @file `nerium corpus list` and `nerium corpus get`: names of published corpora → what is known of them, or their files. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import type { DownloadEffects } from "../corpora/download.ts";
import type { FetchedFile } from "../corpora/download-corpus.ts";
import { fetchCorpus } from "../corpora/download-corpus.ts";
import type { KnownCorpus } from "../corpora/known/index.ts";
import { knownCorpora } from "../corpora/known/index.ts";
import { NeriumError } from "../errors.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { collectList } from "./options.ts";
import { startProgress } from "./progress.ts";
import { formatTable } from "./table.ts";

export interface CorpusGetOptions {
  readonly output?: string | undefined;
  readonly base?: string | undefined;
  readonly splits?: readonly string[] | undefined;
  readonly json?: true | undefined;
}

const listExamples = `
Examples:
  nerium corpus list
  nerium corpus list ncbi-disease
  nerium corpus list --json`;

const getExamples = `
Examples:
  nerium corpus get ncbi-disease -o corpora/ncbi-disease
  nerium corpus get ncbi-disease --splits train,dev
  nerium corpus get biored --base https://mirror.example.org/biored

Files come from their official addresses. A download that is cut off goes on where it stopped when the command is run
again. nerium.lock.json in the folder keeps each file's sha256: it is recorded at the first download and must be the
same ever after. Keep the lock file with your results. Files that you fetched by hand and put into the folder are
recorded in the same way.`;

export function corpusListCommand(effects: Effects) {
  return new Command("list")
    .summary("list the corpora that nerium knows")
    .description("List the corpora that Nerium knows, or tell all it knows of some.")
    .argument("[names...]", "only these, with all details")
    .option("--json", "print JSON instead of a table")
    .addHelpText("after", listExamples)
    .action((names, options) => runCorpusList(names, options, effects));
}

export function corpusGetCommand(effects: Effects) {
  return new Command("get")
    .summary("download a corpus from its official address")
    .description("Download a corpus from its official address.")
    .argument("<name>", "the corpus's name, see nerium corpus list")
    .option("-o, --output <folder>", "folder for the files (default: the corpus's name)")
    .option("--splits <a,b>", "only files that hold one of these, e.g. train,dev", collectList)
    .option("--base <url>", "take the files from here, by their names (a mirror)")
    .option("--json", "print what was fetched as JSON")
    .addHelpText("after", getExamples)
    .action((name, options) => runCorpusGet(name, options, effects));
}

export async function runCorpusList(
  names: readonly string[],
  { json }: { readonly json?: true | undefined },
  { stdout }: Pick<Effects, "stdout">,
): Promise<void> {
  const corpora = names.length === 0 ? knownCorpora : names.map(knownCorpus);
  const text =
    json === true
      ? `${JSON.stringify(corpora, undefined, 2)}\n`
      : names.length === 0
        ? listTable(corpora)
        : corpora.map(details).join("\n");
  await write(stdout, text);
}

/** `network` is the process's own unless a test gives another. */
export async function runCorpusGet(
  name: string,
  { output, base, splits, json }: CorpusGetOptions,
  effects: Pick<Effects, "stdout" | "stderr" | "now" | "signal">,
  network: Pick<DownloadEffects, "fetch" | "sleep"> = { fetch, sleep },
): Promise<void> {
  const corpus = knownCorpus(name);
  if (corpus.files.length === 0) throw byHandOnly(corpus);
  const folder = output ?? corpus.name;
  const progress = startProgress(effects, { unit: "kB" });
  const onProgress = (file: string, bytes: number, total: number | undefined): void => {
    const of = total === undefined ? "" : ` of ${Math.ceil(total / 1000)} kB`;
    progress.update(Math.floor(bytes / 1000), `${file}${of}`);
  };
  const files = await fetchCorpus(
    corpus,
    folder,
    { base, splits, onProgress },
    { ...network, signal: effects.signal },
  ).finally(() => progress.clear());
  const result = { name: corpus.name, folder, licence: corpus.licence, files };
  await write(
    effects.stdout,
    json === true ? `${JSON.stringify(result, undefined, 2)}\n` : fetchedText(corpus, files),
  );
}

function knownCorpus(name: string): KnownCorpus {
  const corpus = knownCorpora.find((known) => withoutMarks(known.name) === withoutMarks(name));
  if (corpus !== undefined) return corpus;
  const names = knownCorpora.map((known) => known.name).join(", ");
  throw new NeriumError("USAGE", `no corpus is known as ${JSON.stringify(name)}; known are ${names}`);
}

/** "NCBI disease" and "ncbi_disease" are "ncbi-disease" too. */
function withoutMarks(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function byHandOnly({ name, homepage, byHand = "" }: KnownCorpus): NeriumError {
  const problem = `${name} cannot be fetched without a person: ${byHand} The page is ${homepage}`;
  return new NeriumError("UNREADABLE", problem);
}

function listTable(corpora: readonly KnownCorpus[]): string {
  return formatTable(
    [{ title: "name" }, { title: "types" }, { title: "splits" }, { title: "format" }, { title: "about" }],
    corpora.map(({ name, types, files, format, title }) => [
      name,
      typesOf(types).join(" "),
      files.length === 0 ? "by hand" : [...new Set(files.flatMap(({ splits }) => splits))].join(" "),
      format,
      title,
    ]),
  );
}

function typesOf(types: KnownCorpus["types"]): string[] {
  return [...new Set(Object.values(types))].filter((type) => type !== "");
}

function details(corpus: KnownCorpus): string {
  const { name, title, description, homepage, files, byHand, format, types, licence, citation } = corpus;
  const map = Object.entries(types).map(([source, target]) => `${source}=${target}`);
  const rows: [string, string][] = [
    ["name", name],
    ["title", title],
    ["about", description],
    ["homepage", homepage],
    ...files.map(({ url, splits }): [string, string] => [`file (${splits.join(", ")})`, url]),
    ["format", format],
    ["types", `--map ${map.join(",")}`],
    ["licence", licence],
    ["citation", citation],
    ...(byHand === undefined ? [] : [["note", byHand] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, text]) => `${what.padEnd(width)}  ${text}\n`).join("");
}

function fetchedText(
  { licence, citation, byHand, homepage }: KnownCorpus,
  files: readonly FetchedFile[],
): string {
  const lines = files.map(({ status, path, bytes, sha256 }) => {
    return `${status} ${path} (${bytes} bytes, sha256 ${sha256.slice(0, 12)}…)${unpacking(path)}\n`;
  });
  const notes = [
    `licence: ${licence}`,
    `cite: ${citation}`,
    `page: ${homepage}`,
    ...(byHand ? [byHand] : []),
  ];
  return [...lines, ...notes.map((note) => `${note}\n`)].join("");
}

/** We fetch; unpacking is left to tools that everybody has. */
function unpacking(path: string): string {
  if (path.endsWith(".zip")) return `; unpack it with: unzip ${path}`;
  if (/\.tar\.gz$|\.tgz$/.test(path)) return `; unpack it with: tar xzf ${path}`;
  return "";
}
