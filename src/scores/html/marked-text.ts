/**
 * @file A text and mentions in it → the text as HTML with one or more <mark> for each mention. Mentions may be nested,
 * may overlap and may have gaps: a mention that crosses the end of another is cut there, so that tags always nest.
 */
import type { Html } from "./markup.ts";
import { escapeText, trusted } from "./markup.ts";

export interface TextMark {
  readonly parts: readonly { readonly start: number; readonly end: number }[];
  /** Classes of all its pieces. */
  readonly classes: string;
  /** Attributes of all its pieces. */
  readonly every: Html;
  /** Attributes of its first piece only. */
  readonly first: Html;
}

interface Piece {
  readonly mark: TextMark;
  readonly start: number;
  readonly end: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** It is a later (an earlier) part of a discontinuous mention. */
  readonly afterGap: boolean;
  readonly beforeGap: boolean;
}

interface Tag {
  readonly piece: Piece;
  /** Reopened behind a cut; cut before its end. */
  readonly continues: boolean;
  readonly isCut: boolean;
  /** How many levels of marks it holds: the box must be that much larger. */
  height: number;
}

const highest = 3;

export function markedText(text: string, marks: readonly TextMark[]): Html {
  const pieces = marks.flatMap((mark) => piecesOf(mark, text.length));
  pieces.sort((a, b) => a.start - b.start || b.end - a.end);
  const places = new Set(pieces.flatMap(({ start, end }) => [start, end]));
  const tokens: (string | Tag)[] = [];
  const open: Tag[] = [];
  let [at, next] = [0, 0];
  for (const place of [...places].sort((a, b) => a - b)) {
    tokens.push(escapeText(text.slice(at, place)));
    at = place;
    closeAt(place, open, tokens);
    for (; next < pieces.length && pieces[next]!.start === place; next++) {
      openPiece(pieces[next]!, false, open, tokens);
      if (pieces[next]!.end === place) closeAt(place, open, tokens);
    }
  }
  tokens.push(escapeText(text.slice(at)));
  return trusted(tokens.map((token) => (typeof token === "string" ? token : openingTag(token))).join(""));
}

/** What lies outside of the text is cut off. */
function piecesOf(mark: TextMark, length: number): Piece[] {
  const parts = [...mark.parts].sort((a, b) => a.start - b.start);
  return parts.map((part, at) => {
    const start = Math.max(0, Math.min(part.start, length));
    const isFirst = at === 0;
    const isLast = at === parts.length - 1;
    const end = Math.max(start, Math.min(part.end, length));
    return { mark, start, end, isFirst, isLast, afterGap: !isFirst, beforeGap: !isLast };
  });
}

/** Closes down to the outermost piece that ends here, then reopens what goes on. */
function closeAt(place: number, open: Tag[], tokens: (string | Tag)[]): void {
  const outermost = open.findIndex(({ piece }) => piece.end === place);
  if (outermost < 0) return;
  const closed = open.splice(outermost);
  tokens.push("</mark>".repeat(closed.length));
  for (const { piece } of closed) if (piece.end > place) openPiece(piece, true, open, tokens);
}

function openPiece(piece: Piece, continues: boolean, open: Tag[], tokens: (string | Tag)[]): void {
  const isCut = open.some((outer) => outer.piece.end < piece.end);
  const tag: Tag = { piece, continues, isCut, height: 0 };
  for (const [depth, outer] of open.entries()) outer.height = Math.max(outer.height, open.length - depth);
  open.push(tag);
  tokens.push(tag);
}

function openingTag({ piece, continues, isCut, height }: Tag): string {
  const { mark, isFirst, isLast, start, end } = piece;
  const begins = isFirst && !continues;
  const ends = isLast && !isCut;
  const classes = [
    mark.classes,
    begins ? "" : "from",
    ends ? "" : "on",
    piece.afterGap && !continues ? "gap-before" : "",
    piece.beforeGap && !isCut ? "gap-after" : "",
    start === end ? "empty" : "",
    height === 0 ? "" : `h${Math.min(height, highest)}`,
  ];
  const names = classes.filter((name) => name !== "").join(" ");
  return `<mark class="${escapeText(names)}"${mark.every.markup}${begins ? mark.first.markup : ""}>`;
}
