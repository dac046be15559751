/** @file The head of a GGUF file → its metadata and where its tensors lie, everything checked. */
import type { FileHandle } from "node:fs/promises";
import { NeriumError } from "../../errors.ts";
import { fill } from "../open-file.ts";
import { Cursor, Malformed, ShortRead } from "./cursor.ts";
import type { BlockLayout, GgufField, GgufMetadata, TensorType } from "./types.ts";
import { defaultAlignment, limits, scalarTypes, tensorTypes } from "./types.ts";

export interface GgufTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Outermost first, the other way round than in the file. */
  readonly shape: readonly number[];
  /** Of its first byte in the file. */
  readonly position: number;
}

export interface GgufHeader {
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const magic = 0x46554747; // "GGUF"
/** Enough for most files at once; doubled until all of the header is there. */
const firstRead = 2 ** 20;

/** Reads the head of an open file; a malformed one is MODEL_FORMAT. */
export async function readGgufHeader(handle: FileHandle, path: string): Promise<GgufHeader> {
  const fileBytes = (await handle.stat()).size;
  for (let size = firstRead; ; size *= 2) {
    const bytes = new Uint8Array(Math.min(size, fileBytes, limits.headerBytes));
    await fill(handle, bytes, 0, path);
    try {
      return parseHeader(new Cursor(bytes, fileBytes));
    } catch (error) {
      if (error instanceof ShortRead && size < limits.headerBytes) continue;
      if (error instanceof ShortRead) {
        const problem = `expected metadata of at most ${limits.headerBytes} bytes, got more`;
        throw new NeriumError("MODEL_FORMAT", problem, { file: path });
      }
      if (!(error instanceof Malformed)) throw error;
      throw new NeriumError("MODEL_FORMAT", error.message, { file: path, cause: error });
    }
  }
}

function parseHeader(cursor: Cursor): GgufHeader {
  checkStart(cursor);
  const tensorCount = cursor.count("number of tensors", limits.tensors);
  const entryCount = cursor.count("number of metadata entries", limits.metadataEntries);
  const metadata = new Map<string, GgufField>();
  for (let index = 0; index < entryCount; index++) {
    const key = cursor.text("a key", limits.nameBytes);
    if (metadata.has(key)) throw new Malformed(`metadata: ${JSON.stringify(key)} stands there twice`);
    metadata.set(key, readField(cursor, key));
  }
  const placed = Array.from({ length: tensorCount }, () => readTensor(cursor));
  return { metadata, tensors: placeTensors(placed, alignmentOf(metadata), cursor) };
}

function checkStart(cursor: Cursor): void {
  if (cursor.fileBytes < 8 || cursor.uint32() !== magic)
    throw new Malformed("expected a GGUF file, got another: it does not begin with GGUF");
  const version = cursor.uint32();
  if (version === 2 || version === 3) return;
  if (version >= 2 ** 24) throw new Malformed("expected a little-endian GGUF file, got a big-endian one");
  throw new Malformed(`expected GGUF version 2 or 3, got ${version}; convert the model again`);
}

function readField(cursor: Cursor, key: string): GgufField {
  const type = readType(cursor, key);
  if (type !== "array") return { type, value: cursor.scalar(type, key) };
  const of = readType(cursor, key);
  if (of === "array") throw new Malformed(`metadata ${key}: expected no arrays in arrays`);
  const length = cursor.arrayLength(key);
  // Not allocated ahead: the values must really stand in the file.
  const value = [];
  for (let index = 0; index < length; index++) value.push(cursor.scalar(of, key));
  return { type: "array", of, value };
}

function readType(cursor: Cursor, key: string) {
  const code = cursor.uint32();
  const type = scalarTypes[code];
  if (type === undefined)
    throw new Malformed(`metadata ${key}: expected a type from 0 to ${scalarTypes.length - 1}, got ${code}`);
  return type;
}

interface UnplacedTensor extends Omit<GgufTensor, "position"> {
  readonly offset: number;
  readonly bytes: number;
}

function readTensor(cursor: Cursor): UnplacedTensor {
  const name = cursor.text("a tensor's name", limits.nameBytes);
  const wrong = (problem: string): Malformed => new Malformed(`tensor ${JSON.stringify(name)}: ${problem}`);
  const dimensions = cursor.uint32();
  if (dimensions < 1 || dimensions > limits.dimensions)
    throw wrong(`expected 1 to ${limits.dimensions} dimensions, got ${dimensions}`);
  const sizes = Array.from({ length: dimensions }, () => cursor.uint64());
  const type = tensorTypeOf(cursor.uint32(), wrong);
  const layout: BlockLayout = tensorTypes[type];
  const elements = sizes.reduce((product, size) => product * size, 1n);
  if (elements > BigInt(Number.MAX_SAFE_INTEGER) || sizes.some((size) => size < 1n))
    throw wrong(`expected a shape of sizes that fit into the file, got [${sizes.toReversed().join(", ")}]`);
  if (sizes[0]! % BigInt(layout.size) !== 0n)
    throw wrong(`expected rows of a multiple of ${layout.size} numbers (${type}), got ${sizes[0]}`);
  const offset = cursor.count(`offset of tensor ${JSON.stringify(name)}`, cursor.fileBytes);
  const bytes = (Number(elements) / layout.size) * layout.bytes;
  return { name, type, shape: sizes.map(Number).toReversed(), offset, bytes };
}

function tensorTypeOf(code: number, wrong: (problem: string) => Malformed): TensorType {
  for (const [name, layout] of Object.entries(tensorTypes)) {
    if (layout.code === code) return name as TensorType;
  }
  const known = Object.keys(tensorTypes).join(", ");
  throw wrong(`expected a type of ${known}, got ggml's type ${code}; take another quantisation of the model`);
}

function alignmentOf(metadata: GgufMetadata): number {
  const value = Number(metadata.get("general.alignment")?.value ?? defaultAlignment);
  const log = Math.log2(value);
  if (Number.isInteger(log) && log >= 0 && value <= limits.alignment) return value;
  throw new Malformed(`general.alignment: expected a power of 2 up to ${limits.alignment}, got ${value}`);
}

/** Every tensor lies aligned, within the file, and on no other. */
function placeTensors(
  unplaced: readonly UnplacedTensor[],
  alignment: number,
  cursor: Cursor,
): Map<string, GgufTensor> {
  const dataStart = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, type, shape, offset, bytes } of unplaced) {
    if (tensors.has(name)) throw new Malformed(`tensor ${JSON.stringify(name)} stands there twice`);
    if (offset % alignment !== 0)
      throw new Malformed(`tensor ${JSON.stringify(name)}: offset ${offset} is no multiple of ${alignment}`);
    const end = dataStart + offset + bytes;
    if (end > cursor.fileBytes) {
      const problem = `expected ${end} bytes of file, got ${cursor.fileBytes}; was it cut off? Fetch it again`;
      throw new Malformed(`tensor ${JSON.stringify(name)}: ${problem}`);
    }
    tensors.set(name, { name, type, shape, position: dataStart + offset });
  }
  let free = 0;
  for (const { name, offset, bytes } of unplaced.toSorted((a, b) => a.offset - b.offset)) {
    if (offset < free) throw new Malformed(`tensor ${JSON.stringify(name)} overlaps another`);
    free = offset + bytes;
  }
  return tensors;
}
