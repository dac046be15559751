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
/** Pairings looked at in all, to begin with and for each word: what is left of two long texts stays without places. */
const somePairs = 1 << 21;
const pairsPerWord = 250;
/** Words of both sides that are looked at together where a long gap is walked along. */
const stride = 96;
/** Equal words at the border of a difference that are looked at again: a repeated word may belong to either copy. */
const margin = 6;
const isWord = /^[\p{L}\p{N}]/u;
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
  const pairsLeft = somePairs + pairsPerWord * Math.max(textWords.length, copyWords.length);
  const work: Work = { text, range, textWords, copyWords, partners, pairsLeft };
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
  if (texts * copies > gapPairs) {
    const smaller = betweenUniqueWords(gap, work);
    if (smaller.length > 0) return smaller;
    return walkAlong(gap, work);
  }
  pairBest(gap, work);
  return [];
}

/** Pairs the words of a gap so that the most and longest agree; gives back where the last pair of its first half ends. */
function pairBest(gap: Gap, work: Work): Pick<Gap, "textFrom" | "copyFrom"> | undefined {
  const [texts, copies] = [gap.textTo - gap.textFrom, gap.copyTo - gap.copyFrom];
  const { textWords, copyWords, partners, range } = work;
  work.pairsLeft -= texts * copies;
  const ours = numbered(textWords, gap.textFrom, gap.textTo);
  const theirs = numbered(copyWords, gap.copyFrom, gap.copyTo, ours.numbers);
  const worths = Float64Array.from({ length: copies }, (_, at) => {
    const word = copyWords[gap.copyFrom + at]!;
    const worth = isWord.test(word.key) ? 1 + Math.min(word.end - word.start, 10) / 20 : 0.6;
    return worth + (range.marked(word.start) ? 0.02 : 0);
  });
  const score = (first: number, second: number): number =>
    ours.keys[first] === theirs.keys[second] ? worths[second]! : -Infinity;
  const found = alignSequences(texts, copies, score, wordCosts);
  let next: Pick<Gap, "textFrom" | "copyFrom"> | undefined;
  for (const [at, partner] of found.entries()) {
    partners[gap.copyFrom + at] = partner < 0 ? -1 : gap.textFrom + partner;
    if (partner >= 0 && 2 * at < copies)
      next = { textFrom: gap.textFrom + partner + 1, copyFrom: gap.copyFrom + at + 1 };
  }
  return next;
}

/** Words as numbers, equal words as equal ones: comparing strings pair by pair would be slow. */
function numbered(
  words: readonly Word[],
  from: number,
  to: number,
  numbers: Map<string, number> = new Map(),
): { readonly keys: Int32Array; readonly numbers: Map<string, number> } {
  const keys = Int32Array.from({ length: to - from }, (_, at) => {
    const { key } = words[from + at]!;
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
  return { keys, numbers };
}

/**
 * A long gap in which nothing is unique (a sentence over and over): a copy follows its text, so that short stretches of
 * both are paired one after the other, each from where the first half of the last one ended. What lies behind a stretch
 * without any pair stays without partners.
 */
function walkAlong(gap: Gap, work: Work): Gap[] {
  let { textFrom, copyFrom } = gap;
  while (textFrom < gap.textTo && copyFrom < gap.copyTo && work.pairsLeft > 0) {
    const textTo = Math.min(gap.textTo, textFrom + stride);
    const copyTo = Math.min(gap.copyTo, copyFrom + stride);
    const next = pairBest({ textFrom, textTo, copyFrom, copyTo }, work);
    if (next === undefined || (textTo === gap.textTo && copyTo === gap.copyTo)) break;
    work.partners.fill(-1, next.copyFrom, copyTo);
    ({ textFrom, copyFrom } = next);
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
