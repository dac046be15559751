/** @file Metadata and tensors, one after the other → a GGUF file (version 3) that is either complete or not there. */
import type { FileHandle } from "node:fs/promises";
import { quantise, type WrittenType } from "./gguf/quantise.ts";
import type { GgufField, GgufMetadata, Scalar, ScalarType } from "./gguf/types.ts";
import { defaultAlignment, scalarTypes, tensorTypes } from "./gguf/types.ts";
import { writeAll, writeWhole } from "./open-file.ts";

export type { WrittenType } from "./gguf/quantise.ts";

export interface GgufTensorSource {
  readonly name: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  readonly type: WrittenType;
  /** Its numbers in order, whole rows at a time; asked for when it is its turn. */
  chunks(): AsyncIterable<Float32Array<ArrayBuffer>>;
}

/** Writes the file; at most one chunk of one tensor is held. `onTensor` is told each tensor's bytes once it is written. */
export async function writeGguf(
  path: string,
  metadata: GgufMetadata,
  tensors: readonly GgufTensorSource[],
  onTensor: (name: string, bytes: number) => void = () => {},
): Promise<void> {
  await writeWhole(path, async (handle) => {
    await writeAll(handle, padded(renderHeader(metadata, tensors)));
    for (const tensor of tensors) {
      await writeTensor(handle, tensor);
      onTensor(tensor.name, bytesOf(tensor));
    }
  });
}

async function writeTensor(handle: FileHandle, tensor: GgufTensorSource): Promise<void> {
  let written = 0;
  for await (const numbers of tensor.chunks()) {
    const bytes = quantise(tensor.type, numbers);
    await writeAll(handle, bytes);
    written += bytes.length;
  }
  const expected = bytesOf(tensor);
  if (written !== expected)
    throw new Error(`internal: ${tensor.name} has ${written} bytes instead of ${expected}`);
  await writeAll(handle, new Uint8Array(paddedLength(written) - written));
}

function bytesOf({ name, shape, type }: GgufTensorSource): number {
  const { size, bytes } = tensorTypes[type];
  const numbers = shape.reduce((product, length) => product * length, 1);
  if ((shape.at(-1) ?? 1) % size !== 0)
    throw new Error(`internal: rows of ${name} are no multiple of ${size} numbers (${type})`);
  return (numbers / size) * bytes;
}

const paddedLength = (length: number): number => Math.ceil(length / defaultAlignment) * defaultAlignment;

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(paddedLength(bytes.length));
  whole.set(bytes);
  return whole;
}

function renderHeader(metadata: GgufMetadata, tensors: readonly GgufTensorSource[]): Uint8Array {
  const bytes = new ByteList();
  bytes.raw(new TextEncoder().encode("GGUF"));
  bytes.scalar("uint32", 3);
  bytes.scalar("uint64", BigInt(tensors.length));
  bytes.scalar("uint64", BigInt(metadata.size));
  for (const [key, field] of metadata) {
    bytes.scalar("string", key);
    writeField(bytes, field);
  }
  let offset = 0;
  for (const tensor of tensors) {
    bytes.scalar("string", tensor.name);
    bytes.scalar("uint32", tensor.shape.length);
    for (const length of tensor.shape.toReversed()) bytes.scalar("uint64", BigInt(length));
    bytes.scalar("uint32", tensorTypes[tensor.type].code);
    bytes.scalar("uint64", BigInt(offset));
    offset += paddedLength(bytesOf(tensor));
  }
  return bytes.joined();
}

function writeField(bytes: ByteList, field: GgufField): void {
  bytes.scalar("uint32", scalarTypes.indexOf(field.type));
  if (field.type !== "array") {
    bytes.scalar(field.type, field.value);
    return;
  }
  bytes.scalar("uint32", scalarTypes.indexOf(field.of));
  bytes.scalar("uint64", BigInt(field.value.length));
  for (const value of field.value) bytes.scalar(field.of, value);
}

/** Grows by doubling; a vocabulary has hundreds of thousands of small values. */
class ByteList {
  #bytes = new Uint8Array(65_536);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  #reserve(length: number): number {
    const start = this.#end;
    this.#end += length;
    if (this.#end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }

  raw(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  scalar(type: ScalarType, value: Scalar): void {
    if (type === "string") {
      const text = new TextEncoder().encode(String(value));
      this.scalar("uint64", BigInt(text.length));
      this.raw(text);
      return;
    }
    const [bytes, write] = writers[type];
    const start = this.#reserve(bytes);
    write(this.#view, start, value);
  }

  joined(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }
}

/** Bytes of each type, and how they are written. */
const writers: Readonly<
  Record<
    Exclude<ScalarType, "string">,
    readonly [number, (view: DataView, at: number, value: Scalar) => void]
  >
> = {
  uint8: [1, (view, at, value) => view.setUint8(at, Number(value))],
  int8: [1, (view, at, value) => view.setInt8(at, Number(value))],
  bool: [1, (view, at, value) => view.setUint8(at, value === true ? 1 : 0)],
  uint16: [2, (view, at, value) => view.setUint16(at, Number(value), true)],
  int16: [2, (view, at, value) => view.setInt16(at, Number(value), true)],
  uint32: [4, (view, at, value) => view.setUint32(at, Number(value), true)],
  int32: [4, (view, at, value) => view.setInt32(at, Number(value), true)],
  float32: [4, (view, at, value) => view.setFloat32(at, Number(value), true)],
  float64: [8, (view, at, value) => view.setFloat64(at, Number(value), true)],
  uint64: [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
  int64: [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
};
