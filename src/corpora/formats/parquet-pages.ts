/**
 * @file The pages of a Parquet row group → nothing, or an error where they hold more than they may. hyparquet trusts the
 * counts in them: a few bytes that say "repeat this two thousand million times" would fill the memory.
 * Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import type { AsyncBuffer, PageHeader, RowGroup, SchemaElement } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import { checkThrift } from "./thrift-check.ts";

/** Values of one column in a row group: a million sentences of 30 tokens. */
const maxValues = 1 << 25;
/** Of one page, and of all pages of a row group. Writers make pages of 1 MB. */
const maxPageBytes = 1 << 26;
const maxGroupBytes = 1 << 30;
/** Runs of packed bits are padded to 8 values, by some writers to more. */
const maxPadding = 1024;

interface Column {
  readonly codec: NonNullable<RowGroup["columns"][number]["meta_data"]>["codec"];
  /** The highest repetition and definition levels. */
  readonly levels: readonly [number, number];
}

/** Throws a plain error: `parquet.ts` says of which file. */
export async function checkPages(
  file: AsyncBuffer,
  { columns }: RowGroup,
  schema: SchemaElement[],
): Promise<void> {
  let groupBytes = 0;
  for (const { meta_data } of columns) {
    const { data_page_offset, dictionary_page_offset, total_compressed_size, ...meta } = meta_data!;
    const start = Number(dictionary_page_offset || data_page_offset);
    const bytes = await file.slice(start, start + Number(total_compressed_size));
    const path = getSchemaPath(schema, meta.path_in_schema);
    const levels = [getMaxRepetitionLevel(path), getMaxDefinitionLevel(path)] as const;
    groupBytes += checkChunk(new DataView(bytes), { codec: meta.codec, levels });
    if (groupBytes > maxGroupBytes) throw new Error(`a row group of more than ${maxGroupBytes} bytes`);
  }
}

/** How many bytes its pages have. */
function checkChunk(view: DataView, column: Column): number {
  let total = 0;
  let values = 0;
  for (let at = 0; at < view.byteLength - 1;) {
    const start = checkThrift(view, at);
    const header = parquetHeader({ view, offset: at });
    const { compressed_page_size: size, uncompressed_page_size: full } = header;
    if (!(size >= 0 && start + size <= view.byteLength && full >= 0 && full <= maxPageBytes))
      throw new Error(`a page of ${size} bytes, ${full} when decompressed`);
    total += full;
    values += checkPage(header, new Uint8Array(view.buffer, start, size), column);
    if (values > maxValues) throw new Error(`more than ${maxValues} values of a column in one row group`);
    at = start + size;
  }
  return total;
}

/** How many values it has. */
function checkPage(header: PageHeader, bytes: Uint8Array, column: Column): number {
  const { dictionary_page_header, data_page_header, data_page_header_v2, uncompressed_page_size } = header;
  if (header.type === "DICTIONARY_PAGE") {
    const { num_values = -1 } = dictionary_page_header ?? {};
    if (!(num_values >= 0 && num_values <= 8 * uncompressed_page_size))
      throw new Error(`a dictionary of ${num_values} values`);
    return 0;
  }
  const page = data_page_header ?? data_page_header_v2;
  if (page === undefined || !(page.num_values >= 0 && page.num_values <= maxValues))
    throw new Error(`a page of ${page?.num_values} values`);
  // The one encoding in which a value may be as long as it says it is.
  if (page.encoding === "DELTA_BYTE_ARRAY")
    throw new Error("the encoding DELTA_BYTE_ARRAY, which is not read");
  if (header.type === "DATA_PAGE_V2") checkSecond(header, bytes, column);
  else checkFirst(header, bytes, column);
  return page.num_values;
}

/** Levels, each with its length before it, and values, all compressed together. */
function checkFirst(header: PageHeader, bytes: Uint8Array, { codec, levels }: Column): void {
  const { num_values, encoding } = header.data_page_header!;
  const page = decompressPage(bytes, header.uncompressed_page_size, codec, compressors);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let at = 0;
  for (const level of levels) {
    if (level === 0) continue;
    const length = view.getUint32(at, true);
    checkRuns(view, at + 4, widthOf(level), num_values);
    at += 4 + length;
  }
  checkValues(view, at, encoding, num_values);
}

/** Levels, as long as the header says and never compressed, and values. */
function checkSecond(header: PageHeader, bytes: Uint8Array, { codec, levels }: Column): void {
  const { data_page_header_v2, uncompressed_page_size } = header;
  const { num_values, num_nulls, num_rows, encoding, is_compressed, ...lengths } = data_page_header_v2!;
  const parts = [lengths.repetition_levels_byte_length, lengths.definition_levels_byte_length] as const;
  const [repetition, definition] = parts;
  const sound = [num_nulls, num_rows, repetition, definition].every((count) => count >= 0);
  if (!sound || num_nulls > num_values || num_rows > num_values || repetition + definition > bytes.length)
    throw new Error("a page whose counts contradict each other");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [index, level] of levels.entries()) {
    if (level > 0) checkRuns(view, index === 0 ? 0 : repetition, widthOf(level), num_values);
  }
  const rest = bytes.subarray(repetition + definition);
  const size = uncompressed_page_size - repetition - definition;
  const page = is_compressed === false ? rest : decompressPage(rest, size, codec, compressors);
  checkValues(new DataView(page.buffer, page.byteOffset, page.byteLength), 0, encoding, num_values);
}

function checkValues(view: DataView, at: number, encoding: string, count: number): void {
  if (encoding === "RLE") checkRuns(view, at + 4, 1, count);
  if (!encoding.endsWith("_DICTIONARY") || count === 0 || at >= view.byteLength) return;
  const width = view.getUint8(at);
  if (width > 32) throw new Error(`places in a dictionary of ${width} bits`);
  if (width > 0) checkRuns(view, at + 1, width, count);
}

/** Runs of one value, and runs of packed bits, as many as make `count` values. */
function checkRuns(view: DataView, offset: number, width: number, count: number): void {
  let at = offset;
  for (let seen = 0; seen < count && at < view.byteLength;) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(at++);
      head += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 || shift > 28) break;
    }
    const packed = head % 2 === 1;
    const length = packed ? 8 * ((head - 1) / 2) : head / 2;
    if (length > count - seen + (packed ? maxPadding : 0)) throw new Error(`a run of ${length} values`);
    seen += length;
    at += packed ? (length / 8) * width : Math.ceil(width / 8);
  }
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level);
}
