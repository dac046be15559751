/** @file An answer and its mark tokens → the copy without them and the marks they make, whatever is missing or wrong. */
import type { Mark, MarkedCopy, MarkToken, Markup } from "./markup.ts";
import { lexMarkup, typeOfName } from "./markup.ts";

/**
 * A mark of which one end is broken is believed up to this many characters: a lone `@` before a word and the `##` of
 * another mark far behind are two slips, not one mention.
 */
const longestBroken = 100;
/** Marks that may be open at once; nobody nests deeper, but answers run wild. */
const deepest = 16;

/** A token with the place in the copy where it stood. */
interface Placed extends MarkToken {
  readonly at: number;
}

/** A mark whose end has not come yet. */
interface Opening extends Placed {
  /** The same beginning comes again right behind it. */
  repeated: boolean;
  /** How many marks had begun with it: a broken beginning is believed only if none began after it. */
  readonly serial: number;
}

type Draft = Omit<Mark, "nested">;

/**
 * Rules. An end closes the last open mark of its name, or the last open mark: marks may be nested and may cross. Equal
 * beginnings (or ends) with nothing between are one, unless each has its end. A broken beginning is closed only while no
 * other mark began and none that is whole is open, and a mark with a broken end only within 100 characters; else both are
 * slips. An element without a name is taken for an end where one with a name is open.
 */
export function pairMarks(answer: string, tokens: readonly MarkToken[], markup: Markup): MarkedCopy {
  const { copy, placed } = withoutTokens(answer, tokens);
  const marks: Draft[] = [];
  const open: Opening[] = [];
  let last: Placed | undefined;
  let begun = 0;
  for (const token of placed) {
    const repeats = last !== undefined && isRepeated(last, token, copy);
    const mistaken =
      markup.kind === "elements" && token.name === undefined && open.at(-1)?.name !== undefined;
    const closes = token.role === "close" || mistaken;
    last = token;
    if (closes) {
      if (!repeats || (open.length > 0 && !token.broken))
        marks.push(closed(token, open, begun, copy, markup));
      continue;
    }
    const opening: Opening = { ...token, serial: ++begun, repeated: false };
    if (!repeats && token.broken && token.name === undefined && open.some(({ broken }) => !broken)) {
      marks.push(unclosed(opening, markup));
      continue;
    }
    const before = open.at(-1);
    if (repeats && before !== undefined) before.repeated = true;
    open.push(opening);
    if (open.length > deepest) marks.push(unclosed(open.shift()!, markup));
  }
  for (const opening of open) if (!opening.repeated) marks.push(unclosed(opening, markup));
  return { copy, marks: withNesting(marks) };
}

/** `parseMarkup(answer, markup)`: the copy and the marks of an answer whose source has nothing that looks like a mark. */
export function parseMarkup(answer: string, markup: Markup): MarkedCopy {
  return pairMarks(answer, lexMarkup(answer, markup), markup);
}

function withoutTokens(answer: string, tokens: readonly MarkToken[]): { copy: string; placed: Placed[] } {
  const parts: string[] = [];
  const placed: Placed[] = [];
  let from = 0;
  let at = 0;
  for (const token of tokens) {
    parts.push(answer.slice(from, token.start));
    at += token.start - from;
    from = token.end;
    placed.push({ ...token, at });
  }
  parts.push(answer.slice(from));
  return { copy: parts.join(""), placed };
}

function isRepeated(last: Placed, token: Placed, copy: string): boolean {
  return last.role === token.role && last.name === token.name && copy.slice(last.at, token.at).trim() === "";
}

/** What an end makes of the marks that are open: the one it closes, or a stray end. */
function closed(token: Placed, open: Opening[], begun: number, copy: string, markup: Markup): Draft {
  const sameName = token.name === undefined ? -1 : open.findLastIndex(({ name }) => name === token.name);
  const place = sameName < 0 ? open.length - 1 : sameName;
  const opening = open[place];
  if (opening === undefined || !isBelieved(opening, token, begun)) {
    return { start: token.at, end: token.at, shape: "stray", broken: token.broken };
  }
  open.splice(place, 1);
  const shape = copy.slice(opening.at, token.at).trim() === "" ? "empty" : "closed";
  const type = typeOfName(opening.name ?? token.name, markup);
  return { start: opening.at, end: token.at, type, shape, broken: opening.broken || token.broken };
}

function isBelieved(opening: Opening, token: Placed, begun: number): boolean {
  if (opening.broken && opening.serial < begun) return false;
  return !(opening.broken || token.broken) || token.at - opening.at <= longestBroken;
}

function unclosed(opening: Opening, markup: Markup): Draft {
  const { at, name, broken } = opening;
  return { start: at, end: at, type: typeOfName(name, markup), shape: "unclosed", broken };
}

/** In text order, outer before inner, with what lies in another told apart. */
function withNesting(drafts: readonly Draft[]): Mark[] {
  const sorted = drafts.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let reach = -1;
  return sorted.map((mark) => {
    const nested = mark.shape === "closed" && mark.end <= reach;
    if (mark.shape === "closed") reach = Math.max(reach, mark.end);
    return { ...mark, nested };
  });
}
