/** @file Rows of nested lists and structs → the bytes of a Parquet file: plain encoding, no compression, for tests. */

/** A column's type: text, whole numbers, a list of items, a struct of named fields. */
export type ParquetType =
  | "text"
  | "int"
  | { readonly list: ParquetType }
  | { readonly struct: Readonly<Record<string, ParquetType>> };

interface Leaf {
  readonly path: readonly string[];
  readonly type: "text" | "int";
  readonly levels: number;
  readonly values: (string | number)[];
  readonly repetition: number[];
  readonly definition: number[];
}

type Field = readonly [id: number, type: number, value: Buffer];

const [i32, i64, binary, list, struct] = [5, 6, 8, 9, 12];

/** Each batch of rows is a row group. */
export function parquetFile(
  columns: Readonly<Record<string, ParquetType>>,
  batches: readonly (readonly Readonly<Record<string, unknown>>[])[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let length = 4;
  const groups = batches.map((rows) => {
    const leaves = Object.entries(columns).flatMap(([name, type]) =>
      leavesOf(
        [name],
        type,
        0,
        0,
        rows.map((row) => row[name]),
      ),
    );
    const chunks = leaves.map((leaf) => {
      const page = pageOf(leaf);
      const offset = length;
      parts.push(page);
      length += page.length;
      return chunkOf(leaf, offset, page.length);
    });
    return structOf(
      [1, list, listOf(struct, chunks)],
      [2, i64, zigzag(length)],
      [3, i64, zigzag(rows.length)],
    );
  });
  const elements = [element("schema", { children: Object.keys(columns).length })];
  for (const [name, type] of Object.entries(columns)) elements.push(...elementsOf(name, type));
  const pairs = Object.entries(metadata).map(([key, value]) =>
    structOf([1, binary, text(key)], [2, binary, text(value)]),
  );
  const footer = structOf(
    [1, i32, zigzag(1)],
    [2, list, listOf(struct, elements)],
    [3, i64, zigzag(batches.flat().length)],
    [4, list, listOf(struct, groups)],
    [5, list, listOf(struct, pairs)],
  );
  const size = Buffer.alloc(4);
  size.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, size, Buffer.from("PAR1")]);
}

/** Required fields but for lists, which are `optional group (LIST) { repeated group list { required element } }`. */
function elementsOf(name: string, type: ParquetType): Buffer[] {
  if (typeof type === "string") return [element(name, { type })];
  if ("list" in type) {
    return [
      element(name, { children: 1, optional: true, list: true }),
      element("list", { children: 1, repeated: true }),
      ...elementsOf("element", type.list),
    ];
  }
  const fields = Object.entries(type.struct);
  return [
    element(name, { children: fields.length }),
    ...fields.flatMap(([field, inner]) => elementsOf(field, inner)),
  ];
}

interface ElementOptions {
  readonly type?: "text" | "int";
  readonly children?: number;
  readonly optional?: boolean;
  readonly repeated?: boolean;
  readonly list?: boolean;
}

function element(name: string, { type, children, optional, repeated, list: isList }: ElementOptions): Buffer {
  const fields: Field[] = [];
  if (type !== undefined) fields.push([1, i32, zigzag(type === "text" ? 6 : 2)]);
  fields.push([3, i32, zigzag(repeated === true ? 2 : optional === true ? 1 : 0)], [4, binary, text(name)]);
  if (children !== undefined) fields.push([5, i32, zigzag(children)]);
  if (type === "text" || isList === true) fields.push([6, i32, zigzag(isList === true ? 3 : 0)]);
  return structOf(...fields);
}

/** Dremel's shredding for the types above: each list adds two definition levels (there, and not empty). */
function leavesOf(
  path: readonly string[],
  type: ParquetType,
  repeats: number,
  defines: number,
  rows: readonly unknown[],
): Leaf[] {
  return shredded(
    path,
    type,
    repeats,
    defines,
    rows.map((value) => [{ value, repetition: 0, definition: undefined }]).flat(),
  );
}

