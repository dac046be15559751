/** @file A sentence → the token ids of any stretch between two places where tags may stand. */
import { blankBefore } from "../../instructions/index.ts";
import type { PieceEncoder, StretchIds } from "./piece-encoder.ts";
import { type TagPlaces, tagPlaces } from "./places.ts";

/** A part of the text that is encoded apart from its neighbours. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** The text with what the style's answers have behind it; tags stand only in the text. */
export interface SourceText {
  readonly text: string;
  /** With the end of the style's answers. */
  readonly whole: string;
  readonly places: TagPlaces;
  ids(start: number, end: number): number[];
}

/** A text that waits for the ids of its stretches. */
export interface DividedText {
  /** Every stretch that may be needed. */
  readonly stretches: readonly string[];
  withIds(ids: StretchIds): SourceText;
}

export function divideText(
  text: string,
  end: string,
  { partsOf }: Pick<PieceEncoder, "partsOf">,
): DividedText {
  const whole = text + end;
  const places = tagPlaces(text);
  const parts: Part[] = [];
  for (const part of partsOf(whole)) {
    const start = parts.at(-1)?.end ?? 0;
    parts.push({ start, end: start + part.length });
  }
  return {
    stretches: stretchesOf(whole, places, parts),
    withIds: (known) => ({
      text,
      whole,
      places,
      ids(start, end) {
        const ids: number[] = [];
        if (start === end) return ids;
        for (let at = partAt(parts, start); at < parts.length && parts[at]!.start < end; at++) {
          const stretch = whole.slice(Math.max(start, parts[at]!.start), Math.min(end, parts[at]!.end));
          for (const id of known.get(stretch)!) ids.push(id);
        }
        return ids;
      },
    }),
  };
}

/** A stretch begins behind a tag and ends before one, or where its part does. */
function stretchesOf(whole: string, { starts, ends }: TagPlaces, parts: readonly Part[]): string[] {
  const behindTags = [...starts, ...ends].sort((a, b) => a - b);
  const beforeTags = [
    ...starts.map((place) => place - blankBefore(whole, 0, place).length),
    ...starts,
    ...ends,
  ];
  beforeTags.sort((a, b) => a - b);
  return parts.flatMap(({ start, end }) => {
    const within = (places: readonly number[]): number[] => {
      return places.slice(lowerBound(places, start + 1), lowerBound(places, end));
    };
    const [froms, tos] = [
      [start, ...within(behindTags)],
      [...within(beforeTags), end],
    ];
    return froms.flatMap((from) => tos.filter((to) => to > from).map((to) => whole.slice(from, to)));
  });
}

/** The first index whose number is not below `limit`. */
function lowerBound(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part in which an offset lies. */
function partAt(parts: readonly Part[], offset: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (parts[middle]!.end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
