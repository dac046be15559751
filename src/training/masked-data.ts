/** @file Documents' texts → batches for masked-token training: packed chunks with whole words hidden. */
import type { Document } from "../documents/index.ts";
import { documentText } from "../documents/index.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { floats, ints32 } from "../runtime/types.ts";
import { type Random, randomFrom, shuffle } from "../shared/random.ts";
import type { Tokenizer } from "../tokens/index.ts";
import { type Batch, maskTensor, type TrainingData } from "./batch.ts";

/** Set on the stored id of a token that begins a word; vocabularies are far smaller. */
const wordStartFlag = 1 << 28;
const idMask = wordStartFlag - 1;

/** Token ids of many documents, one after the other with a separator, flagged where words begin. */
export async function tokenStream(
  documents: AsyncIterable<Document>,
  tokenizer: Tokenizer,
): Promise<Int32Array> {
  const pieces: Int32Array[] = [];
  let pending: string[] = [];
  const flush = async (): Promise<void> => {
    for (const { ids, wordStart } of await tokenizer.encodeBatch(pending)) {
      const piece = new Int32Array(ids.length + 1);
      for (let index = 0; index < ids.length; index++) {
        piece[index] = ids[index]! | (wordStart[index] ? wordStartFlag : 0);
      }
      piece[ids.length] = tokenizer.specials.separator | wordStartFlag;
      pieces.push(piece);
    }
    pending = [];
  };
  for await (const document of documents) {
    if (pending.push(documentText(document)) >= 256) await flush();
  }
  await flush();
  return concatenate(pieces);
}

function concatenate(pieces: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(pieces.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

export interface TextSource {
  readonly stream: Int32Array;
  /** How often the text is seen in an epoch; a fraction sees another part of it in each epoch. */
  readonly repeat: number;
}

export interface MaskedSettings {
  readonly config: LlamaConfig;
  readonly tokenizer: Tokenizer;
  /** Tokens in a chunk. */
  readonly size: number;
  readonly batchTokens: number;
  readonly maskRate: number;
  readonly seed: number;
}

interface Chunk {
  readonly stream: Int32Array;
  readonly start: number;
}

function epochChunks(sources: readonly TextSource[], size: number, random: Random): Chunk[] {
  const chunks = sources.flatMap(({ stream, repeat }) => {
    const starts = Array.from({ length: Math.floor(stream.length / size) }, (_, index) => index * size);
    const whole = Array.from({ length: Math.floor(repeat) }, () => starts).flat();
    const part = shuffle([...starts], random).slice(0, Math.round((repeat % 1) * starts.length));
    return [...whole, ...part].map((start): Chunk => ({ stream, start }));
  });
  return shuffle(chunks, random);
}

export function maskedData(sources: readonly TextSource[], settings: MaskedSettings): TrainingData {
  const { size, batchTokens, seed } = settings;
  const rows = Math.max(1, Math.floor(batchTokens / size));
  const chunkCount = sources.reduce((total, { stream, repeat }) => {
    const count = Math.floor(stream.length / size);
    return total + Math.floor(repeat) * count + Math.round((repeat % 1) * count);
  }, 0);
  let current: { readonly epoch: number; readonly chunks: readonly Chunk[] } | undefined;
  return {
    tokensPerEpoch: chunkCount * size,
    stepsPerEpoch: () => Math.floor(chunkCount / rows),
    batch(epoch, index) {
      if (current?.epoch !== epoch)
        current = { epoch, chunks: epochChunks(sources, size, randomFrom(seed, epoch)) };
      const chosen = current.chunks.slice(index * rows, (index + 1) * rows);
      return maskedBatch(chosen, settings, randomFrom(seed, epoch, index));
    },
  };
}

/** Places of whole words, drawn until `maskRate` of the row's tokens are chosen. */
function chooseWords(row: Int32Array, maskRate: number, random: Random): number[] {
  const starts: number[] = [];
  row.forEach((token, place) => {
    if (token & wordStartFlag) starts.push(place);
  });
  const wanted = Math.max(1, Math.round(row.length * maskRate)); // a row without targets would teach nothing
  const chosen: number[] = [];
  for (const start of shuffle(starts, random)) {
    if (chosen.length >= wanted) break;
    let place = start;
    do chosen.push(place++);
    while (place < row.length && !(row[place]! & wordStartFlag));
  }
  return chosen.sort((a, b) => a - b);
}

/** 80 % of the chosen tokens become the mask token, 10 % a random one, 10 % stay (Devlin et al. 2019). */
function hide(id: number, tokenizer: Tokenizer, random: Random): number {
  const draw = random();
  if (draw < 0.8) return tokenizer.specials.mask;
  return draw < 0.9 ? Math.floor(random() * tokenizer.vocabularySize) : id;
}

function maskedBatch(chunks: readonly Chunk[], settings: MaskedSettings, random: Random): Batch {
  const { size, tokenizer, maskRate, config } = settings;
  const rows = chunks.length;
  const ids = new Int32Array(rows * size);
  const positions: number[] = [];
  const labels: number[] = [];
  chunks.forEach(({ stream, start }, row) => {
    const piece = stream.subarray(start, start + size);
    for (let place = 0; place < size; place++) ids[row * size + place] = piece[place]! & idMask;
    for (const place of chooseWords(piece, maskRate, random)) {
      const position = row * size + place;
      const id = ids[position]!;
      if (id === tokenizer.specials.separator) continue;
      positions.push(position);
      labels.push(id);
      ids[position] = hide(id, tokenizer, random);
    }
  });
  const targets = positions.length;
  return {
    rows,
    time: size,
    tokens: rows * size,
    ids,
    feeds: {
      mask: maskTensor(
        Array.from({ length: rows }, () => size),
        size,
        config,
      ),
      targets: ints32(Int32Array.from(positions), [targets]),
      labels: ints32(Int32Array.from(labels), [targets, 1]),
      weights: floats(new Float32Array(targets).fill(1 / targets), [targets, 1]),
    },
  };
}
