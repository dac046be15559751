/** @file Keys and values that runs of a language model gave → those of one row's tokens so far, fed to its next run. */
import type { Tensor } from "../runtime/types.ts";
import { floats } from "../runtime/types.ts";
import type { LlamaConfig } from "./llama.ts";

type Sizes = Pick<LlamaConfig, "layers" | "kvHeads" | "headSize">;

/** The keys and values of one run, [batch, kvHeads, 1, time, size] for each layer: keys, values, keys … */
export interface RunMemory {
  readonly layers: readonly Tensor[];
  readonly time: number;
}

/**
 * What a model remembers of a row: tokens of one run behind those of earlier runs. Nothing is copied until it is fed, so
 * that rows which begin alike share what they have in common.
 */
export interface Memory {
  /** Tokens in all. */
  readonly length: number;
  readonly before: Memory | undefined;
  readonly run: RunMemory;
  /** The row of the run. */
  readonly row: number;
}

/** The memory of the first `length` tokens. */
export function shortened(memory: Memory | undefined, length: number): Memory | undefined {
  let kept = memory;
  while (kept !== undefined && (kept.before?.length ?? 0) >= length) kept = kept.before;
  if (kept === undefined || length <= 0) return undefined;
  return kept.length <= length ? kept : { ...kept, length };
}

/** One tensor for each layer's keys and values, [batch, kvHeads, 1, past, size]; rows stand at its start, zeros behind. */
export function memoryTensors(
  memories: readonly (Memory | undefined)[],
  past: number,
  sizes: Sizes,
): Tensor[] {
  const { layers, kvHeads, headSize } = sizes;
  const shape = [memories.length, kvHeads, 1, past, headSize];
  return Array.from({ length: 2 * layers }, (_, part) => {
    const data = new Float32Array(memories.length * kvHeads * past * headSize);
    memories.forEach((memory, row) => copyInto(data, memory, part, { row, past, kvHeads, headSize }));
    return floats(data, shape);
  });
}

function copyInto(
  data: Float32Array,
  last: Memory | undefined,
  part: number,
  target: {
    readonly row: number;
    readonly past: number;
    readonly kvHeads: number;
    readonly headSize: number;
  },
): void {
  const { past, kvHeads, headSize } = target;
  for (let memory = last; memory !== undefined; memory = memory.before) {
    const source = memory.run.layers[part]!.data as Float32Array;
    const start = memory.before?.length ?? 0;
    for (let head = 0; head < kvHeads; head++) {
      const from = (memory.row * kvHeads + head) * memory.run.time * headSize;
      const tokens = source.subarray(from, from + (memory.length - start) * headSize);
      data.set(tokens, ((target.row * kvHeads + head) * past + start) * headSize);
    }
  }
}

/** Bytes that one token takes. */
export function bytesPerToken({ layers, kvHeads, headSize }: Sizes): number {
  return 2 * layers * kvHeads * headSize * 4;
}

/** A run's row: what it remembers, and how many new tokens it has. */
export interface RowExtent {
  readonly remembered: number;
  readonly fresh: number;
}

const hidden = -1e9;

/**
 * The mask [batch, 1, 1, time, past + time]: a token sees what its row remembers and the new tokens up to itself, within
 * the sliding window if there is one. Padding sees the new tokens before it, so that its softmax has something to divide by.
 */
export function recallMask(
  rows: readonly RowExtent[],
  {
    time,
    past,
    slidingWindow = Infinity,
  }: { time: number; past: number; slidingWindow?: number | undefined },
): Tensor {
  const width = past + time;
  const data = new Float32Array(rows.length * time * width).fill(hidden);
  rows.forEach(({ remembered }, row) => {
    for (let query = 0; query < time; query++) {
      const start = (row * time + query) * width;
      const first = remembered + query - slidingWindow + 1; // the first position in sight, counted from the row's start
      data.fill(0, start + Math.min(remembered, Math.max(0, first)), start + remembered);
      data.fill(0, start + past + Math.max(0, first - remembered), start + past + query + 1);
    }
  });
  return floats(data, [rows.length, 1, 1, time, width]);
}
