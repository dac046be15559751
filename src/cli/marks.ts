/** @file A passage → the text to show and which of its stretches belong to which type; overlaps allowed. */
import type { Mention, Passage } from "../documents/index.ts";

/** A stretch of the shown text in one style. */
export interface StyledRun {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** More than one mention covers it. */
  readonly nested: boolean;
}

export interface Marked {
  readonly text: string;
  /** In text order, apart from each other. */
  readonly runs: readonly StyledRun[];
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly mention: Mention;
  /** Further fragments of the same mention follow. */
  readonly continues: boolean;
}

/** The text as it is; where mentions overlap, the shortest gives the type. */
export function markInColour({ text, mentions }: Passage): Marked {
  const pieces = piecesOf(mentions);
  const edges = [...new Set(pieces.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const runs: StyledRun[] = [];
  let next = 0;
  let open: Piece[] = [];
  for (let at = 0; at + 1 < edges.length; at++) {
    const start = edges[at]!;
    open = open.filter((piece) => piece.end > start);
    while (next < pieces.length && pieces[next]!.start === start) open.push(pieces[next++]!);
    if (open.length === 0) continue;
    const shortest = open.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a));
    runs.push({ start, end: edges[at + 1]!, type: shortest.mention.type, nested: open.length > 1 });
  }
  return { text, runs };
}

/**
 * Mentions as `[text|Type]`, inner ones inside outer ones. A mention that crosses another's end is closed there as
 * `[text|Type…]` and opened again; so are the fragments of a discontinuous one.
 */
export function markWithBrackets({ text, mentions }: Passage): Marked {
  const waiting = piecesOf(mentions);
  const open: Piece[] = [];
  let shown = "";
  let at = 0;
  const copyTo = (place: number): void => {
    shown += text.slice(at, place);
    at = place;
  };
  while (waiting.length > 0 || open.length > 0) {
    const next = waiting[0];
    const end = Math.min(...open.map((piece) => piece.end));
    if (next !== undefined && next.start < end) {
      copyTo(next.start);
      shown += "[";
      open.push(waiting.shift()!);
      continue;
    }
    copyTo(end);
    shown += closeAt(end, open);
  }
  copyTo(text.length);
  return { text: shown, runs: [] };
}

/** Closes what ends here, and all that was opened later; what goes on is opened again. */
function closeAt(end: number, open: Piece[]): string {
  const lowest = open.findIndex((piece) => piece.end === end);
  const closed = open.splice(lowest);
  const goingOn = closed.filter((piece) => piece.end > end);
  open.push(...goingOn);
  const closing = closed.toReversed().map((piece) => {
    const continues = piece.continues || piece.end > end;
    return `|${piece.mention.type}${continues ? "…" : ""}]`;
  });
  return closing.join("") + "[".repeat(goingOn.length);
}

/** By start, the longer first: then an outer mention is opened before an inner one. Empty ones show nothing. */
function piecesOf(mentions: readonly Mention[]): Piece[] {
  return mentions
    .flatMap((mention) => {
      const parts = mention.fragments ?? [mention];
      return parts.map(({ start, end }, at) => ({ start, end, mention, continues: at < parts.length - 1 }));
    })
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start || b.end - a.end);
}
