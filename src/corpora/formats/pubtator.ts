/**
 * @file PubTator text → documents. Format: https://www.ncbi.nlm.nih.gov/research/bionlp/APIs/format/
 * and the BioCreative V CDR corpus' README; the writer is its inverse in `pubtator-write.ts`.
 *
 * Offsets in the file count code points over `title + " " + abstract`. Reading and writing gives the same bytes but for:
 * line endings (written as "\n"), a byte-order mark (dropped), a missing line end at the end of the file (added),
 * blank lines (exactly one is written after each document) and a carriage return within a line (written as a space).
 */
import { codePointMap } from "../../documents/index.ts";
import type { CodePointMap, Document, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted, shortened } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

/** What stands between title and abstract: a space in some readings, a line break in others, one character in all. */
const gap = " ";

/** A document whose lines are still coming in. */
interface Draft {
  readonly id: string;
  readonly line: number;
  readonly title: string;
  body?: { readonly abstract: string; readonly whole: string; readonly map: CodePointMap };
  readonly titleMentions: Mention[];
  readonly abstractMentions: Mention[];
  /** For each mention in the order of the file: "0" in the title, "1" in the abstract. */
  order: string;
  readonly carried: string[];
  readonly carriedAt: number[];
}

/**
 * Yields one document with the passages "title" and "abstract" for each record. Lines that are no mentions (relations
 * …), and mentions that lie outside of the text or cross the border of title and abstract, are kept in `carried`.
 * Throws CORPUS_FORMAT with the line for what is no PubTator.
 */
export async function* readPubTator(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  let draft: Draft | undefined;
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      const text = textLine(line.text);
      const begins = text?.kind === "t";
      if (draft !== undefined && (begins || line.text.trim() === "")) {
        yield finished(draft, options);
        draft = undefined;
      }
      if (begins) draft = newDraft(text.id, text.text, line.number);
      else if (draft !== undefined) addLine(draft, line, text, options);
      else if (line.text.trim() !== "") throw malformed(options, line, "PMID|t|title", "begins no document");
    }
  }
  if (draft !== undefined) yield finished(draft, options);
}

interface TextLine {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
}

/** Parses `PMID|t|title` and `PMID|a|abstract`; any other line gives undefined. */
function textLine(line: string): TextLine | undefined {
  const bar = line.indexOf("|");
  if (bar <= 0 || line[bar + 2] !== "|") return undefined;
  const kind = line[bar + 1]!;
  const id = line.slice(0, bar);
  if ((kind !== "t" && kind !== "a") || id.includes("\t")) return undefined;
  return { id, kind, text: line.slice(bar + 3) };
}

function newDraft(id: string, title: string, line: number): Draft {
  return { id, line, title, titleMentions: [], abstractMentions: [], order: "", carried: [], carriedAt: [] };
}

function addLine(draft: Draft, line: Line, text: TextLine | undefined, options: ReadOptions): void {
  if (draft.body === undefined) {
    if (text?.id === draft.id) {
      const whole = draft.title + gap + text.text;
      draft.body = { abstract: text.text, whole, map: codePointMap(whole) };
      return;
    }
    throw malformed(
      options,
      line,
      `${shortened(draft.id)}|a|abstract after the title`,
      "stands in its place",
    );
  }
  if (text !== undefined) throw malformed(options, line, "one abstract a document", "is a second one");
  const columns = columnsOf(line.text);
  if (columns.length === 1) {
    options.onIssue?.(issue(options, draft, line, "line-kept", "unknown line, kept as it is"));
    carry(draft, line);
  } else if (columns[0] !== draft.id) {
    throw malformed(
      options,
      line,
      `a line of document ${shortened(draft.id)}, or a blank line before the next one`,
      "differs",
    );
  } else if (isMention(columns, draft.body)) addMention(draft, line, columns, draft.body, options);
  else carry(draft, line);
}

/** What `split("\t")` gives, in half its time. */
function columnsOf(line: string): string[] {
  const columns: string[] = [];
  let start = 0;
  for (let tab = line.indexOf("\t"); tab >= 0; tab = line.indexOf("\t", start)) {
    columns.push(line.slice(start, tab));
    start = tab + 1;
  }
  columns.push(line.slice(start));
  return columns;
}

function carry(draft: Draft, line: Line): void {
  draft.carried.push(line.text);
  draft.carriedAt.push(draft.order.length);
}

/**
 * Mentions have an offset where relations have a name ("CID", "Association"). A name where an offset should be is only
 * told from a relation (whose third column may be a gene's number) by text that ends exactly where the line says.
 */
