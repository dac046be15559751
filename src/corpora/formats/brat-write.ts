/** @file Documents of any origin → the files of brat (`x.txt` + `x.ann`, or `x.a1` + `x.a2`), the inverse of `brat.ts`. */
import { codePointMap, documentText, passageStarts } from "../../documents/index.ts";
import type { Document, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted, reportDropped } from "../issues.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { entityText, onOneLine } from "./brat.ts";

/** One document: each of its files is called `name.suffix`. The text comes first. */
export interface BratFiles {
  readonly name: string;
  readonly files: readonly {
    readonly suffix: "txt" | "ann" | "a1" | "a2";
    readonly content: string;
  }[];
}

/**
 * Yields the files of one document after another. Mentions keep their T names, new ones get the next free number;
 * identifiers that no carried N line states get N lines of their own. What brat cannot hold is reported. Throws
 * CORPUS_FORMAT for ids that are no file names, OFFSETS for mentions outside of their passage.
 */
export async function* writeBrat(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<BratFiles> {
  for await (const document of documents) yield bratFiles(document, options.onIssue);
}

function bratFiles(document: Document, onIssue: OnIssue | undefined): BratFiles {
  const name = document.id;
  // oxlint-disable-next-line no-control-regex -- a NUL ends a path
  if (/^\.{0,2}$|[/\\\u0000\r\n]/.test(name)) throw badName(name);
  // `brat-a2` is brat's own too.
  const others = document.carried?.filter(({ format }) => format !== "brat-a2") ?? [];
  const dropped = ["passage-borders", "passage-kinds", "scores"] as const;
  reportDropped({ ...document, carried: others }, "brat", dropped, onIssue);
  const text = documentText(document);
  const suffixes = linesOf(document, "brat-layout") ?? ["ann"];
  const events = linesOf(document, "brat-a2");
  const main = suffixes[0] === "a1" || events !== undefined ? "a1" : "ann";
  const files: BratFiles["files"][number][] = [
    { suffix: "txt", content: text },
    { suffix: main, content: joined(annotation(document, text, onIssue)) },
  ];
  if (events !== undefined || suffixes.includes("a2"))
    files.push({ suffix: "a2", content: joined(events ?? []) });
  return { name, files };
}

function linesOf({ carried }: Document | Mention, format: string): readonly string[] | undefined {
  return carried?.find((part) => part.format === format)?.lines;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** The T lines with the carried lines where they stood between them, and N lines for new identifiers. */
function annotation(document: Document, text: string, onIssue: OnIssue | undefined): string[] {
  const map = codePointMap(text);
  const carried = document.carried?.find(({ format }) => format === "brat");
  const named = nameMentions(document, onIssue);
  const entities = named.map(({ id, mention }) => {
    const line = entityText(id, mention, text, map);
    const asRead = linesOf(mention, "brat-layout")?.[1];
    return asRead !== undefined && sameEntity(asRead, line) ? asRead : line;
  });
  const lines: string[] = [];
  let next = 0;
  for (const [index, line] of (carried?.lines ?? []).entries()) {
    const at = Math.min(carried?.at?.[index] ?? entities.length, entities.length);
    for (; next < at; next++) lines.push(entities[next]!);
    lines.push(line);
  }
  lines.push(...entities.slice(next));
  return [...lines, ...normalisations(named, text, lines, document.id, onIssue)];
}

/** Whether a line as it was read still says the same: its name, type and offsets in any order. */
function sameEntity(before: string, now: string): boolean {
  return entityKey(before) === entityKey(now);
}

function entityKey(line: string): string {
  const [id, middle = ""] = line.split("\t");
  const [type, ...offsets] = middle.split(/ (.*)/s);
  return [id, type, ...offsets.join("").split(";").sort()].join("\t");
}

interface Named {
  readonly id: string;
  /** The mention with offsets in the whole text. */
  readonly mention: Mention;
}

function nameMentions(document: Document, onIssue: OnIssue | undefined): Named[] {
  const starts = passageStarts(document);
  let number = highestNumber(document);
  const given = new Set<string>();
  const renamed: string[] = [];
  const named = document.passages.flatMap(({ mentions }, index) =>
    mentions.map((mention) => {
      const own = linesOf(mention, "brat-layout")?.[0];
      const id = own === undefined || given.has(own) ? `T${++number}` : own;
      given.add(id);
      const type = mention.type.replace(/\s/g, "_");
      if (type !== mention.type) renamed.push(mention.type);
      return { id, mention: { ...moved(mention, starts[index]!), type } };
    }),
  );
  if (renamed.length > 0) {
    const problem = `types with spaces, such as ${quoted(renamed[0]!)}, written with "_": brat cannot hold spaces`;
    onIssue?.({ kind: "type-renamed", count: renamed.length, document: document.id, problem });
  }
  return named;
}

/** Of the T names of mentions and of carried lines: triggers in an `.a2` have some too. */
function highestNumber(document: Document): number {
  const lines = [...(linesOf(document, "brat") ?? []), ...(linesOf(document, "brat-a2") ?? [])];
  const own = document.passages.flatMap(({ mentions }) =>
    mentions.flatMap((mention) => linesOf(mention, "brat-layout")?.[0] ?? []),
  );
  let highest = 0;
  for (const name of [...lines, ...own])
    highest = Math.max(highest, Number(/^T(\d{1,15})(?:\t|$)/.exec(name)?.[1] ?? 0));
  return highest;
}

function moved(mention: Mention, by: number): Mention {
  const { start, end, fragments } = mention;
  return {
    ...mention,
    start: start + by,
    end: end + by,
    ...(fragments !== undefined && {
      fragments: fragments.map((part) => ({ start: part.start + by, end: part.end + by })),
    }),
  };
}

/** N lines for identifiers that no line states yet; brat wants `database:identifier` without spaces. */
function normalisations(
  named: readonly Named[],
  text: string,
  lines: readonly string[],
  document: string,
  onIssue: OnIssue | undefined,
): string[] {
  const stated = new Set(lines.map((line) => /^N\S*\tReference (\S+ \S+)/.exec(line)?.[1]));
  let number = 0;
  for (const line of lines) number = Math.max(number, Number(/^N(\d{1,15})\t/.exec(line)?.[1] ?? 0));
  let [unwritable, trimmed] = [0, 0];
  const added: string[] = [];
  for (const { id, mention } of named) {
    for (const given of mention.ids ?? []) {
      // Corpora have spaces before some identifiers, which mean nothing: better without them than no identifier.
      const identifier = given.trim();
      if (identifier !== given && identifier !== "") trimmed++;
      const reference = /^(?!_:)[^:]+:./s.test(identifier) ? identifier : `_:${identifier}`;
      if (stated.has(`${id} ${reference}`)) continue;
      const name = onOneLine(text.slice(mention.start, mention.end)).replaceAll("\t", " ");
      if (identifier === "" || /\s/.test(identifier)) unwritable++;
      else added.push(`N${++number}\tReference ${id} ${reference}\t${name}`);
    }
  }
  if (unwritable > 0) {
    const problem = `${unwritable} identifiers left out: brat cannot hold empty ones or spaces in them`;
    onIssue?.({ kind: "ids-dropped", count: unwritable, document, problem });
  }
  if (trimmed > 0) {
    const problem = `${trimmed} identifiers written without the spaces around them`;
    onIssue?.({ kind: "ids-trimmed", count: trimmed, document, problem });
  }
  return added;
}

function badName(id: string): NeriumError {
  const problem = `document ${quoted(id)}: brat needs an id that can be a file's name; rename it or write JSONL`;
  return new NeriumError("CORPUS_FORMAT", problem);
}
