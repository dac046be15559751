/** @file A frozen matrix in single precision → the arrays that are kept of it, and what is made of them: a graph's inputs, or numbers. */
import { dequantizeNf4, nf4Block, type Nf4Tensor, quantizeNf4 } from "../formats/nf4.ts";
import { dequantizeScales, quantizeScales, scaleBlock } from "../formats/nf4-scales.ts";
import { floats, type Tensor } from "../runtime/types.ts";
import type { MatrixStorage } from "./block-inputs.ts";

type Floats = Float32Array<ArrayBuffer>;
type Bytes = Uint8Array<ArrayBuffer>;
type MatrixShape = readonly [out: number, inner: number];

export interface StorageSettings {
  readonly storage: MatrixStorage;
  /** nf4: the scales of the blocks are quantised again, 0.37 bits a number less. */
  readonly doubleQuantize: boolean;
}

/** The arrays of one matrix by name; `partShapes` says which there are. */
export type StoredParts = Readonly<Record<string, Floats | Bytes | Int8Array<ArrayBuffer>>>;

export interface PartShape {
  readonly dtype: "F32" | "I8" | "U8";
  readonly shape: readonly number[];
}

/** A matrix as it is kept. */
export interface StoredMatrix {
  readonly bytes: number;
  readonly parts: StoredParts;
  /** The graph's inputs, named by `storedParts` of adapters/block-inputs. */
  readonly expand: () => Readonly<Record<string, Tensor>>;
  /** A copy in single precision, [out · in]. */
  readonly numbers: () => Floats;
}

interface Form<P extends StoredParts> {
  shapes(shape: MatrixShape): { readonly [name in keyof P]: PartShape };
  parts(data: Floats, shape: MatrixShape): P;
  expand(parts: P, shape: MatrixShape): Readonly<Record<string, Tensor>>;
  numbers(parts: P, shape: MatrixShape): Floats;
}

const float32: Form<{ readonly weight: Floats }> = {
  shapes: (shape) => ({ weight: { dtype: "F32", shape } }),
  parts: (weight) => ({ weight }),
  expand: ({ weight }, shape) => ({ weight: floats(weight, shape) }),
  numbers: ({ weight }) => weight.slice(),
};

type Int8Parts = { readonly int8: Int8Array<ArrayBuffer>; readonly scale: Floats };

const int8: Form<Int8Parts> = {
  shapes: (shape) => ({ int8: { dtype: "I8", shape }, scale: { dtype: "F32", shape: [shape[0]] } }),
  parts: quantizeRows,
  expand: ({ int8: data, scale }, shape) => ({
    int8: { type: "int8", shape, data },
    scale: floats(scale, [shape[0]]),
  }),
  numbers: ({ int8: data, scale }, [, inner]) =>
    Float32Array.from(data, (number, place) => number * scale[Math.floor(place / inner)]!),
};

/** Rounded to 8 bits with one scale a row: symmetric, so that 0 stays 0. */
function quantizeRows(data: Floats, [out, inner]: MatrixShape): Int8Parts {
  const whole = new Int8Array(data.length);
  const scale = new Float32Array(out);
  for (let row = 0; row < out; row++) {
    const numbers = data.subarray(row * inner, (row + 1) * inner);
    let largest = 0;
    for (let place = 0; place < inner; place++) largest = Math.max(largest, Math.abs(numbers[place]!));
    scale[row] = largest / 127;
    for (let place = 0; place < inner; place++)
      whole[row * inner + place] = largest === 0 ? 0 : Math.round((numbers[place]! / largest) * 127);
  }
  return { int8: whole, scale };
}

const nf4: Form<{ readonly codes: Bytes; readonly absmax: Floats }> = {
  shapes: ([out, inner]) => ({
    codes: { dtype: "U8", shape: [(out * inner) / 2] },
    absmax: { dtype: "F32", shape: [(out * inner) / nf4Block] },
  }),
  parts: (data) => ({ ...quantizeNf4(data) }),
  expand: nf4Inputs,
  numbers: dequantizeNf4,
};

function nf4Inputs({ codes, absmax }: Nf4Tensor): Readonly<Record<string, Tensor>> {
  return {
    codes: { type: "uint8", shape: [codes.length], data: codes },
    absmax: floats(absmax, [absmax.length]),
  };
}

type DoubleParts = {
  readonly codes: Bytes;
  readonly scale_codes: Bytes;
  readonly scale_absmax: Floats;
  readonly scale_offset: Floats;
};

const doubleNf4: Form<DoubleParts> = {
  shapes([out, inner]) {
    const scales = (out * inner) / nf4Block;
    return {
      codes: { dtype: "U8", shape: [(out * inner) / 2] },
      scale_codes: { dtype: "U8", shape: [scales] },
      scale_absmax: { dtype: "F32", shape: [Math.ceil(scales / scaleBlock)] },
      scale_offset: { dtype: "F32", shape: [1] },
    };
  },
  parts(data) {
    const { codes, absmax } = quantizeNf4(data);
    const scales = quantizeScales(absmax);
    return {
      codes,
      scale_codes: scales.codes,
      scale_absmax: scales.absmax,
      scale_offset: Float32Array.of(scales.offset),
    };
  },
  expand: (parts) => nf4Inputs(singleNf4(parts)),
  numbers: (parts) => dequantizeNf4(singleNf4(parts)),
};

function singleNf4({ codes, scale_codes, scale_absmax, scale_offset }: DoubleParts): Nf4Tensor {
  const scales = { codes: scale_codes, absmax: scale_absmax, offset: scale_offset[0]! };
  return { codes, absmax: dequantizeScales(scales) };
}

function formOf({ storage, doubleQuantize }: StorageSettings): Form<StoredParts> {
  if (storage === "float32") return float32;
  if (storage === "int8") return int8;
  return doubleQuantize ? doubleNf4 : nf4;
}

/** Which arrays are kept of a matrix [out, in]. */
export function partShapes(
  shape: MatrixShape,
  settings: StorageSettings,
): Readonly<Record<string, PartShape>> {
  return formOf(settings).shapes(shape);
}

/** `data` may be kept itself: whoever calls gives it away. */
export function storeMatrix(data: Floats, shape: MatrixShape, settings: StorageSettings): StoredMatrix {
  return storedMatrix(formOf(settings).parts(data, shape), shape, settings);
}

/** The matrix of arrays that `storeMatrix` once made with the same settings. */
export function storedMatrix(
  parts: StoredParts,
  shape: MatrixShape,
  settings: StorageSettings,
): StoredMatrix {
  const form = formOf(settings);
  return {
    bytes: Object.values(parts).reduce((sum, { byteLength }) => sum + byteLength, 0),
    parts,
    expand: () => form.expand(parts, shape),
    numbers: () => form.numbers(parts, shape),
  };
}
