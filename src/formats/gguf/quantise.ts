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
  const encode = type === "Q8_0" ? encodeQ8 : encodeQ4;
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    scales[block] = encode(numbers, block * size, bytes, block * blockBytes + 2);
  }
  const view = new DataView(bytes.buffer);
  float32ToHalf(scales).forEach((half, block) => view.setUint16(block * blockBytes, half, true));
  return bytes;
}

/** Away from zero at halves, as C's roundf; Math.round goes up. */
const round = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** The largest number becomes ±127; returns the scale. */
function encodeQ8(numbers: Float32Array, from: number, bytes: Uint8Array, to: number): number {
  let largest = 0;
  for (let index = 0; index < 32; index++) largest = Math.max(largest, Math.abs(numbers[from + index]!));
  const scale = Math.fround(largest / 127);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  for (let index = 0; index < 32; index++) {
    bytes[to + index] = round(Math.fround(numbers[from + index]! * inverse));
  }
  return scale;
}

/** The number farthest from zero becomes −8, whatever its sign; returns the scale. */
function encodeQ4(numbers: Float32Array, from: number, bytes: Uint8Array, to: number): number {
  let farthest = 0;
  for (let index = 0; index < 32; index++) {
    if (Math.abs(numbers[from + index]!) > Math.abs(farthest)) farthest = numbers[from + index]!;
  }
  const scale = Math.fround(farthest / -8);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  const code = (index: number): number => Math.min(15, Math.trunc(numbers[from + index]! * inverse + 8.5));
  for (let index = 0; index < 16; index++) bytes[to + index] = code(index) | (code(index + 16) << 4);
  return scale;
}
