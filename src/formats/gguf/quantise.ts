/** @file Single precision → blocks of Q8_0 and Q4_0, bit for bit as ggml's own reference rounds them. */
import { float32ToHalf } from "../half.ts";
import { tensorTypes } from "./types.ts";

export type WrittenType = "F32" | "F16" | "Q8_0" | "Q4_0";

/** Whole blocks of numbers → the file's bytes. */
export function quantise(type: WrittenType, numbers: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (type === "F32") return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (type === "F16") {
    const halves = float32ToHalf(numbers);
    return new Uint8Array(halves.buffer as ArrayBuffer);
  }
  const { size, bytes: blockBytes } = tensorTypes[type];
  const blocks = numbers.length / size;
  const bytes = new Uint8Array(blocks * blockBytes);
  const scales = new Float32Array(blocks);
  if (type === "Q8_0") encodeQ8(numbers, new Int8Array(bytes.buffer), scales);
  else encodeQ4(numbers, bytes, scales);
  const view = new DataView(bytes.buffer);
  float32ToHalf(scales).forEach((half, block) => view.setUint16(block * blockBytes, half, true));
  return bytes;
}

/** A scale of two bytes stands before the codes of each block. */
const header = 2;

/** The largest number of a block becomes ±127. */
function encodeQ8(numbers: Float32Array, bytes: Int8Array, scales: Float32Array): void {
  for (let block = 0, from = 0, to = header; block < scales.length; block++, from += 32, to += 32 + header) {
    let largest = 0;
    for (let index = from; index < from + 32; index++) {
      const size = Math.abs(numbers[index]!);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = scale;
    for (let index = 0; index < 32; index++) {
      const scaled = Math.fround(numbers[from + index]! * inverse);
      // Halves away from zero, as C's roundf; Math.round goes up. `| 0` cuts towards zero.
      bytes[to + index] = (scaled < 0 ? scaled - 0.5 : scaled + 0.5) | 0;
    }
  }
}

/** The number farthest from zero becomes −8, whatever its sign. */
function encodeQ4(numbers: Float32Array, bytes: Uint8Array, scales: Float32Array): void {
  for (let block = 0, from = 0, to = header; block < scales.length; block++, from += 32, to += 16 + header) {
    let farthest = 0;
    for (let index = from; index < from + 32; index++) {
      if (Math.abs(numbers[index]!) > Math.abs(farthest)) farthest = numbers[index]!;
    }
    const scale = Math.fround(farthest / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = scale;
    for (let index = 0; index < 16; index++) {
      const low = (numbers[from + index]! * inverse + 8.5) | 0;
      const high = (numbers[from + 16 + index]! * inverse + 8.5) | 0;
      bytes[to + index] = (low > 15 ? 15 : low) | ((high > 15 ? 15 : high) << 4);
    }
  }
}
