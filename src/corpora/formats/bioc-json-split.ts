/**
 * @file Bytes of BioC JSON in any of its shapes → the JSON of one document after another, in bounded memory.
 * Knows brackets, strings and the names of the two lists; what the documents say is read in `bioc-json.ts`.
 */
import { NeriumError } from "../../errors.ts";
import { gunzipped } from "../gunzip.ts";
import { findJsonFault } from "../json-fault.ts";
import { maxJsonDepth } from "../json-values.ts";
import { decodeUtf8 } from "../utf8.ts";
import type { BiocShape } from "./bioc-model.ts";

export interface JsonPiece {
  /**
   * "head": what the object around a list says before the list; "document": an item of the list; "whole": an object
   * without such a list; "tail": the object around a list once more, with what it says after the list.
   */
  readonly kind: "head" | "document" | "whole" | "tail";
  readonly shape: BiocShape;
  readonly value: unknown;
  readonly line: number;
}

/** One document; as many bytes as a line of JSON Lines may have. */
const maxPieceBytes = 64 * 1024 * 1024;
const lists: ReadonlyMap<string, BiocShape> = new Map([
  ["documents", "collection"],
  ["PubTator3", "pubtator3"],
]);
const longestName = 9;

/** Throws CORPUS_FORMAT with line and column for what is no JSON, nested too deep or too long. */
export async function* splitBiocJson(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<JsonPiece> {
  const splitter = new Splitter(file);
  for await (const chunk of gunzipped(source, file)) yield* splitter.pieces(chunk);
  splitter.end();
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** Everything that has to be remembered from one chunk of bytes to the next. */
class Splitter {
  readonly #file: string;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  /** Where the byte that is read, and where its line begins, counted from the chunk's start. */
  #index = -1;
  #lineStart = 0;
  /** The depth inside of the list; 0 outside of any. */
  #list = 0;
  #listShape: BiocShape = "array";
  #listed = false;
  /** The last string directly in the outermost object, as far as it can be a list's name. */
  #name = "";
  /** Where bytes go that are read now: `#parts` in an item of the list, `#around` in the object around it. */
  #capture: Uint8Array[] | undefined;
  #parts: Uint8Array[] = [];
  #around: Uint8Array[] = [];
  #bytes = 0;
  #start: Place = { line: 1, column: 1 };
  #aroundStart: Place = { line: 1, column: 1 };

  constructor(file: string) {
    this.#file = file;
  }

  *pieces(chunk: Uint8Array): Generator<JsonPiece> {
    let from = 0; // what is captured of this chunk and not yet kept begins here
    for (let index = 0; index < chunk.length; index++) {
      if (this.#inString) {
        index = this.#endOfString(chunk, index);
        continue;
      }
      const byte = chunk[index]!;
      this.#index = index;
      if (byte === 0x22) this.#openString();
      else if (byte === 0x7b || byte === 0x5b) {
        const opened = this.#open(byte === 0x5b);
        if (opened === "piece") from = index;
        if (opened === "list" && this.#capture !== undefined) {
          this.#keep(chunk.subarray(from, index + 1));
          this.#capture = undefined;
          yield this.#piece("head", [...this.#around, Buffer.from("]}")], this.#aroundStart);
        }
      } else if (byte === 0x7d || byte === 0x5d) {
        const closed = this.#close();
        if (closed === "list") from = index;
        else if (closed !== undefined) {
          this.#keep(chunk.subarray(from, index + 1));
          yield this.#finished(closed);
        }
      } else if (byte === 0x0a) this.#countLine(index);
      else if (this.#depth === this.#list && byte > 0x20 && byte !== 0x2c && !this.#isMark(byte)) {
        throw this.#fault("an object");
      }
    }
    this.#keep(chunk.subarray(from));
    this.#lineStart -= chunk.length;
    this.#index = -1;
  }

  end(): void {
    if (this.#depth > 0 || this.#inString) throw this.#fault("closing brackets");
  }

  #countLine(index: number): void {
    this.#line++;
    this.#lineStart = index + 1;
  }

  /** The place of the quotation mark that ends the open string, or the chunk's length. */
  #endOfString(chunk: Uint8Array, start: number): number {
    let escaped = this.#escaped;
    let index = start;
    for (; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (escaped) escaped = false;
      else if (byte === 0x5c) escaped = true;
      else if (byte === 0x22) {
        this.#inString = false;
        break;
      }
      if (byte === 0x0a) this.#countLine(index);
    }
    this.#escaped = escaped;
    if (this.#depth === 1 && this.#name.length <= longestName) {
      this.#name += Buffer.from(chunk.subarray(start, Math.min(index, start + longestName + 1))).toString(
        "latin1",
      );
    }
    return index;
  }

  #openString(): void {
    if (this.#depth === this.#list) throw this.#fault("an object");
    this.#inString = true;
    if (this.#depth === 1) this.#name = "";
  }

  #open(isArray: boolean): "list" | "piece" | undefined {
    if (this.#depth >= maxJsonDepth)
      throw this.#fault(`at most ${maxJsonDepth} brackets inside of each other`);
    const depth = this.#depth++;
    const here = this.#here;
    const shape = depth === 0 ? "array" : lists.get(this.#name);
    if (isArray && this.#list === 0 && depth <= 1 && shape !== undefined) {
      this.#list = this.#depth;
      this.#listShape = shape;
      this.#listed = true;
      return "list";
    }
    if (depth !== this.#list) return undefined;
    if (isArray) throw this.#fault("an object");
    if (this.#list === 0) {
      this.#aroundStart = here;
      this.#listed = false;
      this.#capture = this.#around = [];
    } else {
      this.#start = here;
      this.#capture = this.#parts = [];
    }
    return "piece";
  }

  #close(): "list" | "document" | "around" | undefined {
    this.#depth--;
    if (this.#depth < 0) throw this.#fault("an object");
    if (this.#list > 0 && this.#depth === this.#list - 1) {
      this.#list = 0;
      if (this.#depth > 0) this.#capture = this.#around;
      return this.#depth > 0 ? "list" : undefined;
    }
    if (this.#list > 0) return this.#depth === this.#list ? "document" : undefined;
    return this.#depth === 0 ? "around" : undefined;
  }

  #finished(closed: "document" | "around"): JsonPiece {
    this.#capture = undefined;
    this.#bytes = 0;
    if (closed === "document") return this.#piece("document", this.#parts, this.#start);
    return this.#piece(this.#listed ? "tail" : "whole", this.#around, this.#aroundStart);
  }

  #keep(bytes: Uint8Array): void {
    this.#capture?.push(bytes);
    this.#bytes += this.#capture === undefined ? 0 : bytes.length;
    if (this.#bytes > maxPieceBytes) throw this.#fault(`documents of at most ${maxPieceBytes} bytes`);
  }

  #piece(kind: JsonPiece["kind"], parts: readonly Uint8Array[], start: Place): JsonPiece {
    const text = decodeUtf8(Buffer.concat(parts), this.#file, start.line);
    const shape = kind === "whole" ? "lines" : this.#listShape;
    try {
      return { kind, shape, value: JSON.parse(text) as unknown, line: start.line };
    } catch (cause) {
      const fault = findJsonFault(text) ?? { offset: 0, expected: "JSON" };
      const lines = text.slice(0, fault.offset).split("\n");
      const line = start.line + lines.length - 1;
      const column = lines.at(-1)!.length + (lines.length === 1 ? start.column : 1);
      throw this.#fault(fault.expected, { line, column }, cause);
    }
  }

  get #here(): Place {
    return { line: this.#line, column: this.#index - this.#lineStart + 1 };
  }

  #fault(expected: string, place: Place = this.#here, cause?: unknown): NeriumError {
    const problem = `expected ${expected} in BioC JSON; correct the file, or fetch it again if it was cut off`;
    return new NeriumError("CORPUS_FORMAT", problem, { file: this.#file, ...place, cause });
  }

  /** A byte of a byte-order mark at the very start. */
  #isMark(byte: number): boolean {
    return this.#line === 1 && this.#here.column <= 3 && (byte === 0xef || byte === 0xbb || byte === 0xbf);
  }
}
