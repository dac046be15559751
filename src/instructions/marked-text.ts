/** @file A passage and the signs of a style → the passage's text with its mentions marked, whole or in pieces. */
import type { Passage } from "../documents/index.ts";
import { resolveOverlaps } from "../documents/index.ts";

/** What stands before and behind a mention of a type. */
export interface Signs {
  readonly open: string;
  readonly close: string;
}

/** Signs by type; a type without signs is not marked. */
export type SignsByType = ReadonlyMap<string, Signs>;

/** A stretch of an answer that is tokenized on its own; joined, the pieces are the answer. */
export interface AnswerPiece {
  readonly text: string;
  /** What a tag does; absent for a stretch of the passage's text. */
  readonly tag?: "open" | "close";
}

/** Marks every type that has signs; of overlapping mentions the longest, because none of the published styles nests marks. */
export function markedText(passage: Passage, signs: SignsByType): string {
  return markedPieces(passage, signs)
    .map(({ text }) => text)
    .join("");
}

/**
 * Texts and tags in turn. One blank before an opening tag belongs to the tag, as it does for the tokenizers of today's
 * models, where a word begins with its blank: the text's own tokens stay the usual ones.
 */
export function markedPieces({ text, mentions }: Passage, signs: SignsByType): AnswerPiece[] {
  const asked = mentions.filter(({ type, start, end }) => signs.has(type) && end > start);
  const pieces: AnswerPiece[] = [];
  let at = 0;
  for (const mention of resolveOverlaps(asked).kept) {
    const { open, close } = signs.get(mention.type)!;
    const blank = blankBefore(text, at, mention.start);
    pieces.push(
      { text: text.slice(at, mention.start - blank.length) },
      { text: blank + open, tag: "open" },
      { text: text.slice(mention.start, mention.end) },
      { text: close, tag: "close" },
    );
    at = mention.end;
  }
  return [...pieces, { text: text.slice(at) }].filter((piece) => piece.text !== "");
}

/** The blank that belongs to a tag that opens at `place`, if there is one in the text from `from` on. */
export function blankBefore(text: string, from: number, place: number): "" | " " {
  return place > from && text[place - 1] === " " ? " " : "";
}
