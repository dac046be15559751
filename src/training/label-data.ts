/** @file Documents with gold mentions → batches for label training, with loss only where their corpus speaks. */
import type { Document, Mention } from "../documents/index.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { begin, inside } from "../models/token-classifier.ts";
import { floats, ints32 } from "../runtime/types.ts";
import { type Random, randomFrom, shuffle } from "../shared/random.ts";
import type { Encoding, Tokenizer } from "../tokens/index.ts";
import { batchByLength, windows } from "../tokens/index.ts";
import { type Batch, maskTensor, type TrainingData } from "./batch.ts";

export interface LabelledCorpus {
  readonly documents: AsyncIterable<Document>;
  /** Heads that this corpus annotates completely. */
  readonly annotates: readonly string[];
  readonly repeat: number;
}

export interface LabelSettings {
  readonly config: LlamaConfig;
  readonly tokenizer: Tokenizer;
  readonly types: readonly string[];
  readonly window: { readonly size: number; readonly overlap: number };
  readonly batchTokens: number;
  /** Share of input tokens replaced by the mask token. */
  readonly tokenDropout: number;
  readonly seed: number;
}

/** One window of one document. */
interface Sequence {
  readonly ids: Int32Array;
  /** Class of every token and type, [tokens · types]. */
  readonly labels: Uint8Array;
  /** Tokens whose loss counts; the others are context that a neighbouring window counts. */
  readonly keepStart: number;
  readonly keepEnd: number;
  /** 1 for each type that the corpus annotates. */
  readonly speaks: Uint8Array;
  readonly repeat: number;
}

export interface LabelCounts {
  mentions: number;
  /** Mentions with a border inside a token: trained with the token's borders. */
  misaligned: number;
  /** Mentions of a head that overlap another one of the same head: the longer one is trained. */
  overlapping: number;
}

/** Class of each token for each type; the longest mentions of a type come first, later overlapping ones are left out. */
export function tokenLabels(
  encoding: Encoding,
  mentions: readonly Mention[],
  types: readonly string[],
  counts: LabelCounts,
): Uint8Array {
  const labels = new Uint8Array(encoding.ids.length * types.length);
  const longestFirst = [...mentions].sort((a, b) => b.end - b.start - (a.end - a.start));
  for (const { start, end, type } of longestFirst) {
    const head = types.indexOf(type);
    if (head < 0) continue;
    counts.mentions++;
    const tokens = coveredTokens(encoding, start, end);
    if (tokens.some((token) => labels[token * types.length + head] !== 0)) {
      counts.overlapping++;
      continue;
    }
    const [first, last] = [tokens[0], tokens.at(-1)];
    if (first === undefined || encoding.starts[first] !== start || encoding.ends[last!] !== end)
      counts.misaligned++;
    tokens.forEach((token, index) => (labels[token * types.length + head] = index === 0 ? begin : inside));
  }
  return labels;
}

function coveredTokens({ starts, ends }: Encoding, start: number, end: number): number[] {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= start) low = middle + 1;
    else high = middle;
  }
  const tokens: number[] = [];
  for (let token = low; token < starts.length && starts[token]! < end; token++) tokens.push(token);
  return tokens;
}

/** A document's passages as one row of tokens, with a separator between them. */
async function encodeDocument(
  document: Document,
  settings: LabelSettings,
  counts: LabelCounts,
): Promise<{ ids: Int32Array; labels: Uint8Array }> {
  const { tokenizer, types } = settings;
  const encodings = await tokenizer.encodeBatch(document.passages.map(({ text }) => text));
  const length = encodings.reduce((total, { ids }) => total + ids.length + 1, -1);
  const ids = new Int32Array(Math.max(0, length)).fill(tokenizer.specials.separator);
  const labels = new Uint8Array(ids.length * types.length);
  let offset = 0;
  encodings.forEach((encoding, index) => {
    ids.set(encoding.ids, offset);
    labels.set(
      tokenLabels(encoding, document.passages[index]!.mentions, types, counts),
      offset * types.length,
    );
    offset += encoding.ids.length + 1;
  });
  return { ids, labels };
}

