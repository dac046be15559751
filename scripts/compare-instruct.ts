/**
 * @file Published instruction data and the raw corpora it was made from → how many lines we make alike, and the others.
 * Usage: npx tsx --conditions=@nerium/source scripts/compare-instruct.ts [shared data folder] [--all]
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openCorpus } from "../src/corpora/index.ts";
import type { Passage } from "../src/documents/index.ts";
import { markedText } from "../src/instructions/marked-text.ts";

const data = process.argv.find((word, at) => at > 1 && !word.startsWith("--")) ?? "../shared/data";
const shown = process.argv.includes("--all") ? Infinity : 3;

async function sentences(path: string, type?: string): Promise<Passage[]> {
  const found: Passage[] = [];
  const options = type === undefined ? {} : { type };
  for await (const { passages } of openCorpus(join(data, "corpora", path), options)) found.push(...passages);
  return found;
}

const marked = (passage: Passage, open: string, close: string): string =>
  markedText(passage, new Map(passage.mentions.map(({ type }) => [type, { open, close }])));

/** NERLlama's converter never closes a mention that is one last token. */
const withOpenEnd = (line: string): string => line.replace(/@@(\S+)##$/, "@@$1");

/**
 * What explains BioNER-LLaMA's files: with a blank behind each token, the first place of "mention and blank" in the line
 * as marked so far is marked, mention by mention: a second mention can land in an earlier, longer one or in a word.
 * A mention that is one last token is left out.
 */
function markedByString({ text, mentions }: Passage): string {
  let line = `${text} `;
  for (const { start, end } of mentions) {
    const surface = text.slice(start, end);
    if (end === text.length && !surface.includes(" ")) continue;
    line = line.replace(`${surface} `, () => `<mark>${surface}</mark> `);
  }
  return line.replace(/ $/, "");
}

/** Lines of `all` that `of` lacks, counted as often as they occur. */
function lacking(all: readonly string[], of: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of of) left.set(line, (left.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

/** The longest common beginning and end, then what is in one only. */
function compare(title: string, ours: readonly string[], theirs: readonly string[]): void {
  const most = Math.min(ours.length, theirs.length);
  let head = 0;
  while (head < most && ours[head] === theirs[head]) head++;
  let tail = 0;
  while (tail < most - head && ours.at(-1 - tail) === theirs.at(-1 - tail)) tail++;
  const equal = ours.filter((line, at) => line === theirs[at]).length;
  const [onlyOurs, onlyTheirs] = [lacking(ours, theirs), lacking(theirs, ours)];
  console.log(
    `${title}: ours ${ours.length}, published ${theirs.length}; equal in place ${equal} ` +
      `(${head} from the start, ${tail} from the end); only ours ${onlyOurs.length}, only published ${onlyTheirs.length}`,
  );
  for (let at = 0; at < Math.min(shown, onlyTheirs.length); at++) console.log(`  - ${onlyTheirs[at]}`);
  for (let at = 0; at < Math.min(shown, onlyOurs.length); at++) console.log(`  + ${onlyOurs[at]}`);
}

interface PublishedRow {
  readonly input: string;
  readonly output: string;
}

for (const [file, split] of [
  ["train", "train"],
  ["devel", "dev"],
] as const) {
  const path = join(data, "instruct/nerllama3.1", `NCBI-disease.${file}.json`);
  const rows = JSON.parse(readFileSync(path, "utf8")) as PublishedRow[];
  const passages = await sentences(`ncbi-disease/bio/${split}.tsv`, "Disease");
  compare(
    `NERLlama NCBI ${file} inputs`,
    passages.map(({ text }) => text),
    rows.map(({ input }) => input),
  );
  const outputs = rows.map(({ output }) => output);
  const ours = passages.map((passage) => marked(passage, "@@", "##"));
  compare(`NERLlama NCBI ${file} outputs`, ours, outputs);
  compare(`  with its open end`, ours.map(withOpenEnd), outputs);
}

const bioner = [
  ["NCBI-disease", ["ncbi-disease/bio/train.tsv", "Disease"]],
  ["BC5CDR-chemical", ["bc5cdr/bio/chem.train.tsv", "Chemical"]],
  ["BC5CDR-disease", ["bc5cdr/bio/disease.train.tsv", "Disease"]],
  ["BC2GM", ["bc2gm/bio/train.tsv", "Gene"]],
] as const;
for (const [name, [path, type]] of bioner) {
  const theirs = readFileSync(join(data, "instruct/bioner-llama", `${name}_train.txt`), "utf8").replace(
    /\n$/,
    "",
  );
  const passages = await sentences(path, type);
  const ours = passages.map((passage) => marked(passage, "<mark>", "</mark>"));
  compare(
    `BioNER-LLaMA ${name}`,
    ours,
    theirs.split("\n").map((line) => line.replace(/ $/, "")),
  );
  compare(
    `  by string`,
    passages.map(markedByString),
    theirs.split("\n").map((line) => line.replace(/ $/, "")),
  );
  compare(
    `  texts only`,
    passages.map(({ text }) => text),
    theirs.split("\n").map((line) => line.replaceAll(/<\/?mark>/g, "").replace(/ $/, "")),
  );
}
