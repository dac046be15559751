/** @file Sentences → an index by the similarity of their texts: the cosine of TF-IDF-weighted character n-grams. */
import type { Passage } from "../documents/index.ts";

export interface SimilarityIndex {
  /** The `count` most similar sentences, best first: none with the text's own words, no two with the same. */
  nearest(text: string, count: number): readonly Passage[];
}

/** Length of the n-grams, which may begin and end at the border of a word but never cross it. */
const length = 4;
/** Features of more than this share of the sentences, and of more than twenty, say little and would cost the most. */
const tooCommon = 0.1;

/** Sentences that hold a feature, and its weights in them. */
interface Posting {
  readonly sentences: number[];
  readonly weights: number[];
}

/** Letters and digits in lower case: sentences that differ otherwise only are duplicates. */
export function sameWords(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(" ");
}

/** Time and memory grow with the characters of all sentences; a query looks at the sentences that share an n-gram. */
export function similarityIndex(passages: readonly Passage[]): SimilarityIndex {
  const words = passages.map(({ text }) => sameWords(text));
  const ids = new Map<string, number>();
  const counts = words.map((text) => countFeatures(text, (feature) => idOf(ids, feature)));
  const frequency = new Int32Array(ids.size);
  for (const features of counts) for (const id of features.keys()) frequency[id]!++;
  const most = Math.max(20, tooCommon * passages.length);
  const rarity = Float64Array.from(frequency, (count) => {
    return count > most ? 0 : Math.log((1 + passages.length) / count);
  });
  const postings = Array.from({ length: ids.size }, (): Posting => ({ sentences: [], weights: [] }));
  for (const [sentence, features] of counts.entries()) {
    for (const [id, weight] of weighted(features, rarity)) {
      postings[id]!.sentences.push(sentence);
      postings[id]!.weights.push(weight);
    }
  }
  const sums = new Float64Array(passages.length);
  return {
    nearest(text, count) {
      const asked = sameWords(text);
      sums.fill(0);
      const features = countFeatures(asked, (feature) => ids.get(feature));
      for (const [id, weight] of weighted(features, rarity)) {
        const { sentences, weights } = postings[id]!;
        for (let at = 0; at < sentences.length; at++) sums[sentences[at]!]! += weight * weights[at]!;
      }
      return best(passages, words, sums, { asked, count });
    },
  };
}

function idOf(ids: Map<string, number>, feature: string): number {
  const known = ids.get(feature);
  if (known !== undefined) return known;
  ids.set(feature, ids.size);
  return ids.size - 1;
}

function countFeatures(
  words: string,
  idOf: (feature: string) => number | undefined,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const word of words.split(" ")) {
    const bordered = ` ${word} `;
    for (let start = 0; start === 0 || start + length <= bordered.length; start++) {
      const id = idOf(bordered.slice(start, start + length));
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

/** TF-IDF with logarithmic counts, scaled to length 1. */
function weighted(counts: ReadonlyMap<number, number>, rarity: Float64Array): (readonly [number, number])[] {
  const weights = Array.from(counts, ([id, count]) => [id, (1 + Math.log(count)) * rarity[id]!] as const);
  const kept = weights.filter(([, weight]) => weight > 0);
  const norm = Math.sqrt(kept.reduce((sum, [, weight]) => sum + weight * weight, 0));
  return kept.map(([id, weight]) => [id, weight / norm] as const);
}

function best(
  passages: readonly Passage[],
  words: readonly string[],
  sums: Float64Array,
  { asked, count }: { readonly asked: string; readonly count: number },
): Passage[] {
  const shown = new Set([asked]);
  const found: Passage[] = [];
  // Sentences that share something are few; only where they are not enough are the others looked at.
  for (const wanted of [(sum: number) => sum > 0, (sum: number) => sum === 0]) {
    const order = [...passages.keys()].filter((at) => wanted(sums[at]!));
    order.sort((a, b) => sums[b]! - sums[a]! || a - b);
    for (const at of order) {
      if (found.length >= count) return found;
      if (shown.has(words[at]!)) continue;
      shown.add(words[at]!);
      found.push(passages[at]!);
    }
  }
  return found;
}
