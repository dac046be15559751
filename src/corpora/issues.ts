/** @file What a reader or writer met that is no reason to stop, but that a person should be able to count. */

import type { Document } from "../documents/index.ts";

/** One thing that was kept, replaced or left out. Readers say file and line, writers the document. */
export interface CorpusIssue {
  readonly file?: string;
  readonly line?: number;
  /** The document's id. */
  readonly document?: string;
  readonly problem: string;
}

export type OnIssue = (issue: CorpusIssue) => void;

/** What every reader needs to know. */
export interface ReadOptions {
  /** The file's name as a person gave it: for messages, and for ids in formats without ids. */
  readonly file: string;
  readonly onIssue?: OnIssue | undefined;
}

/** What every writer needs to know. */
export interface WriteOptions {
  readonly onIssue?: OnIssue | undefined;
}

/** Reports what a document carries from another format and what `format` has no place for. */
export function reportLeftOut(document: Document, format: string, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  const ofMentions = document.passages.flatMap(({ mentions }) =>
    mentions.flatMap(({ carried }) => carried ?? []),
  );
  const counts = new Map<string, number>();
  for (const carried of [...(document.carried ?? []), ...ofMentions]) {
    // "pubtator-order" is nothing that anybody would miss elsewhere.
    if (carried.format === format || carried.format === "pubtator-order") continue;
    counts.set(carried.format, (counts.get(carried.format) ?? 0) + carried.lines.length);
  }
  for (const [origin, count] of counts) {
    const problem = `${count} parts (relations, further columns or keys) left out: only ${origin} holds them`;
    onIssue({ document: document.id, problem });
  }
}

/** A quotation for a message: one line of at most 80 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A file's name without folders, `.gz` and its last suffix: the id of a document that has no other. */
export function fileStem(file: string): string {
  const name = file.split(/[/\\]/).at(-1)!.replace(/\.gz$/i, "");
  if (name === "-" || name === "") return "stdin";
  return name.replace(/(?<=.)\.[^.]*$/, "");
}
