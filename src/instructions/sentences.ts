/** @file A passage → its sentences as passages of their own, with their mentions. */
import type { Mention, Passage } from "../documents/index.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * A passage that is a sentence already (`kind: "sentence"`: BIO, BioCreative II and marked files) stays as it is; of
 * others, Unicode's rules find the sentences. A mention across a border joins the two: no mention is cut or lost.
 */
export function sentencesOf(passage: Passage): Passage[] {
  if (passage.kind === "sentence") return passage.text.trim() === "" ? [] : [passage];
  const { text, mentions } = passage;
  const sorted = mentions.toSorted((a, b) => a.start - b.start);
  const sentences: Passage[] = [];
  let start = 0;
  let next = 0;
  let reach = 0;
  for (const { index, segment } of segmenter.segment(text)) {
    const end = index + segment.length;
    while (next < sorted.length && sorted[next]!.start < end) reach = Math.max(reach, sorted[next++]!.end);
    if (reach > end) continue;
    const inside = sorted.filter(
      (mention) => mention.start >= start && mention.end <= end && mention.start < end,
    );
    const sentence = cut(text, start, end, inside);
    if (sentence.text !== "") sentences.push(sentence);
    start = end;
  }
  return sentences;
}

/** A stretch without the white space at its ends, mentions counted from its start. */
function cut(text: string, from: number, to: number, mentions: readonly Mention[]): Passage {
  const whole = text.slice(from, to);
  const start = from + whole.length - whole.trimStart().length;
  const moved = mentions.map((mention) => ({
    ...mention,
    start: mention.start - start,
    end: mention.end - start,
    ...(mention.fragments !== undefined && {
      fragments: mention.fragments.map((part) => ({ start: part.start - start, end: part.end - start })),
    }),
  }));
  return { text: whole.trim(), kind: "sentence", mentions: moved };
}
