/** @file Vocabulary files (OBO, obographs JSON, tables) → the names of things with their type. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { NeriumError } from "../errors.ts";

/** A name of something, and what kind of thing it is. */
export interface Term {
  readonly text: string;
  readonly type: string;
}

/** Larger files are no vocabulary that this is meant for; an OBO file of all of MONDO has 40 MB. */
const maxBytes = 400_000_000;

/** The text of a vocabulary file, unpacked where its name ends in .gz. */
export function readVocabulary(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    if (path.endsWith(".gz")) bytes = gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const problem = `cannot be read as a vocabulary of at most ${maxBytes} bytes: ${(cause as Error).message}`;
    throw new NeriumError("UNREADABLE", problem, { file: path, cause });
  }
  return bytes.toString("utf8");
}

/** Names and exact synonyms of an OBO file's terms (OBO 1.4); obsolete terms are left out. */
export function* oboNames(text: string): Generator<string> {
  for (const stanza of text.split(/\r?\n\r?\n/)) {
    if (!stanza.includes("[Term]") || /^is_obsolete: true/m.test(stanza)) continue;
    for (const line of stanza.split(/\r?\n/)) {
      const name = /^name: (.+)$/.exec(line)?.[1] ?? /^synonym: "(.+)" EXACT\b/.exec(line)?.[1];
      if (name !== undefined) yield name.replaceAll('\\"', '"');
    }
  }
}

interface ObographNode {
  readonly id?: unknown;
  readonly lbl?: unknown;
  readonly meta?: { readonly deprecated?: unknown; readonly synonyms?: unknown };
}

/** Labels and exact synonyms of an obographs file's nodes whose id matches. */
export function* obographNames(text: string, file: string, id: RegExp): Generator<string> {
  let graphs: unknown;
  try {
    graphs = (JSON.parse(text) as { graphs?: unknown }).graphs;
  } catch (cause) {
    throw new NeriumError("CORPUS_FORMAT", "expected obographs JSON", { file, cause });
  }
  for (const graph of Array.isArray(graphs) ? (graphs as { nodes?: unknown }[]) : []) {
    for (const node of Array.isArray(graph.nodes) ? (graph.nodes as ObographNode[]) : []) {
      if (node.meta?.deprecated === true || typeof node.id !== "string" || !id.test(node.id)) continue;
      yield* nodeNames(node);
    }
  }
}

function* nodeNames({ lbl, meta }: ObographNode): Generator<string> {
  if (typeof lbl === "string") yield lbl;
  const synonyms = Array.isArray(meta?.synonyms)
    ? (meta.synonyms as { pred?: unknown; val?: unknown }[])
    : [];
  for (const { pred, val } of synonyms) if (pred === "hasExactSynonym" && typeof val === "string") yield val;
}

export interface TableColumns {
  readonly separator: string;
  /** Column of the names, counted from 0, and further ones that hold lists. */
  readonly names: readonly number[];
  /** What separates the names within a column. */
  readonly list?: string;
  /** Rows whose columns do not fulfil this are left out. */
  readonly where?: (columns: readonly string[]) => boolean;
}

/** Names in the columns of a table, its first line left out; "-" is empty. */
export function* tableNames(
  text: string,
  { separator, names, list, where }: TableColumns,
): Generator<string> {
  for (const line of text.split(/\r?\n/).slice(1)) {
    const columns = line.split(separator);
    if (line === "" || where?.(columns) === false) continue;
    for (const column of names) {
      const cell = (columns[column] ?? "").replace(/^"|"$/g, "");
      for (const name of list === undefined ? [cell] : cell.split(list)) {
        const trimmed = name.trim();
        if (trimmed !== "" && trimmed !== "-") yield trimmed;
      }
    }
  }
}

/** "Carcinoma, Hepatocellular" as it stands in a sentence; a name with another number of commas stays as it is. */
export function naturalOrder(name: string): string {
  const parts = name.split(", ");
  return parts.length === 2 ? `${parts[1]!} ${parts[0]!}` : name;
}
