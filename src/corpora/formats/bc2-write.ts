/** @file Documents of any origin → BioCreative II's files: sentences, answers, alternatives; the inverse of `bc2.ts`. */
import type { Document, Mention, Passage } from "../../documents/index.ts";
import { reportDropped } from "../issues.ts";
import type { FileChunk, WriteOptions } from "../issues.ts";
import { countedCharacters } from "./bc2-characters.ts";

export interface Bc2WriteOptions extends WriteOptions {
  /** The files' common name: `train` gives `train.in`, `train.GENE.eval` and, where there are any, `train.ALTGENE.eval`. */
  readonly stem?: string | undefined;
}

/** White space as the task's own script sees it. */
const blank = /[ \t\n\r\f\v]/;

/**
 * Yields pieces of the files, a document at a time. Each passage is a sentence. The type of a mention is not in these
 * files (all are genes), and white space at its ends neither. What they cannot hold is reported.
 */
export async function* writeBc2(
  documents: AsyncIterable<Document>,
  options: Bc2WriteOptions = {},
): AsyncGenerator<FileChunk> {
  const stem = options.stem ?? "corpus";
  yield { name: `${stem}.in`, text: "" };
  yield { name: `${stem}.GENE.eval`, text: "" }; // an empty corpus has its files too
  const taken = new Set<string>();
  for await (const document of documents) {
    const { passages } = document;
    const id = freeId(document.id.replace(/[\s|]+/g, "_") || "_", passages.length, taken);
    taken.add(id);
    reportLosses(document, id, options);
    const ids = passages.map((_, index) => (passages.length === 1 ? id : `${id}:${index + 1}`));
    const sentences = passages.map(({ text }, index) => `${ids[index]!} ${inOneLine(text)}\n`);
    yield { name: `${stem}.in`, text: sentences.join("") };
    const answers = passages.map((passage, index) => answerLines(ids[index]!, passage));
    yield { name: `${stem}.GENE.eval`, text: answers.join("") };
    const others = alternativesOf(document).map((line) => `${id}|${line}\n`);
    if (others.length > 0) yield { name: `${stem}.ALTGENE.eval`, text: others.join("") };
  }
}

/**
 * Answers know their sentence by its id alone: a second document called `x` becomes `x-2`. The sentences of a document
 * of several passages are called `x:1`, `x:2` …, which must not be another's id either.
 */
function freeId(id: string, passages: number, taken: ReadonlySet<string>): string {
  const isTaken = (one: string): boolean =>
    taken.has(one) ||
    taken.has(one.replace(/:\d+$/, "")) ||
    Array.from({ length: passages }, (_, index) => `${one}:${index + 1}`).some((each) => taken.has(each));
  let free = id;
  for (let number = 2; isTaken(free); number++) free = `${id}-${number}`;
  return free;
}

function alternativesOf({ carried = [], passages }: Document): readonly string[] {
  if (passages.length !== 1) return [];
  return carried.filter(({ format }) => format === "bc2").flatMap(({ lines }) => lines);
}

function answerLines(id: string, { text, mentions }: Passage): string {
  if (mentions.length === 0) return "";
  const characters = countedCharacters(text);
  let lines = "";
  for (const { start, end, stated } of mentions) {
    const [first, last] = [characters.before(start), characters.before(end) - 1];
    const place = characters.place(first, last);
    if (place === undefined) continue;
    lines += `${id}|${first} ${last}|${inOneLine(stated ?? text.slice(place.start, place.end))}\n`;
  }
  return lines;
}

function inOneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\n\r]/g, " ") : text;
}

/** `written`: the document's id in the files. */
function reportLosses(document: Document, written: string, { onIssue }: Bc2WriteOptions): void {
  if (onIssue === undefined) return;
  reportDropped(document, "bc2", ["ids", "scores"], onIssue);
  const { id, passages } = document;
  const tell = (kind: string, count: number, problem: string): void => {
    if (count > 0) onIssue({ kind, count, document: id, problem: `${problem} (${count})` });
  };
  const why = "no white space or | in ids, and no id twice";
  tell("document-id-changed", written === id ? 0 : 1, `written with the id ${written}: ${why}`);
  tell("document-split", passages.length > 1 ? 1 : 0, "each passage written as a sentence of its own");
  const kinds = passages.filter(({ kind }) => kind !== undefined && kind !== "sentence").length;
  tell("passage-kinds-dropped", kinds, "kinds of passages left out: each is a sentence");
  const breaks = passages.reduce((sum, { text }) => sum + (text.match(/[\n\r]/g)?.length ?? 0), 0);
  tell("line-break-replaced", breaks, "line breaks written as spaces");
  for (const { text, mentions } of passages) reportMentions(text, mentions, tell);
  if (passages.length > 1 && document.carried?.some(({ format }) => format === "bc2") === true) {
    tell("carried-dropped", 1, "alternatives left out: they count in a single sentence");
  }
}

function reportMentions(
  text: string,
  mentions: readonly Mention[],
  tell: (kind: string, count: number, problem: string) => void,
): void {
  const slices = mentions.map(({ start, end }) => text.slice(start, end));
  const empty = slices.filter((slice) => /^[ \t\n\r\f\v]*$/.test(slice)).length;
  const edged = slices.filter((slice) => blank.test(slice[0] ?? "") || blank.test(slice.at(-1) ?? "")).length;
  const parted = mentions.filter(({ fragments }) => (fragments?.length ?? 0) > 1).length;
  const others = mentions.filter(({ type }) => type !== "Gene").length;
  tell("types-dropped", others, "types of mentions left out: all are Gene");
  tell("discontinuous-mention", parted, "discontinuous mentions written with their outer bounds");
  tell("empty-mention", empty, "mentions without text left out");
  tell("white-space-trimmed", edged, "white space at the ends of mentions left out");
}
