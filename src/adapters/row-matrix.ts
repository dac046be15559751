/** @file A large matrix of which a step needs a few rows at a time → those rows in single precision. */
import { bfloat16ToFloat32, float32ToBfloat16 } from "../formats/half.ts";
import type { WeightReader } from "./frozen-weights.ts";

export interface RowMatrix {
  readonly rows: number;
  readonly width: number;
  readonly bytes: number;
  /** Rows [from, to) as [to − from, width]. */
  slice(from: number, to: number): Float32Array<ArrayBuffer>;
  /** Rows in the order of `ids`, [ids, width]. */
  pick(ids: ArrayLike<number>): Float32Array<ArrayBuffer>;
}

/** Rows of an array that training may change: reads always see its present numbers. */
export function rowsOf(data: Float32Array<ArrayBuffer>, width: number): RowMatrix {
  return {
    rows: data.length / width,
    width,
    bytes: data.byteLength,
    slice: (from, to) => data.subarray(from * width, to * width),
    pick(ids) {
      const picked = new Float32Array(ids.length * width);
      for (let place = 0; place < ids.length; place++)
        picked.set(data.subarray(ids[place]! * width, (ids[place]! + 1) * width), place * width);
      return picked;
    },
  };
}

function halfRows(data: Uint16Array<ArrayBuffer>, width: number): RowMatrix {
  const slice = (from: number, to: number): Float32Array<ArrayBuffer> =>
    bfloat16ToFloat32(data.subarray(from * width, to * width)) as Float32Array<ArrayBuffer>;
  return {
    rows: data.length / width,
    width,
    bytes: data.byteLength,
    slice,
    pick(ids) {
      const picked = new Float32Array(ids.length * width);
      for (let place = 0; place < ids.length; place++)
        picked.set(slice(ids[place]!, ids[place]! + 1), place * width);
      return picked;
    },
  };
}

/** Numbers read at once while a matrix is made smaller, 64 MB. */
const chunkNumbers = 16 * 2 ** 20;

/** Reads a matrix whole; `half` keeps it as bfloat16, which most published models are stored in, so nothing is lost. */
export async function openRows(
  source: WeightReader,
  name: string,
  { rows, width, half }: { readonly rows: number; readonly width: number; readonly half: boolean },
): Promise<RowMatrix> {
  if (!half) return rowsOf(await source.read(name), width);
  const data = new Uint16Array(rows * width);
  const step = Math.max(1, Math.floor(chunkNumbers / width));
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    data.set(float32ToBfloat16(await source.read(name, { from, to })), from * width);
  }
  return halfRows(data, width);
}
