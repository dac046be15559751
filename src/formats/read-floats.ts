/** @file A place in an open file of floats → single precision, converted piece by piece. */
import type { FileHandle } from "node:fs/promises";
import { bfloat16ToFloat32, halfToFloat32 } from "./half.ts";
import { fill } from "./open-file.ts";

/** The float types whose numbers stand one by one in a file, and their bytes. */
export const floatBytes = { F32: 4, F16: 2, BF16: 2 } as const;
export type FloatType = keyof typeof floatBytes;

export function isFloatType(dtype: string): dtype is FloatType {
  return Object.hasOwn(floatBytes, dtype);
}

/** Numbers converted at once: large enough for a disk, small beside any tensor that matters. */
const chunkNumbers = 2 ** 20;

/** Fills `target` from the file; beside it at most one chunk is held. */
export async function readFloats(
  handle: FileHandle,
  dtype: FloatType,
  position: number,
  target: Float32Array<ArrayBuffer>,
  path: string,
): Promise<void> {
  if (dtype === "F32") {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    return await fill(handle, bytes, position, path);
  }
  const convert = dtype === "F16" ? halfToFloat32 : bfloat16ToFloat32;
  const chunk = new Uint16Array(Math.min(chunkNumbers, target.length));
  for (let done = 0; done < target.length; done += chunk.length) {
    const part = chunk.subarray(0, target.length - done);
    await fill(handle, new Uint8Array(part.buffer, 0, part.byteLength), position + 2 * done, path);
    convert(part, target.subarray(done, done + part.length));
  }
}
