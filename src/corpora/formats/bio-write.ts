/** @file Documents of any origin → CoNLL-style columns in IOB2 or IOBES, the inverse of `bio.ts`. */
import { boundsToBio } from "../../documents/index.ts";
import type { Document, Passage } from "../../documents/index.ts";
import { idPart, quoted, reportDropped } from "../issues.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { bioLayout } from "./bio.ts";

export type BioScheme = "iob2" | "iobes";

/** Everything between spaces, for texts that are divided already; or words, numbers and single characters. */
export type BioTokens = "spaces" | "words";

export interface BioWriteOptions extends WriteOptions {
  /** How labels say where a mention begins and ends; what the document was read from if absent, or IOB2. */
  readonly scheme?: BioScheme | undefined;
  /** What a text is divided into; "spaces" if absent for what was read from columns, else "words". */
  readonly tokens?: BioTokens | undefined;
}

/**
 * Yields the lines of one document at a time, with a blank line after each passage. Mentions that labels cannot say
 * (an end inside of a token, overlaps, several parts) are left out and reported one by one.
 */
export async function* writeBio(
  documents: AsyncIterable<Document>,
  options: BioWriteOptions = {},
): AsyncGenerator<string> {
  let number = 0;
  for await (const document of documents) yield documentLines(document, ++number, options);
}

function documentLines(document: Document, number: number, options: BioWriteOptions): string {
  const { scheme, onIssue } = options;
  reportDropped(document, "bio", [...idPart(document, number), "ids", "scores", "stated-texts"], onIssue);
  const layout = document.carried?.find(({ format }) => format === bioLayout)?.lines;
  const [stated, start] = layout ?? [];
  const between = document.carried?.find(({ format }) => format === "bio")?.lines ?? [];
  const iobes = (scheme ?? stated) === "iobes";
  reportPassages(document, start === undefined, onIssue);
  const divided = options.tokens ?? (layout === undefined ? "words" : "spaces");
  const bounds = document.passages.map(({ text }) => (divided === "words" ? wordsOf(text) : partsOf(text)));
  const fits =
    between.length > 0 && 2 * between.length === bounds.reduce((sum, { length }) => sum + length, 0);
  let lines = start === undefined ? "" : `${start}\n\n`;
  let row = 0;
  for (const [index, passage] of document.passages.entries()) {
    const own = bounds[index]!;
    const labels = labelsOf(document, passage, own, onIssue);
    for (let place = 0; place < labels.length; place++) {
      const label = iobes ? withEnds(labels, place) : labels[place]!;
      lines += passage.text.slice(own[2 * place], own[2 * place + 1]);
      lines += fits ? `\t${between[row++]!}\t${label}\n` : label === "O" ? "\tO\n" : `\t${label}\n`;
    }
    if (own.length > 0) lines += "\n";
  }
  return lines;
}

/** Start and end of one token after the other: a corpus has too many for an object each. */
type Bounds = readonly number[];

/** Everything between spaces, tabs and line feeds. */
function partsOf(text: string): Bounds {
  const bounds: number[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x20;
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a) continue;
    if (at > start) bounds.push(start, at);
    start = at + 1;
  }
  return bounds;
}

const [space, letter, mark, digit, other] = [1, 2, 3, 4, 5] as const;
/** Kinds of the code points that were met, because patterns are slow; 0 for all others. */
const kinds = new Uint8Array(0x11_0000);

/** Runs of letters (with their marks), runs of digits, and any other character that is no white space by itself. */
function wordsOf(text: string): Bounds {
  const bounds: number[] = [];
  let start = 0;
  let kind: number = space; // of what began at `start`
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    const point = unit < 0xd800 || unit > 0xdbff ? unit : text.codePointAt(at)!;
    const next = kinds[point] || (kinds[point] = kindOf(String.fromCodePoint(point)));
    const goesOn = kind === letter ? next === letter || next === mark : kind === digit && next === digit;
    if (!goesOn) {
      if (kind !== space) bounds.push(start, at);
      start = at;
      kind = next;
    }
    at += point > 0xffff ? 2 : 1;
  }
  if (kind !== space) bounds.push(start, text.length);
  return bounds;
}

function kindOf(character: string): number {
  if (/\s/.test(character)) return space;
  if (/\p{L}/u.test(character)) return letter;
  if (/\p{M}/u.test(character)) return mark;
  return /\p{N}/u.test(character) ? digit : other;
}

/** IOB2 → IOBES: the label before anything but an I is the mention's end. */
function withEnds(labels: readonly string[], index: number): string {
  const label = labels[index]!;
  if (label === "O" || labels[index + 1]?.startsWith("I") === true) return label;
  return `${label.startsWith("B") ? "S" : "E"}${label.slice(1)}`;
}

function labelsOf(
  document: Document,
  { text, mentions }: Passage,
  bounds: Bounds,
  onIssue: OnIssue | undefined,
): readonly string[] {
  const { labels, misaligned, overlapping, discontinuous } = boundsToBio(bounds, mentions);
  const left = [
    ["misaligned-mention", "ends inside of a token", misaligned],
    ["overlapping-mention", "overlaps a better one", overlapping],
    ["discontinuous-mention", "has several parts", discontinuous],
  ] as const;
  for (const [kind, reason, dropped] of left) {
    for (const { start, end, type } of dropped) {
      const what = `${type} mention ${quoted(text.slice(start, end))}`;
      onIssue?.({ kind, document: document.id, problem: `${what} ${reason}: left out, BIO cannot hold it` });
    }
  }
  if (onIssue !== undefined && !isJoined(text, bounds)) {
    const problem = "white space is not in columns: one space between tokens is read back";
    onIssue({ kind: "white-space-replaced", document: document.id, problem });
  }
  return labels;
}

/** Whether a text is its tokens with one space between them. */
function isJoined(text: string, bounds: Bounds): boolean {
  let next = 0;
  for (let index = 0; index < bounds.length; index += 2) {
    const [start, end] = [bounds[index]!, bounds[index + 1]!];
    if (start !== next || (start > 0 && text.charCodeAt(start - 1) !== 0x20)) return false;
    next = end + 1;
  }
  return next === text.length + 1 || text === "";
}

/** A passage is written as a sentence, and read back as a document where no -DOCSTART- line says otherwise. */
function reportPassages(document: Document, divided: boolean, onIssue: OnIssue | undefined): void {
  const { id, passages } = document;
  const kinds = passages.filter(({ kind }) => kind !== undefined && kind !== "sentence").length;
  if (kinds > 0) {
    const problem = "kinds of passages left out: each is a sentence";
    onIssue?.({ kind: "passage-kinds-dropped", count: kinds, document: id, problem });
  }
  if (divided && passages.length > 1) {
    const problem = `${passages.length} passages written as sentences: each is read back as a document`;
    onIssue?.({ kind: "document-split", document: id, problem });
  }
}
