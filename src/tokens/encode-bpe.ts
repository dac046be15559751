/** @file A text → its tokens in a byte-level BPE vocabulary, in plain TypeScript: no native package, no waiting. */
import { PairHeap } from "./pair-heap.ts";
import { detach, splitPreTokens } from "./pre-tokens.ts";
import type { BpeTables } from "./bpe-model.ts";
import { trimSpan } from "./trim-span.ts";
import type { Encoding } from "./types.ts";

/** The tokens of one pre-token. */
interface Word {
  /** In UTF-16 units. */
  readonly length: number;
  /** [tokens, 3]: id, start and end, the last two from the pre-token's first unit on; one array, as there are many words. */
  readonly pieces: Int32Array;
}

/** Tables and pre-tokens met so far, in two generations: when the young one is full, the old one is forgotten. */
export interface BpeEncoder {
  readonly tables: BpeTables;
  young: Map<string, Word>;
  old: Map<string, Word>;
}

/** Pre-tokens of a generation (some 5 MB), and the longest one remembered. */
const generationLimit = 25_000;
const longestCached = 64;

/** An encoder that remembers nothing yet. */
export function makeBpeEncoder(tables: BpeTables): BpeEncoder {
  return { tables, young: new Map(), old: new Map() };
}

/** Encodes a text. Special tokens are never found in it. */
export function encodeBpe(encoder: BpeEncoder, text: string): Encoding {
  const words = splitPreTokens(text).map((word) => lookUp(encoder, word));
  const size = words.reduce((sum, { pieces }) => sum + pieces.length / 3, 0);
  const ids = new Int32Array(size);
  const starts = new Int32Array(size);
  const ends = new Int32Array(size);
  const wordStart = new Uint8Array(size);
  let token = 0;
  let base = 0;
  for (const { pieces, length } of words) {
    wordStart[token] = 1;
    for (let at = 0; at < pieces.length; at += 3, token++) {
      ids[token] = pieces[at]!;
      starts[token] = base + pieces[at + 1]!;
      ends[token] = base + pieces[at + 2]!;
    }
    base += length;
  }
  return { text, ids, starts, ends, wordStart };
}

function lookUp(encoder: BpeEncoder, text: string): Word {
  const known = encoder.young.get(text);
  if (known !== undefined) return known;
  const word = encoder.old.get(text) ?? encodeWord(encoder.tables, text);
  if (text.length > longestCached) return word;
  if (encoder.young.size >= generationLimit) {
    encoder.old = encoder.young;
    encoder.young = new Map();
  }
  encoder.young.set(detach(text), word);
  return word;
}

const utf8 = new TextEncoder();

function encodeWord(tables: BpeTables, text: string): Word {
  const bytes = utf8.encode(text);
  const { ids, firstBytes } = mergeBytes(tables, bytes);
  const units = unitsOfBytes(text, bytes.length);
  const pieces = new Int32Array(3 * ids.length);
  ids.forEach((id, index) => {
    const lastByte = (firstBytes[index + 1] ?? bytes.length) - 1;
    const span = trimSpan(text, units.starts[firstBytes[index]!]!, units.ends[lastByte]!);
    pieces.set([id, ...span], 3 * index);
  });
  return { length: text.length, pieces };
}

/** For each UTF-8 byte, where its character begins and ends in UTF-16 units. */
function unitsOfBytes(
  text: string,
  size: number,
): { readonly starts: Int32Array; readonly ends: Int32Array } {
  const starts = new Int32Array(size);
  const ends = new Int32Array(size);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    starts.fill(unit, byte, byte + bytes);
    ends.fill(unit + character.length, byte, byte + bytes);
    byte += bytes;
    unit += character.length;
  }
  return { starts, ends };
}

/**
 * Merges the pair with the lowest rank, the leftmost of equals, until none is left. A heap over a linked list and not
 * repeated scanning: a sequence of ten thousand letters is one pre-token.
 */
function mergeBytes(
  tables: BpeTables,
  bytes: Uint8Array,
): { readonly ids: readonly number[]; readonly firstBytes: readonly number[] } {
  const { rankOf, mergedIds, idOfByte, tokens } = tables;
  const ids = Int32Array.from(bytes, (byte) => idOfByte[byte]!);
  // Place `next[i]` begins where the token at `i` ends; merged-away places get the id -1.
  const next = Int32Array.from(bytes, (_, index) => index + 1);
  const previous = Int32Array.from(bytes, (_, index) => index - 1);
  const heap = new PairHeap();
  const rankAt = (place: number): number | undefined => {
    const behind = place < 0 ? ids.length : next[place]!;
    return behind < ids.length ? rankOf.get(ids[place]! * tokens.length + ids[behind]!) : undefined;
  };
  const offer = (place: number): void => {
    const rank = rankAt(place);
    // The heap gives the highest count first: the negated rank.
    if (rank !== undefined) heap.push(-rank, place);
  };
  for (let place = 0; place + 1 < ids.length; place++) offer(place);
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const { count, key: place } = top;
    if (ids[place] === -1 || rankAt(place) !== -count) continue;
    const gone = next[place]!;
    ids[place] = mergedIds[-count]!;
    ids[gone] = -1;
    next[place] = next[gone]!;
    const behind = next[gone]!;
    if (behind < ids.length) previous[behind] = place;
    offer(previous[place]!);
    offer(place);
  }
  const firstBytes = [...ids.keys()].filter((place) => ids[place] !== -1);
  return { ids: firstBytes.map((place) => ids[place]!), firstBytes };
}
