/** @file The first bytes of a GGUF file → numbers and texts one after the other, with every length checked. */
import type { Scalar, ScalarType } from "./types.ts";
import { limits } from "./types.ts";

/** More bytes of the file are needed; thrown to whoever can read them. */
export class ShortRead extends Error {}

/** What is wrong with a value; the caller knows the file's name. */
export class Malformed extends Error {}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads little-endian values. `fileBytes` bounds what a length may claim before the bytes are there. */
export class Cursor {
  at = 0;
  #elements: number = limits.arrayElements;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly fileBytes: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(length: number): number {
    const start = this.at;
    if (start + length > this.fileBytes)
      throw new Malformed(`the file ends at byte ${this.fileBytes}, within its header`);
    if (start + length > this.bytes.length) throw new ShortRead();
    this.at += length;
    return start;
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A count or size: at most `maximum`. */
  count(what: string, maximum: number): number {
    const value = this.uint64();
    if (value > BigInt(maximum)) throw new Malformed(`${what}: expected at most ${maximum}, got ${value}`);
    return Number(value);
  }

  /** The length of an array; all arrays together have a limit. */
  arrayLength(what: string): number {
    const length = this.count(`length of ${what}`, this.#elements);
    this.#elements -= length;
    return length;
  }

  text(what: string, maximum: number): string {
    const length = this.count(`bytes of ${what}`, maximum);
    const start = this.#take(length);
    return utf8.decode(this.bytes.subarray(start, start + length));
  }

  scalar(type: ScalarType, what: string): Scalar {
    if (type === "string") return this.text(what, limits.stringBytes);
    const [bytes, read] = readers[type];
    return read(this.#view, this.#take(bytes));
  }
}

/** Bytes of each type, and how they are read. */
const readers: Readonly<
  Record<Exclude<ScalarType, "string">, readonly [number, (view: DataView, at: number) => Scalar]>
> = {
  uint8: [1, (view, at) => view.getUint8(at)],
  int8: [1, (view, at) => view.getInt8(at)],
  bool: [1, (view, at) => view.getUint8(at) !== 0],
  uint16: [2, (view, at) => view.getUint16(at, true)],
  int16: [2, (view, at) => view.getInt16(at, true)],
  uint32: [4, (view, at) => view.getUint32(at, true)],
  int32: [4, (view, at) => view.getInt32(at, true)],
  float32: [4, (view, at) => view.getFloat32(at, true)],
  float64: [8, (view, at) => view.getFloat64(at, true)],
  uint64: [8, (view, at) => view.getBigUint64(at, true)],
  int64: [8, (view, at) => view.getBigInt64(at, true)],
};
