/** @file What a reader or writer met that is no reason to stop, but that a person should be able to count. */
import type { Carried, Document, Mention } from "../documents/index.ts";

/** Things that were kept, replaced or left out. Readers say file and line, writers the document. */
export interface CorpusIssue {
  /**
   * A stable kebab-case word by which issues are counted: "discontinuous-mention", "scores-dropped". A kind that ends
   * in "-kept" tells of something odd that is still there, one that ends in "-noted" of something that no document was
   * to hold but that a person has to know; every other kind is a loss.
   */
  readonly kind: string;
  /** How many things this issue speaks of; 1 if absent. */
  readonly count?: number;
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

/** A piece of one of several files, from writers that write more than one; pieces of a name follow each other in it. */
export interface FileChunk {
  /** The file's name, which may have folders in it. */
  readonly name: string;
  readonly text: string;
}

/** Parts of a document that many formats have no place for, and that a writer then drops from every document. */
export type Part = "document-ids" | "passage-kinds" | "passage-borders" | "ids" | "scores" | "stated-texts";

const parts: Readonly<Record<Part, { readonly says: string; readonly count: (of: Document) => number }>> = {
  "document-ids": { says: "the document's id", count: () => 1 },
  "passage-kinds": {
    says: "the kinds of passages (title, abstract …)",
    count: ({ passages }) => {
      let count = 0;
      for (const { kind } of passages) if (kind !== undefined) count++;
      return count;
    },
  },
  "passage-borders": {
    says: "borders between passages",
    count: ({ passages }) => Math.max(0, passages.length - 1),
  },
  ids: { says: "identifiers of mentions", count: mentionsWith(({ ids }) => ids !== undefined) },
  scores: { says: "scores of mentions", count: mentionsWith(({ score }) => score !== undefined) },
  "stated-texts": {
    says: "stated texts that differ from the text at their offsets",
    count: mentionsWith(({ stated }) => stated !== undefined),
  },
};

function mentionsWith(has: (mention: Mention) => boolean): (document: Document) => number {
  return ({ passages }) => {
    let count = 0;
    for (const { mentions } of passages) for (const mention of mentions) if (has(mention)) count++;
    return count;
  };
}

/**
 * Reports what `format` has no place for, one issue a kind and document: the given parts ("scores-dropped" …), and all
 * that the document carries from other formats ("carried-dropped").
 */
export function reportDropped(
  document: Document,
  format: string,
  dropped: readonly Part[],
  onIssue: OnIssue | undefined,
): void {
  if (onIssue === undefined) return;
  for (const part of dropped) {
    const count = parts[part].count(document);
    if (count === 0) continue;
    const problem = `${parts[part].says} left out: ${format} cannot hold them (${count})`;
    onIssue({ kind: `${part}-dropped`, count, document: document.id, problem });
  }
  reportLeftOut(document, format, onIssue);
}

/** `document-ids`, unless reading back gives the same: an id that a reader made of the file's name and this number. */
export function idPart({ id }: Document, number: number): readonly Part[] {
  return id.endsWith(`:${number}`) ? [] : ["document-ids"];
}

/** Reports what a document carries from another format and what `format` has no place for. */
export function reportLeftOut(document: Document, format: string, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  const counts = new Map<string, number>();
  const add = (parts: readonly Carried[]): void => {
    for (const carried of parts) {
      // "pubtator-order", "brat-layout" … are nothing that anybody would miss elsewhere.
      if (`${carried.format}-`.startsWith(`${format}-`) || /-(?:order|layout)$/.test(carried.format))
        continue;
      counts.set(carried.format, (counts.get(carried.format) ?? 0) + carried.lines.length);
    }
  };
  if (document.carried !== undefined) add(document.carried);
  for (const { mentions } of document.passages) {
    for (const { carried } of mentions) if (carried !== undefined) add(carried);
  }
  for (const [origin, count] of counts) {
    const problem = `${count} parts (relations, further columns or keys) left out: only ${origin} holds them`;
    onIssue({ kind: "carried-dropped", count, document: document.id, problem });
  }
}

/** A quotation for a message: one line of at most 80 characters. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

/** An id or the like for a message that shows it without quotation marks. */
export function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A file's name without folders, `.gz` and its last suffix: the id of a document that has no other. */
export function fileStem(file: string): string {
  const name = file.split(/[/\\]/).at(-1)!.replace(/\.gz$/i, "");
  if (name === "-" || name === "") return "stdin";
  return name.replace(/(?<=.)\.[^.]*$/, "");
}
