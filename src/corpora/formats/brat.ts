/**
 * @file Texts with brat's standoff annotation (`x.txt` + `x.ann`, or BioNLP's `x.a1` + `x.a2`) → documents.
 * Format: https://brat.nlplab.org/standoff.html; the writer is its inverse in `brat-write.ts`.
 *
 *     T1⇥Disease 0 6;20 26⇥breast cancer           → a mention of two fragments, its "T1" kept
 *     N1⇥Reference T1 MESH:D001943⇥Breast Neoplasms → the identifier "MESH:D001943" of T1; kept as a line too
 *     E1⇥Growth:T4 Theme:T1, R, A, M, #, *          → kept as lines
 *
 * Offsets in the file count code points over the text. The T lines of an `.a2` are triggers of events and no entities:
 * they are kept as lines. Writing gives the same bytes but for a missing line end at the end of the file (added) and
 * blank lines (left out); a "\r" before a line's end is kept.
 */
import { codePointMap, mentionText, spanOf } from "../../documents/index.ts";
import type { Carried, CodePointMap, Document, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";

/** One document's files, decoded. */
export interface BratSource {
  /** The files' common name, without folders and suffix: the document's id. */
  readonly name: string;
  readonly text: string;
  /** What `x.ann`, or else `x.a1`, says. */
  readonly entities: string;
  /** Which of the two it is. */
  readonly suffix: "ann" | "a1";
  /** What `x.a2` says, where there is one. */
  readonly events?: string | undefined;
}

/** A T line: name, type, offsets, text. Brat's own writer puts one space, and a tab before the text. */
const entityLine = /^(T[^\s]*)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?$/s;
const normalisationLine = /^N\S*\tReference (\S+) (\S+)/;

/** A document of one passage. Throws CORPUS_FORMAT with the line for a T line that is none. */
export function parseBrat(source: BratSource, options: ReadOptions): Document {
  const { name, text } = source;
  const { mentions, carried } = parseEntities(source, { ...options, document: name });
  const all: Carried[] = [];
  if (carried.lines.length > 0) {
    const inside = carried.at.some((at) => at < mentions.length);
    all.push({ format: "brat", lines: carried.lines, ...(inside && { at: carried.at }) });
  }
  const events = linesOf(source.events ?? "");
  if (events.length > 0) all.push({ format: "brat-a2", lines: events });
  if (source.suffix === "a1") {
    const suffixes = source.events === undefined ? ["a1"] : ["a1", "a2"];
    all.push({ format: "brat-layout", lines: suffixes });
  }
  return { id: name, passages: [{ text, mentions }], ...(all.length > 0 && { carried: all }) };
}

interface Where extends ReadOptions {
  readonly document: string;
}

function parseEntities({ text, entities }: BratSource, where: Where) {
  const map = codePointMap(text);
  const carried = { lines: [] as string[], at: [] as number[] };
  const lines = linesOf(entities);
  const ids = identifiers(lines);
  const mentions: Mention[] = [];
  for (const [index, line] of lines.entries()) {
    const isEntity = line.startsWith("T");
    const mention = isEntity ? parseMention(text, map, { line, number: index + 1 }, ids, where) : undefined;
    if (mention !== undefined) {
      mentions.push(mention);
      continue;
    }
    carried.lines.push(line);
    carried.at.push(mentions.length);
  }
  return { mentions, carried };
}

function linesOf(content: string): string[] {
  return content.split("\n").filter((line) => line !== "");
}

/** T name → what its N lines refer to. `_:` stands for "no database": brat does not know identifiers without one. */
function identifiers(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const line of lines) {
    const [, target, reference] = normalisationLine.exec(line) ?? [];
    if (target === undefined || reference === undefined) continue;
    const known = ids.get(target) ?? [];
    known.push(reference.replace(/^_:/, ""));
    ids.set(target, known);
  }
  return ids;
}

function parseMention(
  text: string,
  map: CodePointMap,
  { line, number }: { readonly line: string; readonly number: number },
  ids: ReadonlyMap<string, readonly string[]>,
  where: Where,
): Mention | undefined {
  const [, id, type, offsets, statedText = ""] = entityLine.exec(line) ?? [];
  if (id === undefined || type === undefined || offsets === undefined) throw malformed(line, number, where);
  const parts = offsets.split(";").map((part) => {
    const [start, end] = part.split(" ").map(Number);
    return { start: start!, end: end! };
  });
  const fault = parts.find(({ start, end }) => start >= end || end > map.length);
  if (fault !== undefined) {
    const problem = `mention from ${fault.start} to ${fault.end} has no place in a text of ${map.length} characters: kept as a line`;
    tell("unplaced-mention-kept", problem, number, where);
    return undefined;
  }
  const span = spanOf(parts.map(({ start, end }) => ({ start: map.toUtf16(start), end: map.toUtf16(end) })));
  const bare = { ...span, type, ...(ids.has(id) && { ids: ids.get(id)! }) };
  const stated = statedText.replace(/\r$/, "");
  const differs = stated !== onOneLine(mentionText(text, bare));
  if (differs) {
    const found = quoted(mentionText(text, bare));
    tell("stated-text-kept", `stated text ${quoted(stated)} differs from ${found}: both kept`, number, where);
  }
  const mention: Mention = { ...bare, ...(differs && { stated }) };
  // What the writer would write anyway need not be remembered.
  const lines = entityText(id, mention, text, map) === line ? [id] : [id, line];
  return { ...mention, carried: [{ format: "brat-layout", lines }] };
}

/** A line has no room for line breaks: brat writes spaces. */
export function onOneLine(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}

/** A T line, without its end. `map` is that of the text. */
export function entityText(id: string, mention: Mention, text: string, map: CodePointMap): string {
  const offsets = (mention.fragments ?? [mention])
    .map(({ start, end }) => `${map.toCodePoint(start)} ${map.toCodePoint(end)}`)
    .join(";");
  return `${id}\t${mention.type} ${offsets}\t${onOneLine(mention.stated ?? mentionText(text, mention))}`;
}

function tell(kind: string, problem: string, line: number, { file, document, onIssue }: Where): void {
  onIssue?.({ kind, file, line, document, problem });
}

function malformed(line: string, number: number, { file }: Where): NeriumError {
  const problem =
    `expected a T line such as "T1⇥Disease 0 6⇥breast" (⇥ is a tab; further parts after ";"), got ${quoted(line)}; ` +
    "correct the line";
  return new NeriumError("CORPUS_FORMAT", problem, { file, line: number });
}