interface Shred {
  readonly value: unknown;
  readonly repetition: number;
  /** Where a list above is empty: the level up to which the value is defined. */
  readonly definition: number | undefined;
}

function shredded(
  path: readonly string[],
  type: ParquetType,
  repeats: number,
  defines: number,
  items: readonly Shred[],
): Leaf[] {
  if (typeof type === "string") {
    const present = items.filter(({ definition }) => definition === undefined);
    return [
      {
        path,
        type,
        levels: repeats,
        values: present.map(({ value }) => value as string | number),
        repetition: items.map(({ repetition }) => repetition),
        definition: items.map(({ definition }) => definition ?? defines),
      },
    ];
  }
  if ("struct" in type) {
    return Object.entries(type.struct).flatMap(([name, inner]) =>
      shredded(
        [...path, name],
        inner,
        repeats,
        defines,
        items.map((item) => ({
          ...item,
          value: item.definition === undefined ? (item.value as Record<string, unknown>)[name] : undefined,
        })),
      ),
    );
  }
  const inner = items.flatMap((item): Shred[] => {
    if (item.definition !== undefined) return [item];
    const values = item.value as readonly unknown[];
    if (values.length === 0) return [{ ...item, definition: defines + 1 }];
    return values.map((value, index) => ({
      value,
      repetition: index === 0 ? item.repetition : repeats + 1,
      definition: undefined,
    }));
  });
  return shredded([...path, "list", "element"], type.list, repeats + 1, defines + 2, inner);
}

function pageOf({ type, levels, values, repetition, definition }: Leaf): Buffer {
  const data = values.map((value) => {
    if (type === "text") {
      const bytes = Buffer.from(String(value));
      const size = Buffer.alloc(4);
      size.writeUInt32LE(bytes.length);
      return Buffer.concat([size, bytes]);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  });
  const nested = levels > 0 ? [levelRuns(repetition, levels), levelRuns(definition, 2 * levels)] : [];
  const body = Buffer.concat([...nested, ...data]);
  const dataHeader = structOf(
    [1, i32, zigzag(repetition.length)],
    [2, i32, zigzag(0)],
    [3, i32, zigzag(3)],
    [4, i32, zigzag(3)],
  );
  const header = structOf(
    [1, i32, zigzag(0)],
    [2, i32, zigzag(body.length)],
    [3, i32, zigzag(body.length)],
    [5, struct, dataHeader],
  );
  return Buffer.concat([header, body]);
}

/** Runs of one value each, of the RLE and bit-packing hybrid, with their length before them. */
function levelRuns(levels: readonly number[], highest: number): Buffer {
  if (highest === 0) return Buffer.alloc(0);
  const runs = Buffer.concat(levels.map((level) => Buffer.from([1 << 1, level])));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(runs.length);
  return Buffer.concat([size, runs]);
}

function chunkOf({ path, type, repetition }: Leaf, offset: number, bytes: number): Buffer {
  const meta = structOf(
    [1, i32, zigzag(type === "text" ? 6 : 2)],
    [2, list, listOf(i32, [zigzag(0), zigzag(3)])],
    [3, list, listOf(binary, path.map(text))],
    [4, i32, zigzag(0)],
    [5, i64, zigzag(repetition.length)],
    [6, i64, zigzag(bytes)],
    [7, i64, zigzag(bytes)],
    [9, i64, zigzag(offset)],
  );
  return structOf([2, i64, zigzag(offset)], [3, struct, meta]);
}

/** Thrift's compact protocol: fields in the order of their ids, less than 16 apart. */
function structOf(...fields: readonly Field[]): Buffer {
  let last = 0;
  const parts = fields.flatMap(([id, type, value]) => {
    const head = Buffer.from([((id - last) << 4) | type]);
    last = id;
    return [head, value];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function listOf(type: number, items: readonly Buffer[]): Buffer {
  const head =
    items.length < 15
      ? Buffer.from([(items.length << 4) | type])
      : Buffer.concat([Buffer.from([0xf0 | type]), varint(items.length)]);
  return Buffer.concat([head, ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function zigzag(value: number): Buffer {
  return varint(value * 2);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
