/** @file Token sequences with a loss mask → batches for language-model training: rows of one text each, or packed full. */
import { packedMaskData } from "../models/attention-mask.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { floats, ints32, ints64 } from "../runtime/types.ts";
import { type Random, randomFrom, shuffle } from "../shared/random.ts";
import { batchByLength } from "../tokens/index.ts";
import type { Batch, TrainingData } from "./batch.ts";

/** One text of a language model. */
export interface TokenSequence {
  readonly ids: Int32Array;
  /** 1 for each token that is to be learnt, [tokens]; the first has nothing before it that could predict it. */
  readonly trained: Uint8Array;
}

export interface LanguageSettings {
  readonly config: LlamaConfig;
  /** Longest row, in tokens. */
  readonly size: number;
  readonly batchTokens: number;
  /** Several texts in a row, each of which sees itself only, as long as they fit. */
  readonly packing: boolean;
  readonly seed: number;
}

export interface LanguageData extends TrainingData {
  /** Sequences that are longer than a row: left out, because a cut answer would teach to stop early. */
  readonly tooLong: number;
}

/** The texts of one row. */
type Row = readonly TokenSequence[];

const lengthOf = (row: Row): number => row.reduce((sum, { ids }) => sum + ids.length, 0);

/** Texts in their order, each into the row before if it still fits there (next fit): neighbours stay neighbours. */
function pack(sequences: readonly TokenSequence[], size: number): Row[] {
  const rows: TokenSequence[][] = [];
  let left = 0;
  for (const sequence of sequences) {
    if (sequence.ids.length > left) {
      rows.push([]);
      left = size;
    }
    rows.at(-1)!.push(sequence);
    left -= sequence.ids.length;
  }
  return rows;
}

export function languageData(all: readonly TokenSequence[], settings: LanguageSettings): LanguageData {
  const { size, batchTokens, packing, seed } = settings;
  const sequences = all.filter(({ ids }) => ids.length <= size);
  let current: { readonly epoch: number; readonly batches: readonly (readonly Row[])[] } | undefined;
  const batchesOf = (epoch: number): readonly (readonly Row[])[] => {
    if (current?.epoch === epoch) return current.batches;
    const random = randomFrom(seed, epoch);
    const shuffled = shuffle([...sequences], random);
    const rows: Row[] = packing ? pack(shuffled, size) : shuffled.map((sequence) => [sequence]);
    current = { epoch, batches: group(rows, batchTokens, random) };
    return current.batches;
  };
  return {
    tooLong: all.length - sequences.length,
    tokensPerEpoch: sequences.reduce((sum, { ids }) => sum + ids.length, 0),
    stepsPerEpoch: (epoch) => batchesOf(epoch).length,
    batch: (epoch, index) => languageBatch(batchesOf(epoch)[index]!, settings),
  };
}

/** Rows of like length together, batches in random order. */
function group(rows: readonly Row[], batchTokens: number, random: Random): Row[][] {
  const batches = batchByLength(rows.map(lengthOf), { tokenBudget: batchTokens, random });
  return batches.map((places) => places.map((place) => rows[place]!));
}

/** The batch of some rows: each trained token is predicted from the place before it. */
export function languageBatch(
  rows: readonly Row[],
  { config, packing }: Pick<LanguageSettings, "config" | "packing">,
): Batch {
  const time = Math.max(...rows.map(lengthOf));
  const ids = new Int32Array(rows.length * time);
  const positions = new Int32Array(rows.length * time);
  const targets: number[] = [];
  const labels: number[] = [];
  rows.forEach((row, at) => {
    let start = at * time;
    for (const sequence of row) {
      ids.set(sequence.ids, start);
      sequence.ids.forEach((id, place) => {
        positions[start + place] = place;
        if (place === 0 || sequence.trained[place] === 0) return;
        targets.push(start + place - 1);
        labels.push(id);
      });
      start += sequence.ids.length;
    }
  });
  const mask = packedMaskData(
    rows.map((row) => row.map((sequence) => sequence.ids.length)),
    time,
    config,
  );
  return {
    rows: rows.length,
    time,
    ids,
    tokens: rows.reduce((sum, row) => sum + lengthOf(row), 0),
    feeds: {
      mask: floats(mask.data, mask.shape),
      targets: ints32(Int32Array.from(targets), [targets.length]),
      labels: ints32(Int32Array.from(labels), [labels.length, 1]),
      weights: floats(new Float32Array(labels.length).fill(1 / Math.max(1, labels.length)), [
        labels.length,
        1,
      ]),
      ...(packing && { positions: ints64(positions, [rows.length, time]) }),
    },
  };
}
