/** @file Blocks of quantised numbers, as ggml lays them out → single precision. */
import { bfloat16ToFloat32, halfValue } from "../half.ts";
import type { TensorType } from "./types.ts";
import { tensorTypes } from "./types.ts";

/** One block at `at` of `bytes` → its numbers at `to` of `numbers`. */
type Decode = (bytes: Uint8Array, at: number, numbers: Float32Array, to: number) => void;

const half = (bytes: Uint8Array, at: number): number => halfValue(bytes[at]! | (bytes[at + 1]! << 8));

/** What is added to every number of a block: none is −0, which leaves the sign of a zero alone. */
const none = -0;

/** Two numbers of four bits a byte: the low ones are the block's first half. With or without a stored minimum. */
function fourBits(centre: number, withMinimum: boolean): Decode {
  const header = withMinimum ? 4 : 2;
  return (bytes, at, numbers, to) => {
    const scale = half(bytes, at);
    const minimum = withMinimum ? half(bytes, at + 2) : none;
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + header + index]!;
      numbers[to + index] = ((pair & 15) - centre) * scale + minimum;
      numbers[to + 16 + index] = ((pair >> 4) - centre) * scale + minimum;
    }
  };
}

/** As `fourBits`, with a fifth bit each in four bytes before them. */
function fiveBits(centre: number, withMinimum: boolean): Decode {
  const header = withMinimum ? 4 : 2;
  return (bytes, at, numbers, to) => {
    const scale = half(bytes, at);
    const minimum = withMinimum ? half(bytes, at + 2) : none;
    const fifth = (index: number): number => ((bytes[at + header + (index >> 3)]! >> (index & 7)) & 1) << 4;
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + header + 4 + index]!;
      numbers[to + index] = (((pair & 15) | fifth(index)) - centre) * scale + minimum;
      numbers[to + 16 + index] = (((pair >> 4) | fifth(index + 16)) - centre) * scale + minimum;
    }
  };
}

const eightBits: Decode = (bytes, at, numbers, to) => {
  const scale = half(bytes, at);
  for (let index = 0; index < 32; index++) {
    numbers[to + index] = ((bytes[at + 2 + index]! << 24) >> 24) * scale;
  }
};

/** Six bits of scale and six of minimum for each of eight groups of 32, packed into twelve bytes. */
function groupScale(bytes: Uint8Array, at: number, group: number): readonly [number, number] {
  if (group < 4) return [bytes[at + group]! & 63, bytes[at + group + 4]! & 63];
  const low = bytes[at + group + 4]!;
  const scale = (low & 15) | ((bytes[at + group - 4]! >> 6) << 4);
  return [scale, (low >> 4) | ((bytes[at + group]! >> 6) << 4)];
}

/** Q4_K and, with 32 bytes of fifth bits, Q5_K. */
function grouped(fifth: boolean): Decode {
  const [high, quants] = [16, fifth ? 48 : 16];
  return (bytes, at, numbers, to) => {
    const [scale, minimum] = [half(bytes, at), half(bytes, at + 2)];
    for (let group = 0; group < 8; group++) {
      const [groupsScale, groupsMinimum] = groupScale(bytes, at + 4, group);
      const [factor, offset] = [scale * groupsScale, minimum * groupsMinimum];
      for (let index = 0; index < 32; index++) {
        const pair = bytes[at + quants + (group >> 1) * 32 + index]!;
        const low = group % 2 === 0 ? pair & 15 : pair >> 4;
        const top = fifth ? ((bytes[at + high + index]! >> group) & 1) << 4 : 0;
        numbers[to + 32 * group + index] = factor * (low | top) - offset;
      }
    }
  };
}

/** Q6_K: 128 bytes of low bits, 64 of high bits, 16 signed scales, one scale of all. */
const sixBits: Decode = (bytes, at, numbers, to) => {
  const scale = half(bytes, at + 208);
  for (let index = 0; index < 256; index++) {
    const [part, row, column] = [index >> 7, (index >> 5) & 3, index & 31];
    const pair = bytes[at + 64 * part + 32 * (row & 1) + column]!;
    const low = row < 2 ? pair & 15 : pair >> 4;
    const top = (bytes[at + 128 + 32 * part + column]! >> (2 * row)) & 3;
    const groupsScale = (bytes[at + 192 + (index >> 4)]! << 24) >> 24;
    numbers[to + index] = scale * groupsScale * ((low | (top << 4)) - 32);
  }
};

const decoders: Readonly<Record<TensorType, Decode>> = {
  F32: (bytes, at, numbers, to) => {
    numbers[to] = new DataView(bytes.buffer, bytes.byteOffset + at).getFloat32(0, true);
  },
  F16: (bytes, at, numbers, to) => {
    numbers[to] = half(bytes, at);
  },
  BF16: (bytes, at, numbers, to) => {
    numbers[to] = bfloat16ToFloat32(Uint16Array.of(bytes[at]! | (bytes[at + 1]! << 8)))[0]!;
  },
  Q4_0: fourBits(8, false),
  Q4_1: fourBits(0, true),
  Q5_0: fiveBits(16, false),
  Q5_1: fiveBits(0, true),
  Q8_0: eightBits,
  Q4_K: grouped(false),
  Q5_K: grouped(true),
  Q6_K: sixBits,
};

/** As many whole blocks as `bytes` holds → `numbers`, from `to` on. */
export function dequantise(type: TensorType, bytes: Uint8Array, numbers: Float32Array, to = 0): void {
  const { bytes: blockBytes, size } = tensorTypes[type];
  const decode = decoders[type];
  for (let at = 0; at < bytes.length; at += blockBytes, to += size) decode(bytes, at, numbers, to);
}
