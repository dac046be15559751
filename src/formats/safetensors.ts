/**
 * @file A .safetensors file ↔ named tensors and text metadata (8-byte header length, JSON header, data).
 * Format: https://github.com/huggingface/safetensors. Little-endian machines only, like every platform of ours.
 */
import type { FileHandle } from "node:fs/promises";
import { NeriumError } from "../errors.ts";
import { fill, openToRead } from "./open-file.ts";
import { bfloat16ToFloat32, halfToFloat32 } from "./half.ts";
import type { DType, HeaderEntry } from "./safetensors-header.ts";
import { maxHeaderBytes, metadataKey, parseHeader } from "./safetensors-header.ts";
import { floatBytes, type FloatDType, streamSafetensors, type StreamedTensor } from "./safetensors-write.ts";

/** The array that holds the elements of each dtype. F16, BF16 and the 8-bit floats are kept as bit patterns. */
export const arrayTypes = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<DType, unknown>;

export type { DType };
export type TensorArray = InstanceType<(typeof arrayTypes)[DType]>;

/** One named array; `shape` is outermost first, `[]` a single number. */
export type Tensor = {
  [D in DType]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: InstanceType<(typeof arrayTypes)[D]>;
  };
}[DType];

/** What `writeSafetensors` takes: without `dtype` the array's own; Float32Array may be stored as F16 or BF16. */
export interface TensorSource {
  readonly shape: readonly number[];
  readonly data: TensorArray;
  readonly dtype?: DType;
}

export interface Safetensors {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Record<string, string>;
}

/** The elements as Float32Array: F32 as they are (not copied), F16 and BF16 exactly, F64 rounded. */
export function toFloat32(tensor: Tensor): Float32Array {
  switch (tensor.dtype) {
    case "F32":
      return tensor.data;
    case "F16":
      return halfToFloat32(tensor.data);
    case "BF16":
      return bfloat16ToFloat32(tensor.data);
    case "F64":
      return Float32Array.from(tensor.data);
    default:
      throw new NeriumError(
        "MODEL_FORMAT",
        `expected a tensor of F32, F16, BF16 or F64, got ${tensor.dtype}`,
      );
  }
}

/** Reads a whole file. Anything malformed is a NeriumError("MODEL_FORMAT") that names the file. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const handle = await openToRead(path, "a .safetensors file");
  try {
    const fileBytes = (await handle.stat()).size;
    const { entries, metadata, dataStart } = await readHeader(handle, path, fileBytes);
    const tensors = new Map<string, Tensor>();
    for (const entry of entries) tensors.set(entry.name, await readTensor(handle, path, entry, dataStart));
    return { tensors, metadata };
  } finally {
    await handle.close();
  }
}

/** The checked header of an open file, and where its data begins. */
export async function readHeader(handle: FileHandle, path: string, fileBytes: number) {
  if (fileBytes < 8) {
    throw new NeriumError("MODEL_FORMAT", `expected at least 8 bytes, got ${fileBytes}`, { file: path });
  }
  const prefix = new Uint8Array(8);
  await fill(handle, prefix, 0, path);
  const stated = new DataView(prefix.buffer).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, fileBytes - 8);
  if (stated > BigInt(limit)) {
    const problem = `expected a header of at most ${limit} bytes, got a stated length of ${stated}; is it a complete safetensors file?`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: path });
  }
  const header = new Uint8Array(Number(stated));
  await fill(handle, header, 8, path);
  const dataStart = 8 + header.length;
  return { ...parseHeader(header, fileBytes - dataStart, path), dataStart };
}

/** One tensor of an open file, as its checked header places it. */
export async function readTensor(
  handle: FileHandle,
  path: string,
  entry: HeaderEntry,
  dataStart: number,
): Promise<Tensor> {
  const bytes = allocate(entry, path);
  await fill(handle, bytes, dataStart + entry.start, path);
  // The entry's dtype decides the array's class, which no type can follow through the table.
  return {
    dtype: entry.dtype,
    shape: entry.shape,
    data: new arrayTypes[entry.dtype](bytes.buffer),
  } as Tensor;
}

function allocate(entry: HeaderEntry, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(entry.end - entry.start);
  } catch (cause) {
    const problem = `tensor "${entry.name}": its ${entry.end - entry.start} bytes do not fit into memory`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
  }
}

/** Tensors in memory → a file that is either complete or not there. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const planned = [...tensors].map(([name, source]) => plan(name, source));
  const streamed = planned.map(({ name, source, dtype }): StreamedTensor => ({
    name,
    shape: source.shape,
    dtype,
    // One tensor at a time, so that a converted copy of only one is alive.
    bytes: async function* () {
      yield storedBytes(source, dtype);
    },
  }));
  await streamSafetensors(path, streamed, metadata);
}

interface PlannedTensor {
  readonly name: string;
  readonly source: TensorSource;
  readonly dtype: DType;
}

function plan(name: string, source: TensorSource): PlannedTensor {
  const dtype = source.dtype ?? ownDType(source.data);
  const rounded = source.data instanceof Float32Array && (dtype === "F16" || dtype === "BF16");
  const elements = source.shape.reduce((product, size) => product * size, 1);
  if (name === metadataKey) throw new Error(`internal: no tensor can be named ${metadataKey}`);
  if (!rounded && !(source.data instanceof arrayTypes[dtype])) {
    throw new Error(
      `internal: tensor "${name}": ${source.data.constructor.name} cannot be stored as ${dtype}`,
    );
  }
  if (elements !== source.data.length) {
    const problem = `shape [${source.shape.join(", ")}] does not hold ${source.data.length} elements`;
    throw new Error(`internal: tensor "${name}": ${problem}`);
  }
  return { name, source, dtype };
}

function ownDType(data: TensorArray): DType {
  if (data instanceof Uint16Array) return "U16"; // not F16 or BF16, which share its class
  if (data instanceof Uint8Array) return "U8";
  const found = Object.entries(arrayTypes).find(([, type]) => data instanceof type);
  return found![0] as DType;
}

function storedBytes({ data }: TensorSource, dtype: DType): Uint8Array {
  if (data instanceof Float32Array) return floatBytes(data, dtype as FloatDType);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
