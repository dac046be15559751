/** @file What a corpus says, in the plainest terms there are: for comparing two parsers one mention after the other. */
import type { Document } from "../../src/documents/index.ts";

export interface Facts {
  readonly id: string;
  readonly texts: readonly string[];
  /** `passage: start-end;start-end type id|id`, offsets in code points of the passage, sorted. */
  readonly mentions: readonly string[];
}

export interface FactMention {
  readonly passage: number;
  readonly spans: readonly (readonly [start: number, end: number])[];
  readonly type: string;
  readonly ids?: readonly string[] | undefined;
}

export function fact({ passage, spans, type, ids = [] }: FactMention): string {
  const places = spans.map(([start, end]) => `${start}-${end}`).join(";");
  return `${passage}: ${places} ${type} ${ids.join("|")}`;
}

/** The facts of documents as Nerium has read them; its UTF-16 offsets are counted again, one character at a time. */
export function factsOf({ id, passages }: Document): Facts {
  const mentions = passages.flatMap(({ text, mentions: own }, passage) => {
    const counted = codePointsBefore(text);
    return own.map(({ start, end, fragments, type, ids }) =>
      fact({
        passage,
        spans: (fragments ?? [{ start, end }]).map((part) => [counted[part.start]!, counted[part.end]!]),
        type,
        ids,
      }),
    );
  });
  return { id, texts: passages.map(({ text }) => text), mentions: mentions.sort() };
}

function codePointsBefore(text: string): Uint32Array {
  const before = new Uint32Array(text.length + 1);
  let [at, count] = [0, 0];
  for (const character of text) {
    before.fill(count, at, at + character.length);
    at += character.length;
    count++;
  }
  before[at] = count;
  return before;
}
