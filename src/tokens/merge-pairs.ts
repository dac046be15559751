/** @file Words as byte strings with counts → the merges of byte-pair encoding (Sennrich et al. 2016), most frequent first. */
import { PairHeap } from "./pair-heap.ts";

export interface WordList {
  /** The symbol ids of all words, one word behind the other. */
  readonly symbols: Int32Array;
  /** Where each word begins in `symbols`; one more entry than words. */
  readonly begins: Int32Array;
  readonly counts: Float64Array;
}

export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/**
 * Pairs, their counts and the words that they occur in, kept up to date from merge to merge instead of counted anew.
 * A pair's key is `left * limit + right`, so that "lowest key" means "lowest left id, then lowest right id".
 */
class PairIndex {
  readonly #counts = new Map<number, number>();
  readonly #words = new Map<number, number[]>();
  readonly #heap = new PairHeap();
  /** Pairs whose count has risen since the last `settle`. */
  readonly #raised = new Set<number>();

  add(key: number, count: number, word: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    this.#raised.add(key);
    const words = this.#words.get(key);
    if (words === undefined) this.#words.set(key, [word]);
    else if (words[words.length - 1] !== word) words.push(word);
  }

  subtract(key: number, count: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) - count);
  }

  /** Puts the pairs that have risen into the heap; sunken ones are corrected when they come up. */
  settle(): void {
    for (const key of this.#raised) this.#heap.push(this.#counts.get(key) ?? 0, key);
    this.#raised.clear();
  }

  /** The most frequent pair and its words (a few of which may have lost it); the pair leaves the index. */
  takeBest():
    | { readonly key: number; readonly count: number; readonly words: readonly number[] }
    | undefined {
    for (let top = this.#heap.pop(); top !== undefined; top = this.#heap.pop()) {
      const count = this.#counts.get(top.key) ?? 0;
      if (count === top.count && count > 0) return { ...top, words: this.#words.get(top.key) ?? [] };
      // A pair that has risen since lies higher up already; one that has sunk goes back to its place.
      if (count < top.count && count > 0) this.#heap.push(count, top.key);
    }
    return undefined;
  }

  remove(key: number): void {
    this.#counts.delete(key);
    this.#words.delete(key);
    this.#raised.delete(key);
  }
}

/**
 * Merges the most frequent pair again and again, as long as `nameMerge` gives the merged symbol's id. Of equally
 * frequent pairs the one with the lowest left id wins, then the lowest right id, so the order of the words is without
 * influence. `limit` is greater than every id.
 */
export function mergePairs(
  words: WordList,
  limit: number,
  nameMerge: (left: number, right: number, count: number) => number | undefined,
): readonly Merge[] {
  const symbols = words.symbols.slice();
  const lengths = words.counts.map((_, word) => words.begins[word + 1]! - words.begins[word]!);
  const pairs = new PairIndex();
  countPairs(words, limit, pairs);
  const merges: Merge[] = [];
  for (;;) {
    pairs.settle();
    const best = pairs.takeBest();
    if (best === undefined) return merges;
    const [left, right] = [Math.floor(best.key / limit), best.key % limit];
    const merged = nameMerge(left, right, best.count);
    if (merged === undefined) return merges;
    merges.push({ left, right, merged });
    const merge = { left, right, merged, limit, pairs };
    for (const word of best.words) {
      const begin = words.begins[word]!;
      const end = begin + lengths[word]!;
      lengths[word] = mergeInWord(symbols, begin, end, merge, word, words.counts[word]!) - begin;
    }
    pairs.remove(best.key);
  }
}

function countPairs({ symbols, begins, counts }: WordList, limit: number, pairs: PairIndex): void {
  for (let word = 0; word < counts.length; word++) {
    for (let index = begins[word]! + 1; index < begins[word + 1]!; index++) {
      pairs.add(symbols[index - 1]! * limit + symbols[index]!, counts[word]!, word);
    }
  }
}

/** Rewrites symbols[begin, end) in place, from left to right, and returns the new end. */
function mergeInWord(
  symbols: Int32Array,
  begin: number,
  end: number,
  merge: Merge & { readonly limit: number; readonly pairs: PairIndex },
  word: number,
  count: number,
): number {
  const { left, right, merged, limit, pairs } = merge;
  let write = begin;
  for (let read = begin; read < end; read++, write++) {
    const symbol = symbols[read]!;
    if (symbol !== left || read + 1 >= end || symbols[read + 1] !== right) {
      symbols[write] = symbol;
      continue;
    }
    if (write > begin) {
      const before = symbols[write - 1]!;
      pairs.subtract(before * limit + left, count);
      pairs.add(before * limit + merged, count, word);
    }
    if (read + 2 < end) {
      const behind = symbols[read + 2]!;
      pairs.subtract(right * limit + behind, count);
      pairs.add(merged * limit + behind, count, word);
    }
    symbols[write] = merged;
    read++;
  }
  return write;
}
