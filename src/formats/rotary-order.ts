/** @file Rows of query and key matrices: Hugging Face's order of a head's numbers ↔ the order of Meta, llama2.c and GGUF. */
import type { RowRange } from "./weight-source.ts";

/**
 * Rotary positions turn pairs of numbers. Hugging Face pairs the first half of a head with the second, Meta (and GGUF's
 * "llama" and llama2.c after it) pairs neighbours. A row in Hugging Face's order → the same row in Meta's.
 */
export function interleavedRow(row: number, headSize: number): number {
  const within = row % headSize;
  const half = headSize / 2;
  return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
}

/** Rows in Hugging Face's order out of a file in Meta's, one head at a time. */
export async function readHalves(
  readInterleaved: (rows: RowRange) => Promise<Float32Array<ArrayBuffer>>,
  headSize: number,
  { from, to }: RowRange,
): Promise<Float32Array<ArrayBuffer>> {
  let turned: Float32Array<ArrayBuffer> | undefined;
  for (let head = Math.floor(from / headSize); head * headSize < to; head++) {
    const first = head * headSize;
    const rows = await readInterleaved({ from: first, to: first + headSize });
    const length = rows.length / headSize;
    turned ??= new Float32Array((to - from) * length);
    for (let row = Math.max(from, first); row < Math.min(to, first + headSize); row++) {
      const at = interleavedRow(row, headSize) - first;
      turned.set(rows.subarray(at * length, (at + 1) * length), (row - from) * length);
    }
  }
  return turned ?? new Float32Array();
}

/** Whole matrices or vectors in Hugging Face's order → Meta's. */
export function interleave(
  halves: Float32Array<ArrayBuffer>,
  rows: number,
  headSize: number,
): Float32Array<ArrayBuffer> {
  const length = halves.length / rows;
  const turned = new Float32Array(halves.length);
  for (let row = 0; row < rows; row++) {
    turned.set(halves.subarray(row * length, (row + 1) * length), interleavedRow(row, headSize) * length);
  }
  return turned;
}
