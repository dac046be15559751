/** @file Lengths of rows, or of the texts packed into them → the mask that is added to attention scores. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";
import type { LlamaConfig } from "./llama.ts";

type Attention = Pick<LlamaConfig, "attention" | "slidingWindow">;

/** Whether all queries of a row see the same keys. */
const isSameForAll = ({ attention, slidingWindow }: Attention): boolean =>
  attention === "bidirectional" && slidingWindow === undefined;

/** The graph's input: [batch, 1, 1, 1, time], or [batch, 1, 1, time, time] where queries see different keys. */
export function attentionMask(builder: GraphBuilder, config: Attention, packed = false): Value {
  return builder.input("mask", ["batch", 1, 1, isSameForAll(config) && !packed ? 1 : "time", "time"]);
}

const hidden = -1e9;

/**
 * 0 where a token may be attended to, −1e9 at padding, at what follows (causal attention) and at what lies outside of
 * the sliding window. `lengths` are the rows' lengths in tokens.
 */
export function attentionMaskData(
  lengths: readonly number[],
  time: number,
  config: Attention,
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  if (!isSameForAll(config))
    return packedMaskData(
      lengths.map((length) => [length]),
      time,
      config,
    );
  const data = new Float32Array(lengths.length * time);
  lengths.forEach((length, row) => data.fill(hidden, row * time + length, (row + 1) * time));
  return { data, shape: [lengths.length, 1, 1, 1, time] };
}

/**
 * The mask of rows that hold several texts one after the other, each of which sees itself only; `rows` are the lengths
 * of each row's texts. A padding token sees itself, so that its softmax has something to divide by.
 */
export function packedMaskData(
  rows: readonly (readonly number[])[],
  time: number,
  { attention, slidingWindow = Infinity }: Attention,
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const data = new Float32Array(rows.length * time * time).fill(hidden);
  rows.forEach((lengths, row) => {
    let start = 0;
    const texts = [...lengths, ...Array.from({ length: time - lengths.reduce((a, b) => a + b, 0) }, () => 1)];
    for (const length of texts) {
      for (let query = start; query < start + length; query++) {
        const from = Math.max(start, query - slidingWindow + 1);
        const to = attention === "causal" ? query + 1 : Math.min(start + length, query + slidingWindow);
        data.fill(0, (row * time + query) * time + from, (row * time + query) * time + to);
      }
      start += length;
    }
  });
  return { data, shape: [rows.length, 1, 1, time, time] };
}
