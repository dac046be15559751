/** @file Tagged documents → text for people: wrapped, mentions coloured or in brackets, a table of mentions below. */
import { styleText } from "node:util";
import type { Document, Passage } from "../documents/index.ts";
import { mentionText } from "../documents/index.ts";
import { markInColour, markWithBrackets } from "./marks.ts";
import type { Marked, StyledRun } from "./marks.ts";
import { formatTable } from "./table.ts";

export interface PrettyOptions {
  readonly colour: boolean;
  /** Columns of the terminal; characters count as one column each (wide East Asian ones come out too long). */
  readonly width: number;
}

type Format = Parameters<typeof styleText>[0];
/** Which background a type has, once it was met. */
type Colours = Map<string, Format>;

// black on these is readable in light and dark terminals alike
const palette = ["bgCyan", "bgYellow", "bgGreen", "bgMagenta", "bgBlue", "bgRed", "bgWhite"] as const;
const usual: Readonly<Record<string, (typeof palette)[number]>> = {
  Disease: "bgYellow",
  Chemical: "bgCyan",
  Gene: "bgGreen",
  Species: "bgMagenta",
};

/** Renders one document after the other; a type keeps its colour from the first document to the last. */
export async function* renderDocuments(
  documents: AsyncIterable<Document>,
  options: PrettyOptions,
): AsyncGenerator<string> {
  const colours: Colours = new Map();
  for await (const document of documents) yield renderDocument(document, options, colours);
}

/** One document: its id, its passages, then a line per type and mention text, which is also the colours' legend. */
export function renderDocument(
  document: Document,
  { colour, width }: PrettyOptions,
  colours: Colours = new Map(),
): string {
  const paint = painter(colour, colours);
  const title = colour ? styled("dim", printable(document.id)) : printable(document.id);
  const passages = document.passages.map((passage) => renderPassage(passage, { colour, width }, paint));
  return `${[title, ...passages, mentionTable(document, paint)].filter((part) => part !== "").join("\n\n")}\n\n`;
}

function renderPassage(passage: Passage, { colour, width }: PrettyOptions, paint: Paint): string {
  const safe = { ...passage, text: printable(passage.text) };
  const marked = colour ? markInColour(safe) : markWithBrackets(safe);
  return wrap(marked.text, Math.max(width, 20))
    .map(([start, end]) => paintLine(marked, start, end, paint))
    .join("\n")
    .replace(/\n+$/, ""); // a file's last line break is no reason for an empty line
}

/** Colours end at each line's end, so that a background never runs to the terminal's edge. */
function paintLine({ text, runs }: Marked, start: number, end: number, paint: Paint): string {
  let line = "";
  let at = start;
  for (const run of runs) {
    const from = Math.max(run.start, at);
    const to = Math.min(run.end, end);
    if (from >= to) continue;
    line += text.slice(at, from) + paint(text.slice(from, to), run);
    at = to;
  }
  return line + text.slice(at, end);
}

type Paint = (text: string, run: Pick<StyledRun, "type" | "nested">) => string;

function painter(colour: boolean, colours: Colours): Paint {
  if (!colour) return (text) => text;
  return (text, { type, nested }) => {
    const background = colours.get(type) ?? usual[type] ?? palette[colours.size % palette.length]!;
    colours.set(type, background);
    const formats = [background, "black", "bold", ...(nested ? ["underline"] : [])];
    return styled(formats as Format, text);
  };
}

/** Whether to colour was decided before (`wantsColour`), so Node is not asked again. */
function styled(format: Format, text: string): string {
  return styleText(format, text, { validateStream: false });
}

/**
 * Line ranges of at most `width` characters, broken at blanks (which belong to no line); the text's own line breaks stay
 * and a word longer than a line stands on its own.
 */
export function wrap(text: string, width: number): [start: number, end: number][] {
  const lines: [number, number][] = [];
  let base = 0;
  for (const paragraph of text.split("\n")) {
    let start = base;
    let end = base;
    for (const word of paragraph.matchAll(/\S+/gu)) {
      const wordStart = base + word.index;
      const wordEnd = wordStart + word[0].length;
      if (wordEnd - start > width && end > start) {
        lines.push([start, end]);
        start = wordStart;
      }
      end = wordEnd;
    }
    lines.push([start, end]);
    base += paragraph.length + 1;
  }
  return lines;
}

/** A text from outside must not drive the terminal: control characters become visible, one for one, so offsets hold. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => {
    if (control === "\n") return control;
    if (control === "\t" || control === "\r") return " ";
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

function mentionTable(document: Document, paint: Paint): string {
  const rows = mentionRows(document);
  if (rows.length === 0) return "no mentions";
  const columns = [
    { title: "type" },
    { title: "text" },
    { title: "count", align: "right" },
    { title: "best score", align: "right" },
  ] as const;
  const cells = rows.map(({ type, text, count, best }) => [
    printable(type),
    printable(text).replaceAll("\n", " "),
    String(count),
    best === undefined ? "-" : best.toFixed(2),
  ]);
  return formatTable(columns, cells, (padded, row, column) =>
    column === 0 ? paint(padded, { type: rows[row]!.type, nested: false }) : padded,
  ).trimEnd();
}

interface MentionRow {
  readonly type: string;
  readonly text: string;
  readonly count: number;
  readonly best: number | undefined;
}

/** One row per type and text, by type, then the most frequent first. */
function mentionRows(document: Document): MentionRow[] {
  const rows = new Map<string, MentionRow>();
  for (const passage of document.passages) {
    for (const mention of passage.mentions) {
      const text = mentionText(passage.text, mention);
      const key = JSON.stringify([mention.type, text]);
      const { count, best } = rows.get(key) ?? { count: 0, best: undefined };
      rows.set(key, { type: mention.type, text, count: count + 1, best: higher(best, mention.score) });
    }
  }
  return [...rows.values()].sort((a, b) => compareText(a.type, b.type) || b.count - a.count);
}

function higher(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