function isMention(columns: readonly string[], { whole, map }: NonNullable<Draft["body"]>): boolean {
  const [, start = "", end = "", text = ""] = columns;
  if (start === "" || "-+.0123456789".includes(start[0]!)) return true;
  const place = wholeNumber(end);
  if (text === "" || place === undefined || place > map.length) return false;
  return whole.endsWith(text, map.toUtf16(place));
}

/** Undefined for anything but digits. */
function wholeNumber(text: string): number | undefined {
  let number = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = 10 * number + digit;
  }
  return text === "" ? undefined : number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function addMention(
  draft: Draft,
  line: Line,
  columns: readonly string[],
  body: NonNullable<Draft["body"]>,
  options: ReadOptions,
): void {
  const [, startColumn = "", endColumn = "", stated = "", type = "", idColumn] = columns;
  const [start, end] = [wholeNumber(startColumn), wholeNumber(endColumn)];
  if (columns.length < 5 || type === "" || start === undefined || end === undefined) {
    const shape = "PMID, start, end, text, type and perhaps identifiers, with tabs between them";
    throw malformed(options, line, shape, `has ${columns.length} columns`);
  }
  const place = placed(draft.title, body, start, end);
  if (typeof place === "string") {
    const problem = `${place}: kept as a line, not as a mention`;
    options.onIssue?.(issue(options, draft, line, "misplaced-mention-kept", problem));
    carry(draft, line);
    return;
  }
  const passage = place.inTitle ? draft.title : body.abstract;
  // Field by field, not by spreading: this runs once a mention.
  const mention: Writable<Mention> = { start: place.start, end: place.end, type };
  if (idColumn !== undefined) mention.ids = splitIds(idColumn);
  if (stated.length !== place.end - place.start || !passage.startsWith(stated, place.start)) {
    mention.stated = stated;
    const found = quoted(passage.slice(place.start, place.end));
    const problem = `stated text ${quoted(stated)} differs from ${found}: both kept`;
    options.onIssue?.(issue(options, draft, line, "stated-text-kept", problem));
  }
  if (columns.length > 6) mention.carried = [{ format: "pubtator", lines: columns.slice(6) }];
  (place.inTitle ? draft.titleMentions : draft.abstractMentions).push(mention);
  draft.order += place.inTitle ? "0" : "1";
}

/** Code points in the whole text → UTF-16 in a passage, or the reason why there is no such place. */
function placed(
  title: string,
  { map }: NonNullable<Draft["body"]>,
  start: number,
  end: number,
): { readonly inTitle: boolean; readonly start: number; readonly end: number } | string {
  if (start >= end) return "mention without text";
  if (end > map.length) return `mention outside of the text (${map.length} characters)`;
  const [from, to] = [map.toUtf16(start), map.toUtf16(end)];
  if (to <= title.length) return { inTitle: true, start: from, end: to };
  const abstractStart = title.length + gap.length;
  if (from < abstractStart) return "mention across the border of title and abstract";
  return { inTitle: false, start: from - abstractStart, end: to - abstractStart };
}

/**
 * `D001|D002` are two identifiers, but tmVar's `c|SUB|A|1|G` is one: split only where each part ends in a digit.
 * Joining with "|" gives the column back in both cases; an empty column is an empty list.
 */
export function splitIds(column: string): string[] {
  if (column === "") return [];
  if (!column.includes("|")) return [column];
  const parts = column.split("|");
  return parts.every((part) => /\d\s*$/.test(part)) ? parts : [column];
}

function finished(draft: Draft, options: ReadOptions): Document {
  if (draft.body === undefined) {
    throw new NeriumError(
      "CORPUS_FORMAT",
      `expected ${shortened(draft.id)}|a|abstract after the title, got the end of the document; ` +
        "add the line (the abstract may be empty), or see whether the file was cut off",
      { file: options.file, line: draft.line },
    );
  }
  const carried = [];
  if (draft.carried.length > 0) {
    const inside = draft.carriedAt.some((at) => at < draft.order.length);
    carried.push({ format: "pubtator", lines: draft.carried, ...(inside && { at: draft.carriedAt }) });
  }
  // The writer puts the title's mentions first: only another order has to be remembered.
  if (draft.order.includes("10")) carried.push({ format: "pubtator-order", lines: [draft.order] });
  return {
    id: draft.id,
    passages: [
      { text: draft.title, kind: "title", mentions: draft.titleMentions },
      { text: draft.body.abstract, kind: "abstract", mentions: draft.abstractMentions },
    ],
    ...(carried.length > 0 && { carried }),
  };
}

function issue(options: ReadOptions, draft: Draft, line: Line, kind: string, problem: string) {
  return { kind, file: options.file, line: line.number, document: draft.id, problem };
}

function malformed(options: ReadOptions, line: Line, expected: string, got: string): NeriumError {
  const problem = `expected ${expected}, got a line that ${got}: ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file: options.file, line: line.number });
}
