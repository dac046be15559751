/** @file A text that holds signs itself and an answer that is the text with whole tags → which signs are tags. */
import type { Mark, Markup } from "../instructions/markup.ts";

/** A tag as the markup writes it. */
interface Tag {
  readonly type: string;
  readonly open: string;
  readonly close: string;
}

/** How far a reading of the answer has come. */
interface Reading {
  readonly text: number;
  /** The open tag and where it opened, in the text. */
  readonly open: Tag | undefined;
  readonly start: number;
  readonly marks: readonly Mark[];
}

/** Readings of one answer that are followed side by side; a text made of signs could have very many. */
const mostReadings = 16;

/**
 * The marks, with offsets of the text; undefined if the answer is not exactly the text with tags, one open at a time. Of
 * several readings the one with the fewest marks is taken: what may be the text is the text.
 */
export function exactMarks(text: string, answer: string, markup: Markup): Mark[] | undefined {
  const tags = tagsOf(markup);
  const [first, last] = [text.length - text.trimStart().length, text.trimEnd().length];
  const said = answer.trim();
  // Readings by how much of the answer they have read.
  const waiting = new Map<number, Reading[]>([[0, [{ text: first, open: undefined, start: 0, marks: [] }]]]);
  for (let at = 0; at <= said.length; at++) {
    const readings = waiting.get(at) ?? [];
    waiting.delete(at);
    if (at === said.length) return whole(readings, last);
    const add = (place: number, reading: Reading): void => {
      const others = waiting.get(place);
      if (others === undefined) waiting.set(place, [reading]);
      else if (others.length < mostReadings && !others.some((one) => isSame(one, reading)))
        others.push(reading);
    };
    for (const reading of readings) {
      if (reading.text < last && said[at] === text[reading.text])
        add(at + 1, { ...reading, text: reading.text + 1 });
      for (const tag of tags) {
        const next = withTag(reading, tag, said, at);
        if (next !== undefined) add(at + next.length, next.reading);
      }
    }
  }
  return undefined;
}

function whole(readings: readonly Reading[], last: number): Mark[] | undefined {
  const complete = readings.filter(({ text, open }) => text === last && open === undefined);
  const [best] = complete.toSorted((a, b) => a.marks.length - b.marks.length);
  return best && [...best.marks];
}

function isSame(a: Reading, b: Reading): boolean {
  return a.text === b.text && a.open === b.open && a.start === b.start;
}

function withTag(
  { text, open, start, marks }: Reading,
  tag: Tag,
  said: string,
  at: number,
): { readonly reading: Reading; readonly length: number } | undefined {
  if (open === undefined && said.startsWith(tag.open, at)) {
    return { reading: { text, open: tag, start: text, marks }, length: tag.open.length };
  }
  if (open !== tag || text === start || !said.startsWith(tag.close, at)) return undefined;
  const mark: Mark = { start, end: text, type: tag.type, shape: "closed", broken: false, nested: false };
  return { reading: { text, open: undefined, start: 0, marks: [...marks, mark] }, length: tag.close.length };
}

function tagsOf({ kind, names, bare }: Markup): Tag[] {
  const asked = Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (kind === "signs") {
    const named = asked.map(([name, type]) => ({ type, open: `@${name}@`, close: `#${name}#` }));
    return bare === undefined ? named : [{ type: bare, open: "@@", close: "##" }, ...named];
  }
  const named = asked.map(([name, type]) => ({ type, open: `<span class="${name}">`, close: "</span>" }));
  if (bare === undefined) return named;
  return [
    { type: bare, open: "<mark>", close: "</mark>" },
    { type: bare, open: "<span>", close: "</span>" },
    ...named,
  ];
}
