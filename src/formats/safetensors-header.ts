/** @file The JSON header of a safetensors file → checked tensor entries and metadata, or an error that says why not. */
import { NeriumError } from "../errors.ts";

/** One tensor of a header; `start` and `end` are byte offsets into the data, half-open. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** The reference implementation's limit: enough for a million tensors, and nobody's memory is used up by a length field. */
export const maxHeaderBytes = 100_000_000;
export const metadataKey = "__metadata__";

/** The dtypes that are understood (all of the format but those smaller than a byte) and their size. */
export const elementBytes = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type DType = keyof typeof elementBytes;

/** Checks everything that later code relies on: entries come back in the data's order and tile it exactly. */
export function parseHeader(header: Uint8Array, dataBytes: number, file: string) {
  const refuse = (problem: string, cause?: unknown) =>
    new NeriumError("MODEL_FORMAT", problem, { file, cause });
  const json = decodeHeader(header, refuse);
  const parsed = parseJson(json, refuse);
  if (!isRecord(parsed)) throw refuse(`header: expected a JSON object, got ${show(parsed)}`);
  const duplicate = findDuplicateKey(json);
  if (duplicate !== undefined) throw refuse(`header: the key ${show(duplicate)} stands there twice`);
  const entries: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== metadataKey) entries.push(checkEntry(name, value, refuse));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkTiling(entries, dataBytes, refuse);
  return { entries, metadata: checkMetadata(parsed, refuse) };
}

type Refuse = (problem: string, cause?: unknown) => NeriumError;

function decodeHeader(header: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw refuse("header: not UTF-8; is it a safetensors file?", cause);
  }
}

function parseJson(json: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw refuse(
      `header: not JSON; is it a safetensors file? (${(cause as Error).message.slice(0, 100)})`,
      cause,
    );
  }
}

function checkEntry(name: string, value: unknown, refuse: Refuse): HeaderEntry {
  const wrong = (expected: string, got: unknown) =>
    refuse(`tensor ${show(name)}: expected ${expected}, got ${show(got)}`);
  if (!isRecord(value)) throw wrong("an object with dtype, shape and data_offsets", value);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDType(dtype)) throw wrong(`a dtype of ${Object.keys(elementBytes).join(", ")}`, dtype);
  if (!isSizes(shape)) throw wrong("a shape of whole numbers", shape);
  if (!isSizes(offsets) || offsets.length !== 2) throw wrong("two data_offsets", offsets);
  const [start, end] = offsets as unknown as readonly [number, number];
  const bytes = shape.reduce((product, size) => product * size, elementBytes[dtype] as number);
  if (!Number.isSafeInteger(bytes) || end - start !== bytes) {
    throw wrong(`data_offsets ${bytes} bytes apart (${dtype} of shape [${shape.join(", ")}])`, offsets);
  }
  return { name, dtype, shape, start, end };
}

/** No gap, no overlap, nothing left over: otherwise the file could hide data or be a different length than it says. */
function checkTiling(entries: readonly HeaderEntry[], dataBytes: number, refuse: Refuse): void {
  let next = 0;
  for (const { name, start, end } of entries) {
    if (start !== next)
      throw refuse(`tensor ${show(name)}: expected to start at byte ${next} of the data, got ${start}`);
    next = end;
  }
  if (next !== dataBytes)
    throw refuse(`expected ${next} bytes of data, got ${dataBytes}; was the file cut off?`);
}

function checkMetadata(parsed: Record<string, unknown>, refuse: Refuse): Record<string, string> {
  const metadata = Object.hasOwn(parsed, metadataKey) ? parsed[metadataKey] : {};
  if (!isRecord(metadata)) throw refuse(`${metadataKey}: expected an object of texts, got ${show(metadata)}`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw refuse(`${metadataKey}: expected a text for ${show(key)}, got ${show(value)}`);
  }
  return metadata as Record<string, string>;
}

/** JSON.parse silently keeps the last of two equal keys. `json` is known to be valid. */
function findDuplicateKey(json: string): string | undefined {
  const objects: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") objects.push(new Set());
    else if (character === "}") objects.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      if (isKey(json, end)) {
        const key = JSON.parse(json.slice(at, end)) as string;
        if (objects.at(-1)!.has(key)) return key;
        objects.at(-1)!.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (" \t\r\n".includes(json[at] ?? "x")) at++;
  return json[at] === ":";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(elementBytes, value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function show(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) return "a nested list"; // may be deep
  if (isRecord(value)) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
