/** @file Tensors, one after the other → a .safetensors file that is either complete or not there. */
import { float32ToBfloat16, float32ToHalf } from "./half.ts";
import { writeAll, writeWhole } from "./open-file.ts";
import { type DType, elementBytes, metadataKey } from "./safetensors-header.ts";

export type FloatDType = "F32" | "F16" | "BF16";

export interface StreamedTensor {
  readonly name: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Its bytes in order; asked for when it is its turn. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * The file is there whole or not at all. Tensors are laid out by element size, largest first, so that readers may map them in
 * place.
 */
export async function streamSafetensors(
  path: string,
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = tensors.toSorted((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  await writeWhole(path, async (handle) => {
    await writeAll(handle, renderHeader(ordered, metadata));
    for (const { name, shape, dtype, bytes } of ordered) {
      let written = 0;
      for await (const part of bytes()) {
        await writeAll(handle, part);
        written += part.length;
      }
      const expected = countOf(shape) * elementBytes[dtype];
      if (written !== expected)
        throw new Error(`internal: ${name} has ${written} bytes instead of ${expected}`);
    }
  });
}

function renderHeader(
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, shape, dtype }): [string, object] => {
    const start = end;
    end += countOf(shape) * elementBytes[dtype];
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  if (Object.keys(metadata).length > 0) entries.unshift([metadataKey, metadata]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8; // padded with spaces, so that the data is aligned
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** Single-precision numbers as a file's bytes, rounded to nearest even where the type is shorter. */
export function floatBytes(numbers: Float32Array, dtype: FloatDType): Uint8Array {
  const stored =
    dtype === "F32" ? numbers : dtype === "F16" ? float32ToHalf(numbers) : float32ToBfloat16(numbers);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
