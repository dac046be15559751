/**
 * @file A document whose mentions state other texts than stand at their offsets → the constant shifts that make them
 * match, over whole passages or from some mention on. Knows nothing of single misplaced mentions (`repair.ts`).
 */
import type { Document, Fragment, Mention } from "../documents/index.ts";

/** A run of mentions of one passage whose offsets are wrong by the same number of UTF-16 units. */
export interface Shift {
  /** The passage's place in its document. */
  readonly passage: number;
  /** What must be added to the offsets. */
  readonly shift: number;
  /** The first and the last mention of the run, as places in `passage.mentions`. */
  readonly mentions: readonly number[];
  /** Whether the run holds all mentions of the passage. */
  readonly whole: boolean;
}

/** How far we look for a shift: beyond a long title, which is what offsets are most often wrong by. */
const farthest = 2000;
/** Short frequent mentions occur everywhere: the nearest places are enough, the long mentions decide. */
const placesPerMention = 32;
const shiftsPerDocument = 64;
/**
 * Costs in mentions that are left unexplained: to change the shift within a passage must explain two mentions or more,
 * because one alone proves no shift; at a passage's border it is the rule.
 */
const changeInside = 1.5;
const changeAtBorder = 0.5;
/** Decides between explanations that are otherwise equal: no shift before a shift, a small one before a large one. */
const shiftCost = 0.001;
const distanceCost = 1e-7;

/** One mention in the order of the text. */
interface Item {
  readonly passage: number;
  /** Its place in `passage.mentions`. */
  readonly place: number;
  readonly text: string;
  readonly mention: Mention;
}

/** All shifts that at least two mentions of the document need. */
export function findShifts(document: Document): Shift[] {
  const items = itemsOf(document);
  const shifts = candidates(items);
  if (shifts.length === 1) return [];
  return runs(items, bestPath(items, shifts));
}

/**
 * The mention moved by `shift` if the text there is what the mention states, and undefined if not. A mention of one
 * piece may also change its length.
 */
export function movedMention(text: string, mention: Mention, shift: number): Mention | undefined {
  if (!fits(text, mention, shift)) return undefined;
  const { stated, ...rest } = mention;
  const start = mention.start + shift;
  const end = mention.end + shift;
  if (mention.fragments === undefined) {
    return { ...rest, start, end: stated === undefined ? end : start + stated.length };
  }
  const fragments = mention.fragments.map((part) => ({ start: part.start + shift, end: part.end + shift }));
  return { ...rest, start, end, fragments };
}

/** Whether the text at the shifted place is what the mention states, or what stood at its own place. */
function fits(text: string, mention: Mention, shift: number): boolean {
  const { start, end, fragments } = mention;
  const expected = mention.stated ?? partsText(text, fragments ?? [mention], 0);
  if (start + shift < 0 || expected === "") return false;
  if (fragments === undefined) return text.startsWith(expected, start + shift);
  return end + shift <= text.length && partsText(text, fragments, shift) === expected;
}

function partsText(text: string, parts: readonly Fragment[], shift: number): string {
  return parts.map(({ start, end }) => text.slice(start + shift, end + shift)).join(" ");
}

function itemsOf({ passages }: Document): Item[] {
  return passages.flatMap(({ text, mentions }, passage) =>
    mentions
      .map((mention, place) => ({ passage, place, text, mention }))
      .sort((a, b) => a.mention.start - b.mention.start),
  );
}

/** 0, and what at least two mismatched mentions could be shifted by; the best supported ones only. */
function candidates(items: readonly Item[]): number[] {
  const support = new Map<number, number>();
  for (const { text, mention } of items) {
    if (mention.stated === undefined) continue;
    for (const shift of possibleShifts(text, mention)) support.set(shift, (support.get(shift) ?? 0) + 1);
  }
  const shifts = [...support].filter(([, count]) => count > 1);
  shifts.sort(([a, of], [b, other]) => other - of || Math.abs(a) - Math.abs(b) || a - b);
  return [0, ...shifts.slice(0, shiftsPerDocument).map(([shift]) => shift)];
}

/** Shifts at which a mismatched mention finds its stated text, the nearest first. */
function possibleShifts(text: string, mention: Mention): number[] {
  const first = mention.fragments?.[0];
  const wanted = first === undefined ? mention.stated! : mention.stated!.slice(0, first.end - first.start);
  if (wanted === "") return [];
  const shifts: number[] = [];
  const last = mention.start + farthest;
  for (
    let at = text.indexOf(wanted, Math.max(0, mention.start - farthest));
    at >= 0 && at <= last;
    at = text.indexOf(wanted, at + 1)
  ) {
    const shift = at - mention.start;
    if (shift !== 0 && fits(text, mention, shift)) shifts.push(shift);
  }
  return shifts.sort((a, b) => Math.abs(a) - Math.abs(b)).slice(0, placesPerMention);
}

/** The cheapest shift for every mention (Viterbi's algorithm): unexplained mentions cost 1, changes as said above. */
function bestPath(items: readonly Item[], shifts: readonly number[]): number[] {
  const before: Int16Array[] = [];
  let costs = shifts.map(() => 0);
  for (const [index, item] of items.entries()) {
    const change = index === 0 || items[index - 1]!.passage !== item.passage ? changeAtBorder : changeInside;
    const cheapest = costs.indexOf(Math.min(...costs));
    const from = Int16Array.from(shifts, (_, state) =>
      costs[state]! <= costs[cheapest]! + change ? state : cheapest,
    );
    costs = shifts.map((shift, state) => {
      const origin = from[state]!;
      return costs[origin]! + (origin === state ? 0 : change) + costOf(item, shift);
    });
    before.push(from);
  }
  let state = costs.indexOf(Math.min(...costs));
  const path = items.map(() => 0);
  for (let index = items.length - 1; index >= 0; index--) {
    path[index] = shifts[state]!;
    state = before[index]![state]!;
  }
  return path;
}

function costOf({ text, mention }: Item, shift: number): number {
  if (shift === 0) return mention.stated === undefined ? 0 : 1;
  return (fits(text, mention, shift) ? 0 : 1) + shiftCost + distanceCost * Math.abs(shift);
}

/** Consecutive mentions of one passage with one shift, as far as the shift makes them match. */
function runs(items: readonly Item[], path: readonly number[]): Shift[] {
  const found: { passage: number; shift: number; mentions: number[]; last: number }[] = [];
  for (const [index, { passage, place, text, mention }] of items.entries()) {
    const shift = path[index]!;
    if (shift === 0 || !fits(text, mention, shift)) continue;
    const run = found.at(-1);
    const goesOn =
      run?.passage === passage &&
      run.shift === shift &&
      path.slice(run.last, index).every((between) => between === shift);
    if (goesOn) {
      run.mentions.push(place);
      run.last = index;
    } else found.push({ passage, shift, mentions: [place], last: index });
  }
  return found.map(({ passage, shift, mentions }) => {
    const all = items.filter((item) => item.passage === passage).length;
    return { passage, shift, mentions, whole: mentions.length === all };
  });
}
