/**
 * @file The scales of NF4 blocks ↔ 8-bit codes: QLoRA's double quantisation (Dettmers et al. 2023), with bitsandbytes'
 * values. The scales' mean is taken off, the rest is stored in blocks of 256 by a dynamic 8-bit table.
 */

/** Scales that share one scale of their own. */
export const scaleBlock = 256;

export interface DoubleQuantized {
  /** One byte for each scale. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** The largest magnitude of each block of 256 scales. */
  readonly absmax: Float32Array<ArrayBuffer>;
  /** The mean of the scales, in single precision. */
  readonly offset: number;
}

/** Seven decades of evenly spaced means between 0.1 and 1, both signs, 0 and 1: 256 numbers in order (Dettmers 2016). */
export const dynamicTable: Float32Array = makeTable();

function makeTable(): Float32Array {
  const decades = 7;
  const numbers = [0, 1];
  for (let decade = 0; decade < decades; decade++) {
    const borders = evenlySpaced(2 ** decade + 1);
    const magnitude = Math.fround(10 ** (decade - decades + 1));
    for (let item = 0; item + 1 < borders.length; item++) {
      const mean = Math.fround(Math.fround(borders[item]! + borders[item + 1]!) / 2);
      numbers.push(magnitude * mean, -magnitude * mean);
    }
  }
  return Float32Array.from(numbers).sort();
}

/** From 0.1 to 1 in single precision, counted from the nearer end, as PyTorch's linspace does. */
function evenlySpaced(count: number): Float32Array {
  const [start, end] = [Math.fround(0.1), 1];
  const step = Math.fround(Math.fround(end - start) / (count - 1));
  return Float32Array.from({ length: count }, (_, index) =>
    index < count / 2 ? start + step * index : end - step * (count - 1 - index),
  );
}

/** The place of the nearest number of the table. */
function nearest(x: number): number {
  let low = 0;
  let high = dynamicTable.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (dynamicTable[middle]! <= x) low = middle;
    else high = middle;
  }
  return x - dynamicTable[low]! > dynamicTable[high]! - x ? high : low;
}

export function quantizeScales(scales: Float32Array): DoubleQuantized {
  let sum = 0;
  for (let place = 0; place < scales.length; place++) sum += scales[place]!;
  const offset = Math.fround(sum / Math.max(1, scales.length));
  const codes = new Uint8Array(scales.length);
  const absmax = new Float32Array(Math.ceil(scales.length / scaleBlock));
  for (let block = 0; block < absmax.length; block++) {
    const centred = scales.slice(block * scaleBlock, (block + 1) * scaleBlock).map((scale) => scale - offset);
    const largest = centred.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
    absmax[block] = largest;
    centred.forEach((number, place) => {
      codes[block * scaleBlock + place] = nearest(
        largest === 0 ? 0 : Math.fround(number * Math.fround(1 / largest)),
      );
    });
  }
  return { codes, absmax, offset };
}

export function dequantizeScales({ codes, absmax, offset }: DoubleQuantized): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(codes.length);
  for (let place = 0; place < codes.length; place++) {
    const number = Math.fround(dynamicTable[codes[place]!]! * absmax[Math.floor(place / scaleBlock)]!);
    scales[place] = number + offset;
  }
  return scales;
}
