/** @file A text and a name → the places where the name stands as whole words; and what overlaps such a place. */
import type { Mention } from "../documents/index.ts";

export interface Place {
  readonly start: number;
  readonly end: number;
}

const isNamePart = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{M}\p{N}]/u.test(character);

export function* nameOccurrences(text: string, name: string): Generator<Place> {
  for (let start = text.indexOf(name); start >= 0; start = text.indexOf(name, start + name.length)) {
    const end = start + name.length;
    if (!isNamePart(text[start - 1]) && !isNamePart(text[end])) yield { start, end };
  }
}

export const overlapsMention = (mentions: readonly Mention[], { start, end }: Place, type: string): boolean =>
  mentions.some((mention) => mention.type === type && mention.start < end && mention.end > start);
