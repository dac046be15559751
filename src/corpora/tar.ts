/**
 * @file Bytes of a tar archive, plain or gzip → its regular files, one after another in memory. Format: POSIX ustar and
 * pax, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, with GNU's long names.
 */
import { NeriumError } from "../errors.ts";
import { gunzipped } from "./gunzip.ts";

/** A file's path as the archive or folder names it, with "/" between folders, and its bytes. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface TarOptions {
  /** The archive's name, for messages. */
  readonly file: string;
  /** Which files are kept; the others are skipped without holding them. */
  readonly wanted?: ((path: string) => boolean) | undefined;
  readonly maxFileBytes?: number | undefined;
}

const blockBytes = 512;
/** One file is one string in memory: as many as `text.ts` allows. */
const defaultMaxFileBytes = 256 * 1024 * 1024;
/** Names and other fields of one file; longer ones are an attack. */
const maxHeaderBytes = 1 << 20;

interface Header {
  readonly path: string;
  readonly size: number;
  /** "0" or NUL: a regular file; "x", "g": pax fields; "L": a long name. */
  readonly kind: string;
}

/** Throws UNREADABLE for what is no tar, is cut off, or holds a wanted file beyond the limit. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  options: TarOptions,
): AsyncGenerator<NamedFile> {
  const bytes = new ByteReader(gunzipped(source, options.file), options.file);
  const limit = options.maxFileBytes ?? defaultMaxFileBytes;
  let longName: string | undefined;
  try {
    while (true) {
      const block = await bytes.take(blockBytes);
      if (block === undefined || block.every((byte) => byte === 0)) return;
      const header = parseHeader(block, options.file);
      const padded = Math.ceil(header.size / blockBytes) * blockBytes;
      if (header.kind === "x" || header.kind === "L") {
        if (header.size > maxHeaderBytes) throw broken(options.file, "a name of more than 1 MB");
        longName = nameIn(header.kind, (await bytes.need(padded)).subarray(0, header.size)) ?? longName;
        continue;
      }
      const path = (longName ?? header.path).replace(/^(?:\.\/)+/, "");
      if (header.kind !== "g") longName = undefined;
      if (!isRegular(header) || options.wanted?.(path) === false) {
        await bytes.skip(padded);
        continue;
      }
      if (header.size > limit) throw broken(options.file, `${path} of more than ${limit} bytes`);
      yield { path, bytes: (await bytes.need(padded)).subarray(0, header.size) };
    }
  } finally {
    await bytes.close();
  }
}

function isRegular({ kind }: Header): boolean {
  return kind === "0" || kind === "\0" || kind === "7";
}

function parseHeader(block: Buffer, file: string): Header {
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  if (sum !== Number.parseInt(text(block, 148, 8), 8)) throw broken(file, "a block that is no tar header");
  const prefix = text(block, 257, 5) === "ustar" ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    size: sizeOf(block, file),
    kind: String.fromCharCode(block[156]!),
  };
}

/** Octal digits, or GNU's big-endian number where the first bit is set. */
function sizeOf(block: Buffer, file: string): number {
  const binary = (block[124]! & 0x80) !== 0;
  const size = binary ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(block, 124, 12) || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0) throw broken(file, "a file without a size");
  return size;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  const whole = field.subarray(0, end < 0 ? length : end);
  return whole.toString("utf8").trim();
}

/** A pax record is `LENGTH path=NAME\n`; GNU's long name is the name itself. */
function nameIn(kind: string, bytes: Buffer): string | undefined {
  if (kind === "L") return bytes.toString("utf8").replace(/\0+$/, "");
  return /^\d+ path=(.*)$/m.exec(bytes.toString("utf8"))?.[1];
}

function broken(file: string, got: string): NeriumError {
  const problem = `expected a whole tar archive, got ${got}; fetch or make the archive again (tar -tf shows the fault)`;
  return new NeriumError("UNREADABLE", problem, { file });
}

/** Takes exact numbers of bytes from chunks of any size; holds the source until `close`. */
class ByteReader {
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #file: string;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncGenerator<Uint8Array>, file: string) {
    this.#chunks = chunks;
    this.#file = file;
  }

  /** Exactly so many bytes; undefined where the source has ended before the first. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) break;
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    if (missing === length && length > 0) return undefined;
    if (missing > 0) throw broken(this.#file, "the end of the file in the middle of an entry");
    return Buffer.concat(parts);
  }

  async need(length: number): Promise<Buffer> {
    const bytes = await this.take(length);
    if (bytes === undefined) throw broken(this.#file, "the end of the file after a header");
    return bytes;
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw broken(this.#file, "the end of the file in the middle of an entry");
      }
      const step = Math.min(missing, this.#rest.length);
      this.#rest = this.#rest.subarray(step);
      missing -= step;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#rest = next.value;
    return true;
  }
}
