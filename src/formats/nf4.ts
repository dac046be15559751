/**
 * @file Single-precision numbers ↔ 4-bit NormalFloat codes in blocks of 64 (Dettmers et al. 2023), with the values and
 * the byte order of bitsandbytes: byte i holds element 2i in its high half and element 2i + 1 in its low half.
 */

/** The 16 quantiles of a normal distribution, as bitsandbytes writes them. */
export const nf4Values: Float32Array = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

/** Elements that share one scale. */
export const nf4Block = 64;

/** bitsandbytes' decision borders between neighbouring codes, in single precision. */
const borders = Float32Array.of(
  -0.8480964004993439,
  -0.6106329262256622,
  -0.4599952697753906,
  -0.33967943489551544,
  -0.23460740596055984,
  -0.13791173323988914,
  -0.045525018125772476,
  0.03979014977812767,
  0.1202552504837513,
  0.2035212516784668,
  0.2920137718319893,
  0.3893125355243683,
  0.5016634166240692,
  0.6427869200706482,
  0.8614784181118011,
);

/** Codes and the largest magnitude of each block. */
export interface Nf4Tensor {
  /** [elements / 2] */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [elements / 64] */
  readonly absmax: Float32Array<ArrayBuffer>;
}

/** [−1, 1] in cells that hold one border at the most. */
const cells = 4096;
const cellOf = (x: number): number => Math.floor((x + 1) * (cells / 2));
/** For each cell the number of borders below it; the last is that of x = 1. */
const bordersBefore = Uint8Array.from({ length: cells + 1 }, (_, cell) =>
  borders.reduce((count, border) => count + Number(cellOf(border) < cell), 0),
);

/** The number of borders below x; a number on a border gets the lower code, as `x > border` decides there. */
function codeOf(x: number): number {
  const below = bordersBefore[cellOf(x)]!;
  return x > borders[below]! ? below + 1 : below;
}

/** `data` has a multiple of 64 elements: the widths of every model of Llama's family are. */
export function quantizeNf4(data: Float32Array): Nf4Tensor {
  const blocks = data.length / nf4Block;
  if (!Number.isInteger(blocks)) throw new Error(`internal: ${data.length} elements are no whole blocks`);
  const codes = new Uint8Array(data.length / 2);
  const absmax = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const start = block * nf4Block;
    let largest = 0;
    for (let place = start; place < start + nf4Block; place++)
      largest = Math.max(largest, Math.abs(data[place]!));
    absmax[block] = largest;
    const inverse = largest === 0 ? 0 : Math.fround(1 / largest);
    for (let place = start; place < start + nf4Block; place += 2) {
      const high = codeOf(Math.fround(data[place]! * inverse));
      const low = codeOf(Math.fround(data[place + 1]! * inverse));
      codes[place >> 1] = (high << 4) | low;
    }
  }
  return { codes, absmax };
}

export function dequantizeNf4({ codes, absmax }: Nf4Tensor): Float32Array<ArrayBuffer> {
  const data = new Float32Array(codes.length * 2);
  for (let byte = 0; byte < codes.length; byte++) {
    const scale = absmax[Math.floor((2 * byte) / nf4Block)]!;
    data[2 * byte] = nf4Values[codes[byte]! >> 4]! * scale;
    data[2 * byte + 1] = nf4Values[codes[byte]! & 15]! * scale;
  }
  return data;
}
