/**
 * @file CoNLL-style columns ↔ documents: a token and its label (first and last column) a line, a blank line after each
 * sentence. IOB2 is written; IOB, IOB2 and IOBES are read. The original spacing is not in such files: the text is the
 * tokens with one space between them.
 */
import { bioToMentions, isBioLabel, mentionsToBio } from "../../documents/index.ts";
import type { Document, Fragment, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted, reportLeftOut } from "../issues.ts";
import type { OnIssue, ReadOptions, WriteOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export interface BioOptions extends ReadOptions {
  /** The type that bare labels (`B`, `I`) stand for. */
  readonly type?: string | undefined;
}

const documentStart = "-DOCSTART-";

/** A sentence whose lines are still coming in. */
interface Sentence {
  readonly tokens: string[];
  readonly labels: string[];
}

/**
 * Yields one document a sentence (id `stem:number`). In a file with `-DOCSTART-` lines it yields one document for each
 * of them, with its sentences as passages. Throws CORPUS_FORMAT with the line for lines that are no token and label.
 */
export async function* readBio(
  source: AsyncIterable<Uint8Array>,
  options: BioOptions,
): AsyncGenerator<Document> {
  const stem = fileStem(options.file);
  let grouped = false;
  let count = 0;
  let passages: Passage[] = [];
  let sentence = newSentence();
  const endSentence = (): void => {
    if (sentence.tokens.length > 0) passages.push(toPassage(sentence, options));
    sentence = newSentence();
  };
  const endDocument = (): Document => {
    const document = { id: `${stem}:${++count}`, passages };
    passages = [];
    return document;
  };
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      const starts = line.text.startsWith(documentStart);
      if (starts || line.text.trim() === "") {
        endSentence();
        if (passages.length > 0 && (starts || !grouped)) yield endDocument();
        grouped ||= starts;
      } else addToken(sentence, line, options);
    }
  }
  endSentence();
  if (passages.length > 0) yield endDocument();
}

function newSentence(): Sentence {
  return { tokens: [], labels: [] };
}

function addToken(sentence: Sentence, line: Line, options: BioOptions): void {
  // Columns of words are separated by spaces in the CoNLL shared tasks, by tabs in all files of today.
  const text = line.text.includes("\t") ? line.text : line.text.trim().replace(/ +/g, "\t");
  const tab = text.indexOf("\t");
  const label = text.slice(text.lastIndexOf("\t") + 1);
  if (tab <= 0) throw malformed(line, options, "a token, a tab and its label");
  if (label !== "O") checkLabel(label, line, options);
  sentence.tokens.push(text.slice(0, tab));
  sentence.labels.push(label);
}

function checkLabel(label: string, line: Line, options: BioOptions): void {
  if (!isBioLabel(label))
    throw malformed(line, options, "a label O, B-…, I-…, E-… or S-… in the last column");
  if (label.length === 1 && options.type === undefined) {
    throw malformed(line, options, "a label with a type (B-Disease), or to be told the type of bare labels");
  }
}

function toPassage({ tokens, labels }: Sentence, options: BioOptions): Passage {
  let end = -1;
  const places = tokens.map((token): Fragment => {
    const start = end + 1;
    end = start + token.length;
    return { start, end };
  });
  return { text: tokens.join(" "), kind: "sentence", mentions: bioToMentions(places, labels, options.type) };
}

function malformed(line: Line, options: BioOptions, expected: string): NeriumError {
  const problem = `expected ${expected}, got ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file: options.file, line: line.number });
}

/** Runs of letters (with their marks), runs of digits, and any other character that is no white space by itself. */
const tokenPattern = /\p{L}[\p{L}\p{M}]*|\p{N}+|[^\s]/gu;

/**
 * Yields the lines of one document at a time, with a blank line after each passage. Mentions that labels cannot say
 * (an end inside of a token, overlaps, several parts) are left out and reported one by one.
 */
export async function* writeBio(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<string> {
  for await (const document of documents) {
    reportLeftOut(document, "bio", options.onIssue);
    yield document.passages.map((passage) => passageLines(document, passage, options.onIssue)).join("");
  }
}

function passageLines(document: Document, passage: Passage, onIssue: OnIssue | undefined): string {
  const tokens = [...passage.text.matchAll(tokenPattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const { labels, misaligned, overlapping, discontinuous } = mentionsToBio(tokens, passage.mentions);
  const left = {
    "ends inside of a token": misaligned,
    "overlaps a better one": overlapping,
    "has several parts": discontinuous,
  };
  for (const [reason, mentions] of Object.entries(left)) {
    for (const { start, end, type } of mentions) {
      const what = `${type} mention ${quoted(passage.text.slice(start, end))}`;
      onIssue?.({ document: document.id, problem: `${what} ${reason}: left out, BIO cannot hold it` });
    }
  }
  const lines = tokens.map(
    ({ start, end }, index) => `${passage.text.slice(start, end)}\t${labels[index]!}\n`,
  );
  return lines.length === 0 ? "" : `${lines.join("")}\n`;
}
