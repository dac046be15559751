/**
 * @file Bytes that should be a struct in Thrift's compact protocol → where it ends, or an error. hyparquet's own reader
 * makes room for as many items as a list says it has, and nests as deep as the bytes do: this one looks first.
 * Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Parquet's own structs nest 6 deep. */
const maxDepth = 24;
const types = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
} as const;

/** The offset right behind the struct that begins at `offset`. Throws a plain error. */
export function checkThrift(view: DataView, offset: number, depth = 0): number {
  if (depth > maxDepth) throw new Error("metadata nested too deep");
  let at = offset;
  while (true) {
    const head = view.getUint8(at++);
    const type = head & 0x0f;
    if (type === types.stop) return at;
    if (head >> 4 === 0) at = varint(view, at).end;
    if (type > types.false) at = checkValue(view, at, type, depth);
  }
}

function checkValue(view: DataView, at: number, type: number, depth: number): number {
  if (type <= types.byte) return at + 1;
  if (type <= types.i64) return varint(view, at).end;
  if (type === types.double) return at + 8;
  if (type === types.struct) return checkThrift(view, at, depth + 1);
  if (type === types.list) return checkList(view, at, depth);
  if (type !== types.binary) throw new Error(`metadata of the unknown type ${type}`);
  const { value: length, end } = varint(view, at);
  if (length > view.byteLength - end) throw new Error(`a text of ${length} bytes in the metadata`);
  return end + length;
}

/** Each item has one byte at least. */
function checkList(view: DataView, offset: number, depth: number): number {
  const head = view.getUint8(offset);
  const long = head >> 4 === 15 ? varint(view, offset + 1) : undefined;
  const size = long?.value ?? head >> 4;
  let at = long?.end ?? offset + 1;
  if (size > view.byteLength - at) throw new Error(`a list of ${size} items in the metadata`);
  for (let item = 0; item < size; item++) at = checkValue(view, at, head & 0x0f, depth);
  return at;
}

/** As a number: what is too large for one is too large for everything that is checked here. */
function varint(view: DataView, offset: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = view.getUint8(offset + index);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: offset + index + 1 };
  }
  throw new Error("a number of more than 10 bytes in the metadata");
}
