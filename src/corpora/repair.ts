/** @file A document → the same document with wrong offsets repaired, what was repaired, and what could not be. */
import type { Document, Fragment, Mention } from "../documents/index.ts";
import { spanKey } from "./overlap-pairs.ts";
import type { Shift } from "./repair-shifts.ts";
import { findShifts, movedMention } from "./repair-shifts.ts";

/** One mention that stood at the wrong place, or that still does. Offsets are the ones before the repair. */
export interface Misplaced extends Fragment {
  readonly passage: number;
  readonly type: string;
  readonly stated: string;
  /** What stands at its offsets. */
  readonly found: string;
  /** Where it belongs; absent if that is not certain. */
  readonly moved?: Fragment;
  /** Why it was not moved. */
  readonly reason?: string;
}

export interface Repair {
  readonly document: Document;
  readonly shifts: readonly Shift[];
  /** Mismatched mentions that no shift explains. */
  readonly singles: readonly Misplaced[];
}

/** How far from its place a single mention's text may stand, in UTF-16 units. */
const near = 100;

/**
 * Moves mentions whose stated text does not match: those that a common shift explains, and single ones whose text
 * occurs exactly once near their place. All else stays as it is, stated text included.
 */
export function repairDocument(document: Document): Repair {
  const mismatched = document.passages.some(({ mentions }) =>
    mentions.some(({ stated }) => stated !== undefined),
  );
  if (!mismatched) return { document, shifts: [], singles: [] };
  const shifts = findShifts(document);
  const shifted = shifts.reduce(withShift, document);
  const singles: Misplaced[] = [];
  const passages = shifted.passages.map((passage, index) => {
    const taken = new Set(passage.mentions.filter(isPlaced).map(placeKey));
    const mentions = passage.mentions.map((mention) => {
      if (mention.stated === undefined) return mention;
      const single = placeSingle(passage.text, mention, index, taken);
      singles.push(single);
      if (single.moved === undefined) return mention;
      const { stated: _, fragments: __, ...rest } = mention;
      const moved = { ...rest, ...single.moved };
      taken.add(placeKey(moved));
      return moved;
    });
    return { ...passage, mentions };
  });
  return { document: { ...shifted, passages }, shifts, singles };
}

function isPlaced({ stated }: Mention): boolean {
  return stated === undefined;
}

function placeKey(mention: Mention): string {
  return `${spanKey(mention)} ${mention.type}`;
}

function withShift(document: Document, { passage: at, shift, mentions: places }: Shift): Document {
  const chosen = new Set(places);
  const passages = document.passages.map((passage, index) => {
    if (index !== at) return passage;
    const mentions = passage.mentions.map((mention, place) =>
      chosen.has(place) ? movedMention(passage.text, mention, shift)! : mention,
    );
    return { ...passage, mentions };
  });
  return { ...document, passages };
}

function placeSingle(text: string, mention: Mention, passage: number, taken: ReadonlySet<string>): Misplaced {
  const { start, end, type, fragments } = mention;
  const parts = fragments ?? [mention];
  const found = parts.map((part) => text.slice(part.start, part.end)).join(" ");
  const single = { passage, start, end, type, stated: mention.stated!, found };
  if (fragments !== undefined) return { ...single, reason: "discontinuous" };
  const places = placesNear(text, mention);
  const [moved] = places;
  if (moved === undefined) return { ...single, reason: `not found within ${near} characters` };
  if (places.length > 1) return { ...single, reason: `found ${places.length} times near` };
  if (taken.has(placeKey({ type, ...moved }))) return { ...single, reason: "would repeat another mention" };
  return { ...single, moved };
}

/** Where the stated text stands near the mention: exactly, or else with other white space within and around. */
function placesNear(text: string, { start, end, stated = "" }: Mention): Fragment[] {
  const from = Math.max(0, start - near);
  const around = text.slice(from, end + near);
  const words = stated
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  const exact = occurrences(around, escapeRegExp(stated), from);
  return exact.length > 0 ? exact : occurrences(around, words.map(escapeRegExp).join("\\s*"), from);
}

function occurrences(around: string, pattern: string, from: number): Fragment[] {
  return Array.from(around.matchAll(new RegExp(pattern, "gu")), (match) => {
    const start = from + match.index;
    return { start, end: start + match[0].length };
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
