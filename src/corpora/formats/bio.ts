/**
 * @file CoNLL-style columns → documents: a token and its label (first and last column) a line, a blank line after each
 * sentence. IOB, IOB2 and IOBES are read; the writer is in `bio-write.ts`. The original spacing is not in such files:
 * the text is the tokens with one space between them.
 *
 * Reading and writing gives the same bytes for IOB2 and IOBES with tabs, but for: line endings (written as "\n"), a
 * byte-order mark (dropped), blank lines (exactly one is written after each sentence and `-DOCSTART-` line), the type
 * of bare labels (written out), an I that begins a mention (written as B), tokens with a space in them (divided).
 */
import { bioToMentions, isBioLabel } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export interface BioOptions extends ReadOptions {
  /** The type that bare labels (`B`, `I`) stand for. */
  readonly type?: string | undefined;
}

export const documentStart = "-DOCSTART-";
/** What the writer needs to give the file's own lines back: `["iob2" or "iobes", the -DOCSTART- line if any]`. */
export const bioLayout = "bio-layout";

/** A sentence whose lines are still coming in. */
interface Sentence {
  readonly tokens: string[];
  readonly labels: string[];
  /** The columns between token and label (part of speech …), where there are any. */
  readonly between: string[];
}

/** A document whose sentences are still coming in. */
interface Draft {
  passages: Passage[];
  between: string[];
  iobes: boolean;
  /** Its -DOCSTART- line. */
  start?: string;
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
  const known = new Set(["O"]); // labels found good: a file has few of them, and very many lines
  let grouped = false;
  let count = 0;
  let draft = newDraft();
  let sentence = newSentence();
  const endSentence = (): void => {
    if (sentence.tokens.length === 0) return;
    addSentence(draft, sentence, options);
    sentence = newSentence();
  };
  const endDocument = (): Document => {
    const document = finished(draft, `${stem}:${++count}`);
    draft = newDraft();
    return document;
  };
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      const starts = line.text.startsWith(documentStart);
      if (starts || line.text.trim() === "") {
        endSentence();
        if (draft.passages.length > 0 && (starts || !grouped)) yield endDocument();
        if (starts) draft.start = line.text;
        grouped ||= starts;
      } else addToken(sentence, line, options, known);
    }
  }
  endSentence();
  if (draft.passages.length > 0) yield endDocument();
}

function newSentence(): Sentence {
  return { tokens: [], labels: [], between: [] };
}

function newDraft(): Draft {
  return { passages: [], between: [], iobes: false };
}

function addToken(sentence: Sentence, line: Line, options: BioOptions, known: Set<string>): void {
  const tabs = line.text.indexOf("\t");
  const text = tabs >= 0 ? line.text : line.text.trim().replace(/ +/g, "\t");
  const first = tabs >= 0 ? tabs : text.indexOf("\t");
  const last = text.lastIndexOf("\t");
  const label = text.slice(last + 1);
  if (first <= 0) throw malformed(line, options, "a token, a tab and its label");
  if (!known.has(label)) {
    checkLabel(label, line, options);
    known.add(label);
  }
  sentence.tokens.push(text.slice(0, first));
  sentence.labels.push(label);
  if (last > first) sentence.between.push(text.slice(first + 1, last));
}

function checkLabel(label: string, line: Line, options: BioOptions): void {
  if (!isBioLabel(label))
    throw malformed(line, options, "a label O, B-…, I-…, E-… or S-… in the last column");
  if (label.length === 1 && options.type === undefined) {
    throw malformed(line, options, "a label with a type (B-Disease), or to be told the type of bare labels");
  }
}

function addSentence(draft: Draft, sentence: Sentence, options: BioOptions): void {
  const { tokens, labels, between } = sentence;
  let end = -1;
  const places = tokens.map((token): Fragment => {
    const start = end + 1;
    end = start + token.length;
    return { start, end };
  });
  const marked = labels.some((label) => label !== "O");
  const mentions = marked ? bioToMentions(places, labels, options.type) : [];
  draft.passages.push({ text: tokens.join(" "), kind: "sentence", mentions });
  for (const columns of between) draft.between.push(columns);
  draft.iobes ||= marked && labels.some((label) => label.startsWith("S") || label.startsWith("E"));
}

function finished({ passages, between, iobes, start }: Draft, id: string): Document {
  const layout = {
    format: bioLayout,
    lines: [iobes ? "iobes" : "iob2", ...(start === undefined ? [] : [start])],
  };
  const carried: Carried[] = between.length === 0 ? [layout] : [layout, { format: "bio", lines: between }];
  return { id, passages, carried };
}

function malformed(line: Line, options: BioOptions, expected: string): NeriumError {
  const problem = `expected ${expected}, got ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file: options.file, line: line.number });
}
