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

/** What all rows have in common from their first token on: the same tokens of the same runs. */
export function commonMemory(memories: readonly (Memory | undefined)[]): Memory | undefined {
  const [first, ...others] = memories.map(chainOf);
  const common = others.reduce((least, chain) => Math.min(least, commonLength(first!, chain)), Infinity);
  return shortened(memories[0], Math.min(common, memories[0]?.length ?? 0));
}

/** The runs that a memory consists of, the first one first. */
function chainOf(last: Memory | undefined): Memory[] {
  const chain: Memory[] = [];
  for (let memory = last; memory !== undefined; memory = memory.before) chain.push(memory);
  return chain.reverse();
}

function commonLength(a: readonly Memory[], b: readonly Memory[]): number {
  let length = 0;
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [one, other] = [a[at]!, b[at]!];
    if (one.run !== other.run || one.row !== other.row) break;
    length = Math.min(one.length, other.length);
    if (one.length !== other.length) break;
  }
  return length;
}

/** Tokens of a memory, half-open. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * One tensor for each layer's keys and values of a span, [batch, kvHeads, 1, to − from, size]; rows that remember less have
 * zeros behind.
 */
export function memoryTensors(
  memories: readonly (Memory | undefined)[],
  span: Span,
  { layers, kvHeads, headSize }: Sizes,
): Tensor[] {
  const width = span.to - span.from;
  return Array.from({ length: 2 * layers }, (_, part) => {
    const data = new Float32Array(memories.length * kvHeads * width * headSize);
    memories.forEach((memory, row) => {
      const size = kvHeads * width * headSize;
      copyInto(data.subarray(row * size, (row + 1) * size), memory, part, { ...span, kvHeads, headSize });
    });
    return floats(data, [memories.length, kvHeads, 1, width, headSize]);
  });
}

function copyInto(
  data: Float32Array,
  last: Memory | undefined,
  part: number,
  { from, to, kvHeads, headSize }: Span & Pick<Sizes, "kvHeads" | "headSize">,
): void {
  for (let memory = last; memory !== undefined && memory.length > from; memory = memory.before) {
    const source = memory.run.layers[part]!.data as Float32Array;
    const runStart = memory.before?.length ?? 0;
    const start = Math.max(from, runStart);
    for (let head = 0; head < kvHeads; head++) {
      const first = (memory.row * kvHeads + head) * memory.run.time - runStart;
      const tokens = source.subarray((first + start) * headSize, (first + memory.length) * headSize);
      data.set(tokens, (head * (to - from) + start - from) * headSize);
    }
  }
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
