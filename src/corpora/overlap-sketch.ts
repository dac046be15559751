/** @file Texts → sketches of their word 5-grams, and an index that finds similar sketches. Method: Broder 1997. */
import { partitionPoint } from "../shared/partition-point.ts";

/** Words in a shingle. */
const shingleWords = 5;
/** Hashes kept of a text, the smallest: up to as many shingles, similarity is exact; beyond, it is estimated. */
const sketchSize = 256;
/**
 * Hashes by which candidates are found. Of two texts with similarity ½, each of the smallest hashes of both together
 * is in both with probability ½, so that all 32 are missed once in 2³² times.
 */
const indexedHashes = 32;

/** Different 32-bit hashes, ascending; at most `sketchSize`. */
export type Sketch = Uint32Array;

/** Words are runs of letters or digits, lower-cased: blanks, line breaks and punctuation make no difference. */
export function sketchOf(text: string): Sketch {
  const words = Array.from(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [], wordHash);
  if (words.length === 0) return new Uint32Array();
  const hashes = new Set<number>();
  const last = Math.max(0, words.length - shingleWords);
  for (let start = 0; start <= last; start++) hashes.add(shingleHash(words, start));
  return Uint32Array.from(hashes).sort().slice(0, sketchSize);
}

/** FNV-1a over UTF-16 units. */
function wordHash(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}

/** Of up to five words; mixed (murmur3's finish) so that the smallest hashes are a fair sample. */
function shingleHash(words: readonly number[], start: number): number {
  const end = Math.min(start + shingleWords, words.length);
  let hash = end - start;
  for (let at = start; at < end; at++)
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ words[at]!, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Shingles in both over shingles in either (Jaccard), over the smallest hashes of both together. */
export function similarity(a: Sketch, b: Sketch): number {
  // A full sketch knows nothing beyond its last hash, so nothing beyond it is counted.
  const limit = a.length === sketchSize || b.length === sketchSize ? sketchSize : Infinity;
  let [left, right, both, either] = [0, 0, 0, 0];
  while (either < limit && (left < a.length || right < b.length)) {
    const one = a[left] ?? Infinity;
    const other = b[right] ?? Infinity;
    if (one <= other) left++;
    if (other <= one) right++;
    if (one === other) both++;
    either++;
  }
  return either === 0 ? 0 : both / either;
}

/** Sketches, to be found by their smallest hashes. About 1.3 kB a text. */
export interface SketchIndex {
  readonly sketches: readonly Sketch[];
  /** A hash and the number of its text in one number each, ascending. */
  readonly entries: Float64Array;
}

/** Hash and number share the 53 bits of a whole double. */
const mostTexts = 2 ** 21;

/** At most 2,097,152 texts. */
export function indexSketches(sketches: readonly Sketch[]): SketchIndex {
  if (sketches.length > mostTexts)
    throw new RangeError(`internal: more than ${mostTexts} texts in one index`);
  const entries = new Float64Array(
    sketches.reduce((sum, { length }) => sum + Math.min(length, indexedHashes), 0),
  );
  let at = 0;
  for (const [number, sketch] of sketches.entries()) {
    for (const hash of sketch.subarray(0, indexedHashes)) entries[at++] = hash * mostTexts + number;
  }
  return { sketches, entries: entries.sort() };
}

export interface Match {
  /** The number of the text in the index. */
  readonly number: number;
  readonly similarity: number;
}

/** The most similar text of the index, if any is at least as similar as `threshold`. */
export function mostSimilar(index: SketchIndex, sketch: Sketch, threshold: number): Match | undefined {
  let best: Match | undefined;
  // Of the smallest hashes of two similar texts about `threshold` are shared; a quarter of that misses one in a million.
  const needed = Math.max(1, Math.floor((Math.min(sketch.length, indexedHashes) * threshold) / 4));
  for (const [number, shared] of candidates(index, sketch)) {
    if (shared < needed) continue;
    const found = similarity(index.sketches[number]!, sketch);
    if (found >= threshold && found > (best?.similarity ?? 0)) best = { number, similarity: found };
  }
  return best;
}

/** How many of the indexed hashes each text shares with the sketch. */
function candidates({ entries }: SketchIndex, sketch: Sketch): Map<number, number> {
  const shared = new Map<number, number>();
  for (const hash of sketch.subarray(0, indexedHashes)) {
    const end = (hash + 1) * mostTexts;
    for (let at = firstAtLeast(entries, hash * mostTexts); at < entries.length && entries[at]! < end; at++) {
      const number = entries[at]! % mostTexts;
      shared.set(number, (shared.get(number) ?? 0) + 1);
    }
  }
  return shared;
}

function firstAtLeast(ascending: Float64Array, value: number): number {
  return partitionPoint(ascending.length, (at) => ascending[at]! < value);
}