async function sequencesOf(
  corpus: LabelledCorpus,
  settings: LabelSettings,
  counts: LabelCounts,
): Promise<Sequence[]> {
  const { types, window } = settings;
  const speaks = Uint8Array.from(types, (type) => Number(corpus.annotates.includes(type)));
  const sequences: Sequence[] = [];
  for await (const document of corpus.documents) {
    const { ids, labels } = await encodeDocument(document, settings, counts);
    for (const { start, end, keepStart, keepEnd } of windows(ids.length, window)) {
      sequences.push({
        ids: ids.slice(start, end),
        labels: labels.slice(start * types.length, end * types.length),
        keepStart: keepStart - start,
        keepEnd: keepEnd - start,
        speaks,
        repeat: corpus.repeat,
      });
    }
  }
  return sequences;
}

export async function labelData(
  corpora: readonly LabelledCorpus[],
  settings: LabelSettings,
): Promise<{ data: TrainingData; counts: LabelCounts }> {
  const counts: LabelCounts = { mentions: 0, misaligned: 0, overlapping: 0 };
  const sequences: Sequence[] = [];
  for (const corpus of corpora) sequences.push(...(await sequencesOf(corpus, settings, counts)));
  const tokensPerEpoch = sequences.reduce((total, { ids, repeat }) => total + ids.length * repeat, 0);
  let current: { readonly epoch: number; readonly batches: readonly Sequence[][] } | undefined;
  const epochOf = (epoch: number): readonly Sequence[][] => {
    if (current?.epoch !== epoch) current = { epoch, batches: epochBatches(sequences, settings, epoch) };
    return current.batches;
  };
  const data: TrainingData = {
    tokensPerEpoch: Math.round(tokensPerEpoch),
    stepsPerEpoch: (epoch) => epochOf(epoch).length,
    batch: (epoch, index) =>
      labelBatch(epochOf(epoch)[index]!, settings, randomFrom(settings.seed, epoch, index)),
  };
  return { data, counts };
}

function epochBatches(sequences: readonly Sequence[], settings: LabelSettings, epoch: number): Sequence[][] {
  const random = randomFrom(settings.seed, epoch);
  const seen = sequences.flatMap((sequence) => {
    const times = Math.floor(sequence.repeat) + (random() < sequence.repeat % 1 ? 1 : 0);
    return Array.from({ length: times }, () => sequence);
  });
  const lengths = seen.map(({ ids }) => ids.length);
  const batches = batchByLength(lengths, { tokenBudget: settings.batchTokens, random });
  return shuffle(batches, random).map((batch) => batch.map((index) => seen[index]!));
}

function labelBatch(sequences: readonly Sequence[], settings: LabelSettings, random: Random): Batch {
  const { types, tokenizer, tokenDropout, config } = settings;
  const rows = sequences.length;
  const time = Math.max(...sequences.map(({ ids }) => ids.length));
  const ids = new Int32Array(rows * time).fill(tokenizer.specials.pad);
  const labels = new Int32Array(rows * time * types.length);
  const weights = new Float32Array(labels.length);
  let counted = 0;
  sequences.forEach((sequence, row) => {
    for (let token = 0; token < sequence.ids.length; token++) {
      const place = row * time + token;
      ids[place] = random() < tokenDropout ? tokenizer.specials.mask : sequence.ids[token]!;
      const kept = token >= sequence.keepStart && token < sequence.keepEnd;
      for (let head = 0; head < types.length; head++) {
        labels[place * types.length + head] = sequence.labels[token * types.length + head]!;
        if (!kept || !sequence.speaks[head]) continue;
        weights[place * types.length + head] = 1;
        counted++;
      }
    }
  });
  for (let index = 0; index < weights.length; index++)
    weights[index] = weights[index]! / Math.max(1, counted);
  const lengths = sequences.map(({ ids: { length } }) => length);
  return {
    rows,
    time,
    ids,
    tokens: lengths.reduce((total, length) => total + length, 0),
    feeds: {
      mask: maskTensor(lengths, time, config),
      labels: ints32(labels, [labels.length, 1]),
      weights: floats(weights, [weights.length, 1]),
    },
  };
}
