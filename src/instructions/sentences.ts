/** @file A passage → its sentences: where they are, or as passages of their own with their mentions. */
import type { Fragment, Mention, Passage } from "../documents/index.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * Where a passage's sentences are, without the white space at their ends. A passage that is a sentence already (`kind:
 * "sentence"`: BIO, BioCreative II and marked files) stays whole; of others, Unicode's rules find the sentences. A
 * mention across a border joins the two: no mention is cut or lost.
 */
export function sentencePlaces({ text, kind, mentions }: Passage): Fragment[] {
  if (kind === "sentence") return text.trim() === "" ? [] : [{ start: 0, end: text.length }];
  const sorted = mentions.toSorted((a, b) => a.start - b.start);
  const places: Fragment[] = [];
  let start = 0;
  let next = 0;
  let reach = 0;
  let first = Infinity;
  for (const { index, segment } of segmenter.segment(text)) {
    const end = index + segment.length;
    first = Math.min(first, sorted[next]?.start ?? Infinity);
    while (next < sorted.length && sorted[next]!.start < end) reach = Math.max(reach, sorted[next++]!.end);
    if (reach > end) continue;
    const whole = text.slice(start, end);
    const from = start + whole.length - whole.trimStart().length;
    // A mention may begin or end with white space; it is no less a mention.
    const [low, high] = [Math.min(from, Math.max(start, first)), Math.max(from + whole.trim().length, reach)];
    if (whole.trim() !== "") places.push({ start: low, end: high });
    start = end;
    first = Infinity;
  }
  return places;
}

/** The sentences as passages of their own, with their mentions. */
export function sentencesOf(passage: Passage): Passage[] {
  if (passage.kind === "sentence") return sentencePlaces(passage).map(() => passage);
  const sorted = passage.mentions.toSorted((a, b) => a.start - b.start);
  let next = 0;
  return sentencePlaces(passage).map((place) => {
    const inside: Mention[] = [];
    while (next < sorted.length && sorted[next]!.start < place.end) {
      const mention = sorted[next++]!;
      if (mention.start >= place.start && mention.end <= place.end) inside.push(moved(mention, -place.start));
    }
    return { text: passage.text.slice(place.start, place.end), kind: "sentence", mentions: inside };
  });
}

/** The same mention, counted from another place. */
export function moved<M extends Mention>(mention: M, by: number): M {
  const shift = ({ start, end }: Fragment): Fragment => ({ start: start + by, end: end + by });
  const { fragments } = mention;
  return {
    ...mention,
    ...shift(mention),
    ...(fragments !== undefined && { fragments: fragments.map(shift) }),
  };
}
