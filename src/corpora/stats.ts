/** @file A corpus, document by document → how much of what it holds, in all and per entity type. */
import type { Document, Mention, Passage } from "../documents/index.ts";
import { mentionText } from "../documents/index.ts";
import { overlappingPairs, spanKey } from "./overlap-pairs.ts";

export interface TypeStats {
  readonly mentions: number;
  /** Documents with at least one mention. */
  readonly documents: number;
  /** Different texts of mentions, as they are written. */
  readonly surfaces: number;
  /** Different identifiers. */
  readonly ids: number;
  /** Mentions that lie within another mention of any type, or share its span. */
  readonly nested: number;
  /** Mentions that cross the border of another mention of any type. */
  readonly overlapping: number;
  readonly discontinuous: number;
  /** Lengths in words (what stands between white space). */
  readonly words: {
    readonly mean: number;
    readonly longest: number;
    /** How many mentions have 1, 2, 3, 4 words, and 5 or more. */
    readonly histogram: readonly [number, number, number, number, number];
  };
}

export interface CorpusStats {
  readonly documents: number;
  readonly passages: number;
  /** UTF-16 units of text. */
  readonly characters: number;
  readonly sentences: number;
  readonly tokens: number;
  readonly all: TypeStats;
  readonly types: Readonly<Record<string, TypeStats>>;
}

interface Tally {
  mentions: number;
  documents: number;
  nested: number;
  overlapping: number;
  discontinuous: number;
  words: number;
  longest: number;
  readonly histogram: [number, number, number, number, number];
  readonly surfaces: Set<string>;
  readonly ids: Set<string>;
}

const sentenceSplitter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * Counts. `countTokens` is the caller's, because tokens are no matter of corpora. Room grows with the number of
 * different surfaces and identifiers only.
 */
export async function corpusStats(
  documents: AsyncIterable<Document>,
  countTokens: (text: string) => number,
): Promise<CorpusStats> {
  const totals = { documents: 0, passages: 0, characters: 0, sentences: 0, tokens: 0 };
  const all = newTally();
  const types = new Map<string, Tally>();
  for await (const { passages } of documents) {
    totals.documents++;
    const present = new Set<Tally>();
    for (const passage of passages) {
      totals.passages++;
      totals.characters += passage.text.length;
      totals.sentences += countSentences(passage.text);
      totals.tokens += countTokens(passage.text);
      for (const tally of countMentions(passage, all, types)) present.add(tally);
    }
    for (const tally of present) tally.documents++;
  }
  const named = [...types].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...totals,
    all: finished(all),
    types: Object.fromEntries(named.map(([type, tally]) => [type, finished(tally)])),
  };
}

function newTally(): Tally {
  const counts = { mentions: 0, documents: 0, nested: 0, overlapping: 0, discontinuous: 0 };
  const sets = { surfaces: new Set<string>(), ids: new Set<string>() };
  return { ...counts, words: 0, longest: 0, histogram: [0, 0, 0, 0, 0], ...sets };
}

/** Segments that are not blank. */
function countSentences(text: string): number {
  let count = 0;
  for (const { segment } of sentenceSplitter.segment(text)) if (segment.trim() !== "") count++;
  return count;
}

/** Adds a passage's mentions; gives the tallies that got some. */
function countMentions({ text, mentions }: Passage, all: Tally, types: Map<string, Tally>): Set<Tally> {
  const { nested, crossing } = overlaps(mentions);
  const touched = new Set<Tally>();
  for (const mention of mentions) {
    const own = types.get(mention.type) ?? newTally();
    types.set(mention.type, own);
    const surface = mentionText(text, mention);
    for (const tally of [all, own]) {
      addMention(tally, mention, surface);
      if (nested.has(mention)) tally.nested++;
      if (crossing.has(mention)) tally.overlapping++;
      touched.add(tally);
    }
  }
  return touched;
}

function addMention(tally: Tally, { fragments, ids = [] }: Mention, surface: string): void {
  const words = surface.split(/\s+/u).filter((word) => word !== "").length;
  tally.mentions++;
  if ((fragments?.length ?? 1) > 1) tally.discontinuous++;
  tally.surfaces.add(surface);
  for (const id of ids) tally.ids.add(id);
  tally.words += words;
  tally.longest = Math.max(tally.longest, words);
  tally.histogram[Math.min(Math.max(words, 1), 5) - 1]!++;
}

function overlaps(mentions: readonly Mention[]) {
  const nested = new Set<Mention>();
  const crossing = new Set<Mention>();
  for (const { first, second, relation } of overlappingPairs(mentions)) {
    if (relation === "crossing") crossing.add(first).add(second);
    else if (relation === "nested" || spanKey(first) === spanKey(second)) nested.add(second);
  }
  return { nested, crossing };
}

function finished(tally: Tally): TypeStats {
  const { surfaces, ids, words, longest, histogram, ...counts } = tally;
  const mean = tally.mentions === 0 ? 0 : words / tally.mentions;
  return { ...counts, surfaces: surfaces.size, ids: ids.size, words: { mean, longest, histogram } };
}
