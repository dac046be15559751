/** @file A text and an altered copy of it → for each character of the copy the character of the text it stands for. */
import { alignSequences } from "./align-sequences.ts";
import type { Word } from "./align-words.ts";
import { folded, wordsOf } from "./align-words.ts";

export interface Projection {
  /** For each UTF-16 unit of the copy its unit of the text, ascending; -1 where it stands for nothing. */
  readonly places: Int32Array;
  /** 1 where the two say the same letter. */
  readonly same: Uint8Array;
}

/** Of the copy, only `from`..`to` is looked at. */
export interface CopyRange {
  readonly copy: string;
  readonly from: number;
  readonly to: number;
  /** Whether a character of the copy lies in a mark: of two equal pairings, the one that keeps marks whole is taken. */
  readonly marked: (offset: number) => boolean;
}

/** Pairings looked at in one gap; beyond, words that are unique on both sides divide it first. */
const gapPairs = 1 << 18;
/** Pairings looked at in all: what is left of two long texts without anything in common stays without places. */
const allPairs = 1 << 24;
/** Equal words at the border of a difference that are looked at again: a repeated word may belong to either copy. */
const margin = 6;
const wordCosts = { open: 0.4, extend: 0.05 };
const letterCosts = { open: 0.6, extend: 0.1 };

/** What one run works with. */
interface Work {
  readonly text: string;
  readonly range: CopyRange;
  readonly textWords: readonly Word[];
  readonly copyWords: readonly Word[];
  /** For each word of the copy its word of the text, or -1. */
  readonly partners: Int32Array;
  pairsLeft: number;
}

/** Words first, because whole words survive what models do to texts; then letters within what differs. Never throws. */
export function projectCopy(text: string, range: CopyRange): Projection {
  const textWords = wordsOf(text);
  const copyWords = wordsOf(range.copy, range.from, range.to);
  const partners = new Int32Array(copyWords.length).fill(-1);
  const work: Work = { text, range, textWords, copyWords, partners, pairsLeft: allPairs };
  const waiting: Gap[] = [{ textFrom: 0, textTo: textWords.length, copyFrom: 0, copyTo: copyWords.length }];
  for (let gap = waiting.pop(); gap !== undefined; gap = waiting.pop()) {
    for (const smaller of pairWords(gap, work)) waiting.push(smaller);
  }
  return projectLetters(work);
}

/** Words without partners so far, on both sides. */
interface Gap {
  readonly textFrom: number;
  readonly textTo: number;
  readonly copyFrom: number;
  readonly copyTo: number;
}

/** Finds partners in a gap; gives back the gaps that are to be looked at still. */
function pairWords(whole: Gap, work: Work): Gap[] {
  const gap = withoutEqualEnds(whole, work);
  const [texts, copies] = [gap.textTo - gap.textFrom, gap.copyTo - gap.copyFrom];
  if (texts === 0 || copies === 0 || work.pairsLeft <= 0) return [];
  const { textWords, copyWords, partners, range } = work;
  if (texts * copies > gapPairs) return betweenUniqueWords(gap, work);
  work.pairsLeft -= texts * copies;
  const score = (first: number, second: number): number => {
    const [ours, theirs] = [textWords[gap.textFrom + first]!, copyWords[gap.copyFrom + second]!];
    if (ours.key !== theirs.key) return -Infinity;
    const length = ours.end - ours.start;
    const worth = /^[\p{L}\p{N}]/u.test(ours.key) ? 1 + Math.min(length, 10) / 20 : 0.6;
    return worth + (range.marked(theirs.start) ? 0.02 : 0);
  };
  const found = alignSequences(texts, copies, score, wordCosts);
  for (const [at, partner] of found.entries()) {
    if (partner >= 0) partners[gap.copyFrom + at] = gap.textFrom + partner;
  }
  return [];
}

/** Pairs equal words at both ends, but for a margin where something else remains between. */
function withoutEqualEnds({ textFrom, textTo, copyFrom, copyTo }: Gap, work: Work): Gap {
  const { textWords, copyWords, partners } = work;
  const most = Math.min(textTo - textFrom, copyTo - copyFrom);
  const equal = (text: number, copy: number): boolean => textWords[text]!.key === copyWords[copy]!.key;
  let head = 0;
  while (head < most && equal(textFrom + head, copyFrom + head)) head++;
  let tail = 0;
  while (tail < most - head && equal(textTo - 1 - tail, copyTo - 1 - tail)) tail++;
  const nothingLeft = head + tail === textTo - textFrom && head + tail === copyTo - copyFrom;
  if (!nothingLeft) [head, tail] = [Math.max(0, head - margin), Math.max(0, tail - margin)];
  for (let at = 0; at < head; at++) partners[copyFrom + at] = textFrom + at;
  for (let at = 1; at <= tail; at++) partners[copyTo - at] = textTo - at;
  return {
    textFrom: textFrom + head,
    textTo: textTo - tail,
    copyFrom: copyFrom + head,
    copyTo: copyTo - tail,
  };
}

