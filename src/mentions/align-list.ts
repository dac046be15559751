/** @file A text and the strings that an answer lists → every place where they stand in the text (the list style of D2). */
import type { Fragment } from "../documents/index.ts";
import type { ListedSurface } from "../instructions/list.ts";
import type { Letters } from "./align-letters.ts";
import { lettersOf } from "./align-letters.ts";
import { folded, insideWord } from "./align-words.ts";
import type { AlignedAnswer, AlignedMention, AlignmentStatus } from "./types.ts";
import { noCounts } from "./types.ts";

/**
 * The every-occurrence rule: a listed string marks all places where it stands as whole words, because a list cannot say
 * which one it means. It is sought as it is, then but for white space, then but for case, Greek letters' names and kinds
 * of dashes and quotes; the first way that finds a place is taken. Longer strings go first, and a place inside of a
 * longer one of the same type is not marked again. Each listed string counts once, however many places it marks; one
 * that marks none is rejected, one whose type nobody asked for is foreign.
 */
export function alignList(text: string, listed: readonly ListedSurface[], complete = true): AlignedAnswer {
  const counts = noCounts();
  const layers = [lettersOf(text), foldedLetters(text)] as const;
  const statuses = new Map<string, AlignmentStatus | undefined>();
  const mentions: AlignedMention[] = [];
  const longestFirst = listed.toSorted((a, b) => b.surface.length - a.surface.length);
  for (const { surface, type } of longestFirst) {
    if (type === undefined || surface.trim() === "") {
      counts[surface.trim() === "" ? "empty" : "foreign"]++;
      continue;
    }
    const key = JSON.stringify([type, surface]);
    if (!statuses.has(key)) {
      const places = placesOf(text, surface, layers).filter((place) => isFree(place, type, mentions));
      for (const { alignment, ...place } of places) mentions.push({ ...place, type, alignment });
      statuses.set(key, places[0]?.alignment);
    }
    counts[statuses.get(key) ?? "rejected"]++;
  }
  return {
    mentions: mentions.sort((a, b) => a.start - b.start || b.end - a.end),
    counts,
    marks: listed.length,
    copy: "absent",
    truncated: !complete,
    nested: 0,
    broken: 0,
  };
}

interface FoundPlace extends Fragment {
  readonly alignment: AlignmentStatus;
  readonly stated?: string;
}

function placesOf(text: string, surface: string, [plain, loose]: readonly [Letters, Letters]): FoundPlace[] {
  const sought = surface.trim();
  const found = occurrences(text, lettersOf(sought).text, plain).map((place): FoundPlace => {
    const said = text.slice(place.start, place.end);
    return said === sought
      ? { ...place, alignment: "exact" }
      : { ...place, alignment: "whitespace", stated: sought };
  });
  const exact = found.filter(({ alignment }) => alignment === "exact");
  if (exact.length > 0) return exact;
  if (found.length > 0) return found;
  const places = occurrences(text, foldedLetters(sought).text, loose);
  return places.map((place) => ({ ...place, alignment: "edited", stated: sought }));
}

function occurrences(text: string, sought: string, { text: letters, offsets }: Letters): Fragment[] {
  const places: Fragment[] = [];
  if (sought === "") return places;
  let from = 0;
  for (let at = letters.indexOf(sought); at >= 0; at = letters.indexOf(sought, from)) {
    const place = { start: offsets[at]!, end: offsets[at + sought.length - 1]! + 1 };
    const isWhole = !insideWord(text, place.start) && !insideWord(text, place.end);
    if (isWhole) places.push(place);
    from = at + (isWhole ? sought.length : 1);
  }
  return places;
}

function isFree(place: Fragment, type: string, mentions: readonly AlignedMention[]): boolean {
  return !mentions.some((one) => one.type === type && one.start < place.end && place.start < one.end);
}

/** Letters in their folded spelling; one that folds to several keeps its offset in each. */
function foldedLetters(text: string): Letters {
  const parts: string[] = [];
  const offsets: number[] = [];
  for (const { 0: letter, index } of text.matchAll(/\S/g)) {
    const part = folded(letter);
    parts.push(part);
    for (let at = 0; at < part.length; at++) offsets.push(index);
  }
  return { text: parts.join(""), offsets: Int32Array.from(offsets) };
}
