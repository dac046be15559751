/**
 * @file Bytes of an XML file, plain or gzip → whatever a handler makes of its elements, in bounded memory.
 * Format: https://www.w3.org/TR/xml/. There is no entity expansion: a DTD is skipped, an entity that it defines is a
 * fault, so that a "million laughs" is refused.
 */
import { SaxesParser } from "saxes";
import { NeriumError } from "../errors.ts";
import { gunzipped } from "./gunzip.ts";
import { shortened } from "./issues.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What a format does with elements. It collects finished items in itself until they are taken. */
export interface XmlHandler<T> {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
  /** Hands over what was finished since the last call. */
  take(): readonly T[];
}

/** What formats' handlers have in common: finished items, and faults with their place. */
export abstract class ItemHandler<T> implements XmlHandler<T> {
  readonly #file: string;
  readonly #place: () => XmlPlace;
  readonly #advice: string;
  #items: T[] = [];

  /** `advice` is what a person may do about a fault. */
  constructor(file: string, place: () => XmlPlace, advice: string) {
    this.#file = file;
    this.#place = place;
    this.#advice = advice;
  }

  abstract open(name: string, attributes: Readonly<Record<string, string>>): void;
  abstract text(text: string): void;
  abstract close(name: string): void;

  take(): readonly T[] {
    const taken = this.#items;
    this.#items = [];
    return taken;
  }

  protected finish(item: T): void {
    this.#items.push(item);
  }

  protected get line(): number {
    return this.#place().line;
  }

  protected fault(expected: string, got: string): NeriumError {
    const problem = `expected ${expected}, got ${shortened(got)}; ${this.#advice}`;
    return new NeriumError("CORPUS_FORMAT", problem, { file: this.#file, ...this.#place() });
  }
}

/** Where the parser is, for messages. Both count from 1. */
export interface XmlPlace {
  readonly line: number;
  readonly column: number;
}

export interface XmlOptions {
  readonly file: string;
  readonly maxDepth?: number | undefined;
  readonly maxItemBytes?: number | undefined;
}

/** MathML in PubMed nests about 30 deep. */
const defaultMaxDepth = 256;
/** Bytes from one finished item to the next: text, attributes, comments and markup of one document. */
const defaultMaxItemBytes = 256 * 1024 * 1024;
/** Bytes without any element beginning or ending: one text, attribute, comment or DTD. */
const maxNodeBytes = 64 * 1024 * 1024;
const pieceBytes = 1 << 18;

/**
 * Streams the items that the handler makes. Throws CORPUS_FORMAT with line and column for malformed XML and for what
 * goes beyond a limit, ENCODING for what is not UTF-8.
 */
export async function* readXml<T>(
  source: AsyncIterable<Uint8Array>,
  options: XmlOptions,
  newHandler: (place: () => XmlPlace) => XmlHandler<T>,
): AsyncGenerator<T> {
  const parser = new SaxesParser({ position: false });
  const place = (): XmlPlace => ({ line: parser.line, column: parser.column + 1 });
  const handler = newHandler(place);
  const count = connect(parser, handler, options, place);
  let itemBytes = 0;
  for await (const text of textPieces(gunzipped(source, options.file), options.file, () => parser.line)) {
    const before = count.elements;
    parser.write(text);
    count.silent = count.elements === before ? count.silent + text.length : 0;
    itemBytes += text.length;
    const items = handler.take();
    if (items.length > 0) itemBytes = 0;
    yield* items;
    if (count.silent > maxNodeBytes) {
      throw fault(options.file, place(), `one text or attribute of more than ${maxNodeBytes} characters`);
    }
    const limit = options.maxItemBytes ?? defaultMaxItemBytes;
    if (itemBytes > limit)
      throw fault(options.file, place(), `one document of more than ${limit} characters`);
  }
  parser.close();
  yield* handler.take();
}

function connect<T>(
  parser: SaxesParser,
  handler: XmlHandler<T>,
  { file, maxDepth = defaultMaxDepth }: XmlOptions,
  place: () => XmlPlace,
): { elements: number; silent: number } {
  const count = { elements: 0, silent: 0 };
  let depth = 0;
  parser.on("opentag", ({ name, attributes }) => {
    count.elements++;
    if (++depth > maxDepth) throw fault(file, place(), `elements nested more than ${maxDepth} deep`);
    handler.open(name, attributes);
  });
  parser.on("closetag", ({ name }) => {
    count.elements++;
    depth--;
    handler.close(name);
  });
  parser.on("text", (text) => handler.text(text));
  parser.on("cdata", (text) => handler.text(text));
  parser.on("error", ({ message }) => {
    throw fault(file, place(), message.replace(/\.$/, ""));
  });
  return count;
}

function fault(file: string, { line, column }: XmlPlace, got: string): NeriumError {
  const problem = `expected well-formed XML, got: ${shortened(got)}; correct the file, or fetch it again if it was cut off`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line, column });
}

/** Decoded pieces that never end inside of a character. */
async function* textPieces(
  source: AsyncIterable<Uint8Array>,
  file: string,
  line: () => number,
): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const cut = wholeCharacters(bytes);
      rest = bytes.subarray(cut);
      if (cut > 0) yield decodeUtf8(bytes.subarray(0, cut), file, line());
    }
  }
  if (rest.length > 0) yield decodeUtf8(rest, file, line());
}

/** How many bytes make whole characters; an unfinished last one has at most three bytes. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back >= length ? bytes.length : bytes.length - back;
    }
  }
  return bytes.length;
}

/** Text between elements. Carriage returns would be read back as line feeds. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => escapes[character]!);
}

/** Text between double quotes: white space other than a space would be read back as one. */
export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, (character) => escapes[character]!);
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** Characters that XML 1.0 cannot hold, not even escaped: most control characters, lone surrogates, U+FFFE and U+FFFF. */
export const forbiddenInXml =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