/** Patience diff: words that occur once on each side are partners as far as their order is the same. */
function betweenUniqueWords(gap: Gap, { textWords, copyWords, partners }: Work): Gap[] {
  const ours = uniqueKeys(textWords, gap.textFrom, gap.textTo);
  const theirs = uniqueKeys(copyWords, gap.copyFrom, gap.copyTo);
  const pairs = [...theirs]
    .filter(([key]) => ours.has(key))
    .map(([key, copy]) => ({ copy, text: ours.get(key)! }))
    .sort((a, b) => a.copy - b.copy);
  const gaps: Gap[] = [];
  let { textFrom, copyFrom } = gap;
  const kept = longestAscending(pairs);
  for (const { text, copy } of kept) {
    partners[copy] = text;
    gaps.push({ textFrom, textTo: text, copyFrom, copyTo: copy });
    [textFrom, copyFrom] = [text + 1, copy + 1];
  }
  if (kept.length > 0) gaps.push({ textFrom, textTo: gap.textTo, copyFrom, copyTo: gap.copyTo });
  return gaps;
}

function uniqueKeys(words: readonly Word[], from: number, to: number): Map<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (let at = from; at < to; at++) {
    const { key } = words[at]!;
    if (places.has(key)) repeated.add(key);
    else places.set(key, at);
  }
  for (const key of repeated) places.delete(key);
  return places;
}

/** The longest part of the pairs (sorted by copy) whose texts ascend. */
function longestAscending<Pair extends { readonly text: number }>(pairs: readonly Pair[]): Pair[] {
  const tails: number[] = []; // the pair that ends the best run of each length
  const before = new Int32Array(pairs.length).fill(-1);
  for (const [at, { text }] of pairs.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pairs[tails[middle]!]!.text < text) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[at] = tails[low - 1]!;
    tails[low] = at;
  }
  const run: Pair[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at]!) run.push(pairs[at]!);
  return run.reverse();
}

/** Letters of partners, then letters of the stretches between partners. */
function projectLetters(work: Work): Projection {
  const { text, range, textWords, copyWords, partners } = work;
  const projection = {
    places: new Int32Array(range.copy.length).fill(-1),
    same: new Uint8Array(range.copy.length),
  };
  let textFrom = 0;
  let copyFrom = range.from;
  for (const [at, { start, end }] of copyWords.entries()) {
    if (partners[at]! < 0) continue;
    const ours = textWords[partners[at]!]!;
    pairLetters({ textFrom, textTo: ours.start, copyFrom, copyTo: start }, work, projection);
    if (text.slice(ours.start, ours.end) === range.copy.slice(start, end)) {
      for (let letter = start; letter < end; letter++) {
        projection.places[letter] = ours.start + letter - start;
        projection.same[letter] = 1;
      }
    } else {
      pairLetters({ textFrom: ours.start, textTo: ours.end, copyFrom: start, copyTo: end }, work, projection);
      projection.same.fill(1, start, end);
    }
    [textFrom, copyFrom] = [ours.end, end];
  }
  pairLetters({ textFrom, textTo: text.length, copyFrom, copyTo: range.to }, work, projection);
  return projection;
}

/** Equal letters, or letters that stand where others stood. */
function pairLetters({ textFrom, textTo, copyFrom, copyTo }: Gap, work: Work, projection: Projection): void {
  const ours = lettersIn(work.text, textFrom, textTo);
  const theirs = lettersIn(work.range.copy, copyFrom, copyTo);
  const pairs = ours.length * theirs.length;
  if (pairs === 0 || pairs > gapPairs || work.pairsLeft <= 0) return;
  work.pairsLeft -= pairs;
  const ourKeys = ours.map((at) => folded(work.text[at]!));
  const theirKeys = theirs.map((at) => folded(work.range.copy[at]!));
  const score = (first: number, second: number): number => {
    if (ourKeys[first] !== theirKeys[second]) return -0.6;
    return work.range.marked(theirs[second]!) ? 1.02 : 1;
  };
  const found = alignSequences(ours.length, theirs.length, score, letterCosts);
  for (const [at, partner] of found.entries()) {
    if (partner < 0) continue;
    projection.places[theirs[at]!] = ours[partner]!;
    if (ourKeys[partner] === theirKeys[at]) projection.same[theirs[at]!] = 1;
  }
}

function lettersIn(text: string, from: number, to: number): number[] {
  const offsets: number[] = [];
  for (let at = from; at < to; at++) if (text[at]!.trim() !== "") offsets.push(at);
  return offsets;
}
