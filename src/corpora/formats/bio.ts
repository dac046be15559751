/**
 * @file CoNLL-style columns → documents: a token and its label (first and last column) a line, a blank line after each
 * sentence, before each document perhaps a line `-DOCSTART- …` or `###MEDLINE:…`. IOB, IOB2 and IOBES are read; the writer
 * is in `bio-write.ts`. The original spacing is not in such files: the text is the tokens with one space between them.
 *
 * Reading and writing gives the same bytes for IOB2 and IOBES with tabs, but for: line endings (written as "\n"), a
 * byte-order mark (dropped), blank lines (exactly one is written after each sentence and `-DOCSTART-` line), the type
 * of bare labels (written out), an I that begins a mention (written as B), tokens with a space in them (divided).
 */
import { bioReader, isBioLabel } from "../../documents/index.ts";
import type { BioReader, Carried, Document, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { lineEnd, readLineBlocks } from "../lines.ts";

export interface BioOptions extends ReadOptions {
  /** The type that bare labels (`B`, `I`) stand for. */
  readonly type?: string | undefined;
}

/** What the line begins with that begins a document: CoNLL's, and that of JNLPBA's files, which has a PubMed id. */
const documentStarts = ["-DOCSTART-", "###MEDLINE:"];
/** What the writer needs to give the file's own lines back: `["iob2" or "iobes", the -DOCSTART- line if any]`. */
export const bioLayout = "bio-layout";

/** A sentence whose lines are still coming in. */
interface Sentence {
  readonly tokens: string[];
  /** Of the tokens with a space behind each of them. */
  length: number;
  readonly reader: BioReader;
  iobes: boolean;
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
  const known = new Set<string>(); // labels found good: a file has few of them, and very many lines
  const place: Place = { number: 0, known, options };
  let grouped = false;
  let count = 0;
  let draft = newDraft();
  let sentence = newSentence(options);
  const endDocument = (): Document => {
    const document = finished(draft, `${stem}:${++count}`);
    draft = newDraft();
    return document;
  };
  for await (const block of readLineBlocks(source, options, () => place.number)) {
    for (let start = 0; start < block.length;) {
      const feed = block.indexOf("\n", start);
      const next = feed < 0 ? block.length : feed + 1;
      const end = lineEnd(block, start, feed < 0 ? block.length : feed);
      place.number++;
      if (isToken(block, start, end)) addToken(sentence, block, start, end, place);
      else {
        if (sentence.tokens.length > 0) {
          addSentence(draft, sentence);
          sentence = newSentence(options);
        }
        const starts = start < end && beginsDocument(block, start);
        if (draft.passages.length > 0 && (starts || !grouped)) yield endDocument();
        if (starts) draft.start = block.slice(start, end);
        grouped ||= starts;
      }
      start = next;
    }
  }
  if (sentence.tokens.length > 0) addSentence(draft, sentence);
  if (draft.passages.length > 0) yield endDocument();
}

function newSentence({ type }: BioOptions): Sentence {
  return { tokens: [], length: 0, reader: bioReader(type), iobes: false, between: [] };
}

function newDraft(): Draft {
  return { passages: [], between: [], iobes: false };
}

/** Whether a line holds a token: it is not blank and does not begin a document. */
function isToken(block: string, start: number, end: number): boolean {
  if (start === end) return false;
  const first = block.charCodeAt(start);
  if (first > 0x2d && first < 0x80) return true;
  if (beginsDocument(block, start)) return false;
  return block.slice(start, end).trim() !== "";
}

function beginsDocument(block: string, start: number): boolean {
  return documentStarts.some((mark) => block.startsWith(mark, start));
}

interface Place {
  number: number;
  readonly known: Set<string>;
  readonly options: BioOptions;
}

/** Columns are divided by tabs, or else by spaces. */
function addToken(sentence: Sentence, block: string, start: number, end: number, place: Place): void {
  let last = end - 1; // not by `lastIndexOf`, which would look through the whole block
  while (last >= start && block.charCodeAt(last) !== 0x09) last--;
  if (last < start) {
    const line = block.slice(start, end).trim().replace(/ +/g, "\t");
    if (!line.includes("\t")) throw malformed(line, place, "a token, a tab and its label");
    addToken(sentence, line, 0, line.length, place);
    return;
  }
  let first = start; // tokens are so short that `indexOf` would take longer
  while (block.charCodeAt(first) !== 0x09) first++;
  if (first === start) throw malformed(block.slice(start, end), place, "a token, a tab and its label");
  const isOutside = end - last === 2 && block.charCodeAt(last + 1) === 0x4f;
  const label = isOutside ? "O" : block.slice(last + 1, end);
  if (!isOutside && !place.known.has(label)) {
    checkLabel(label, block.slice(start, end), place);
    place.known.add(label);
  }
  const at = sentence.length;
  sentence.tokens.push(block.slice(start, first));
  sentence.length += first - start + 1;
  sentence.reader.add(label, at, sentence.length - 1);
  if (!isOutside) sentence.iobes ||= label.startsWith("S") || label.startsWith("E");
  if (last > first) sentence.between.push(block.slice(first + 1, last));
}

function checkLabel(label: string, line: string, place: Place): void {
  if (!isBioLabel(label)) throw malformed(line, place, "a label O, B-…, I-…, E-… or S-… in the last column");
  if (label.length === 1 && label !== "O" && place.options.type === undefined) {
    throw malformed(line, place, "a label with a type (B-Disease), or to be told the type of bare labels");
  }
}

function addSentence(draft: Draft, { tokens, reader, iobes, between }: Sentence): void {
  draft.passages.push({ text: tokens.join(" "), kind: "sentence", mentions: reader.mentions });
  for (const columns of between) draft.between.push(columns);
  draft.iobes ||= iobes;
}

/** One for all documents: there may be a million of them. */
const plain: readonly Carried[] = [{ format: bioLayout, lines: ["iob2"] }];

function finished({ passages, between, iobes, start }: Draft, id: string): Document {
  if (!iobes && start === undefined && between.length === 0) return { id, passages, carried: plain };
  const layout = {
    format: bioLayout,
    lines: [iobes ? "iobes" : "iob2", ...(start === undefined ? [] : [start])],
  };
  const carried: Carried[] = between.length === 0 ? [layout] : [layout, { format: "bio", lines: between }];
  return { id, passages, carried };
}

function malformed(line: string, { number, options }: Place, expected: string): NeriumError {
  const problem = `expected ${expected}, got ${quoted(line)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file: options.file, line: number });
}
