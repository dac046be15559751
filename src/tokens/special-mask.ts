/** @file Special tokens' names within messages → marks that no template knows, and back to text: they stay text. */
import { NeriumError } from "../errors.ts";
import type { Piece } from "./types.ts";

/** Hides special tokens that a person wrote, so that those which the template writes can be told from them. */
export interface SpecialMask {
  /** A message's content with the names of special tokens replaced. */
  hide(content: string): string;
  /** A rendered prompt with the names back in their places. */
  show(rendered: string): string;
  /** A rendered prompt as pieces: names that the template wrote are special tokens. */
  split(rendered: string): Piece[];
  /** A rendered answer without the white space behind its last special token, which nobody generates. */
  withoutEnd(answer: string): string;
}

/** Unicode's noncharacters for internal use: they mean nothing, and texts should not have them. */
const noncharacters = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/** A mask for these messages: its marks are two noncharacters that none of them has. */
export function maskFor(specialTokens: readonly string[], contents: readonly string[]): SpecialMask {
  const free = noncharacters.filter((mark) => !contents.some((content) => content.includes(mark)));
  const [open, close] = free;
  if (open === undefined || close === undefined) {
    const problem =
      "expected messages with less than 31 of the noncharacters U+FDD0 to U+FDEF, got all of them";
    throw new NeriumError("DATA", `${problem}: is this a text?`);
  }
  const longestFirst = specialTokens.toSorted((a, b) => b.length - a.length);
  const places = new Map(longestFirst.map((name, place) => [name, place]));
  const name = longestFirst.length === 0 ? "(?!)" : longestFirst.map(escapeRegExp).join("|");
  const names = new RegExp(name, "g");
  const hidden = new RegExp(`${open}(\\d+)${close}`, "g");
  const show = (rendered: string): string =>
    rendered.replace(hidden, (_, place: string) => longestFirst[Number(place)]!);
  const lastName = new RegExp(`^([^]*(?:${name}))\\s+$`);
  return {
    hide: (content) => content.replace(names, (found) => `${open}${places.get(found)!}${close}`),
    show,
    split: (rendered) =>
      splitAt(rendered, names).map((piece) => (typeof piece === "string" ? show(piece) : piece)),
    withoutEnd: (answer) => lastName.exec(answer)?.[1] ?? answer,
  };
}

function splitAt(rendered: string, names: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: special, index } of rendered.matchAll(names)) {
    if (index > end) pieces.push(rendered.slice(end, index));
    pieces.push({ special });
    end = index + special.length;
  }
  if (end < rendered.length) pieces.push(rendered.slice(end));
  return pieces;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
