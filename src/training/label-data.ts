/** @file Documents with gold mentions → batches for label training, with loss only where their corpus speaks. */
import type { Document, Mention } from "../documents/index.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { begin, inside } from "../models/token-classifier.ts";
import { floats, ints32 } from "../runtime/types.ts";
import { type Random, randomFrom, shuffle } from "../shared/random.ts";
import { type Encoding, separatorOf, type Tokenizer } from "../tokens/index.ts";
import { batchByLength, type Window, windows } from "../tokens/index.ts";
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
  /** One head for each; with instructions, what they may ask for: the model then has one head for all. */
  readonly types: readonly string[];
  readonly instruction?: LabelInstruction;
  readonly window: { readonly size: number; readonly overlap: number };
  readonly batchTokens: number;
  /** Share of input tokens replaced by the mask token. */
  readonly tokenDropout: number;
  readonly seed: number;
}

/** Labels in the way of VANER: the type is asked for in words before the text, and one head answers. */
export interface LabelInstruction {
  /** Token ids of the prompt of each type. */
  readonly prompts: ReadonlyMap<string, Int32Array>;
  /** Only the first token of each word bears its label. */
  readonly firstTokens: boolean;
  /** Padding is attended to like text, as VANER's mask of zeros lets it. */
  readonly zerosMask: boolean;
}

/** One window of one document. */
interface Sequence {
  readonly ids: Int32Array;
  /** Class of every token and head, [tokens · heads]. */
  readonly labels: Uint8Array;
  /** 1 for each token whose loss counts: not the prompt, nor context that a neighbouring window counts. */
  readonly counted: Uint8Array;
  /** 1 for each head that the corpus annotates. */
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

function coveredTokens({ starts, ends, wordStart }: Encoding, start: number, end: number): number[] {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= start) low = middle + 1;
    else high = middle;
  }
  // A blank that is a token of its own belongs to the word that it begins.
  if (low > 0 && wordStart[low] === 0 && starts[low - 1] === ends[low - 1]) low--;
  const tokens: number[] = [];
  for (let token = low; token < starts.length && starts[token]! < end; token++) tokens.push(token);
  return tokens;
}

interface EncodedDocument {
  readonly ids: Int32Array;
  readonly labels: Uint8Array;
  readonly wordStart: Uint8Array;
}

/** A document's passages as one row of tokens, with a separator between them. */
async function encodeDocument(
  document: Document,
  settings: LabelSettings,
  counts: LabelCounts,
): Promise<EncodedDocument> {
  const { tokenizer, types } = settings;
  const encodings = await tokenizer.encodeBatch(document.passages.map(({ text }) => text));
  const length = encodings.reduce((total, { ids }) => total + ids.length + 1, -1);
  const ids = new Int32Array(Math.max(0, length)).fill(await separatorOf(tokenizer));
  const labels = new Uint8Array(ids.length * types.length);
  const wordStart = new Uint8Array(ids.length).fill(1);
  let offset = 0;
  encodings.forEach((encoding, index) => {
    ids.set(encoding.ids, offset);
    wordStart.set(encoding.wordStart, offset);
    labels.set(
      tokenLabels(encoding, document.passages[index]!.mentions, types, counts),
      offset * types.length,
    );
    offset += encoding.ids.length + 1;
  });
  return { ids, labels, wordStart };
}

async function sequencesOf(
  corpus: LabelledCorpus,
  settings: LabelSettings,
  counts: LabelCounts,
): Promise<Sequence[]> {
  const { window, instruction } = settings;
  const longest = Math.max(0, ...[...(instruction?.prompts.values() ?? [])].map(({ length }) => length));
  const sequences: Sequence[] = [];
  for await (const document of corpus.documents) {
    const encoded = await encodeDocument(document, settings, counts);
    for (const place of windows(encoded.ids.length, { ...window, size: window.size - longest })) {
      const cut = windowOf(encoded, place, settings, corpus);
      sequences.push(...(instruction === undefined ? [cut] : asked(cut, settings, instruction, corpus)));
    }
  }
  return sequences;
}

function windowOf(
  { ids, labels, wordStart }: EncodedDocument,
  { start, end, keepStart, keepEnd }: Window,
  { types, instruction }: LabelSettings,
  { annotates, repeat }: LabelledCorpus,
): Sequence {
  const counted = new Uint8Array(end - start).fill(1, keepStart - start, keepEnd - start);
  if (instruction?.firstTokens)
    counted.forEach((one, token) => (counted[token] = one & wordStart[start + token]!));
  return {
    ids: ids.slice(start, end),
    labels: labels.slice(start * types.length, end * types.length),
    counted,
    speaks: Uint8Array.from(types, (type) => Number(annotates.includes(type))),
    repeat,
  };
}

/** One sequence for each type that the corpus annotates: its prompt, then the window with the labels of that type. */
function asked(
  { ids, labels, counted, repeat }: Sequence,
  { types }: LabelSettings,
  { prompts }: LabelInstruction,
  { annotates }: LabelledCorpus,
): Sequence[] {
  return annotates.map((type) => {
    const head = types.indexOf(type);
    const before = prompts.get(type)!;
    const after = <Numbers extends Int32Array | Uint8Array>(
      joined: Numbers,
      numbers: ArrayLike<number>,
    ): Numbers => {
      joined.set(numbers, before.length);
      return joined;
    };
    const length = before.length + ids.length;
    const joinedIds = after(new Int32Array(length), ids);
    joinedIds.set(before);
    return {
      ids: joinedIds,
      labels: after(
        new Uint8Array(length),
        ids.map((_, token) => labels[token * types.length + head]!),
      ),
      counted: after(new Uint8Array(length), counted),
      speaks: Uint8Array.of(1),
      repeat,
    };
  });
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
  const { types, tokenizer, tokenDropout, config, instruction } = settings;
  const heads = instruction === undefined ? types.length : 1;
  const hidden = tokenizer.specials.mask >= 0 ? tokenizer.specials.mask : tokenizer.specials.unknown;
  const rows = sequences.length;
  const time = Math.max(...sequences.map(({ ids }) => ids.length));
  const ids = new Int32Array(rows * time).fill(Math.max(0, tokenizer.specials.pad));
  const labels = new Int32Array(rows * time * heads);
  const weights = new Float32Array(labels.length);
  let counted = 0;
  sequences.forEach((sequence, row) => {
    for (let token = 0; token < sequence.ids.length; token++) {
      const place = row * time + token;
      ids[place] = hidden >= 0 && random() < tokenDropout ? hidden : sequence.ids[token]!;
      for (let head = 0; head < heads; head++) {
        labels[place * heads + head] = sequence.labels[token * heads + head]!;
        if (sequence.counted[token] === 0 || !sequence.speaks[head]) continue;
        weights[place * heads + head] = 1;
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
      mask: maskTensor(instruction?.zerosMask ? lengths.map(() => time) : lengths, time, config),
      labels: ints32(labels, [labels.length, 1]),
      weights: floats(weights, [weights.length, 1]),
    },
  };
}
