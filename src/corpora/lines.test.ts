/** @file Bytes to lines: endings, marks, broken UTF-8, gzip and limits, for every way of cutting the bytes. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readLines } from "./lines.ts";
import type { Line, LineOptions } from "./lines.ts";
import { collect } from "./streams.ts";

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesOf(bytes: Uint8Array, size = 7, options: Partial<LineOptions> = {}): Promise<Line[]> {
  const batches = await collect(readLines(cut(bytes, size), { file: "f.txt", ...options }));
  return batches.flat();
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* failing(): AsyncGenerator<Uint8Array> {
  yield gzipSync(encode("a\n")).subarray(0, 12);
  throw new Error("disk is gone");
}

describe("readLines", () => {
  it.each([1, 2, 3, 1000])(
    "takes every ending off when the bytes come %i at a time, plain or gzip",
    async (size) => {
      const expected = [
        { text: "a🧬", number: 1 },
        { text: "", number: 2 },
        { text: "b\rc", number: 3 },
        { text: "é", number: 4 },
      ];
      const bytes = encode("\uFEFFa🧬\n\r\nb\rc\r\né");
      expect(await linesOf(bytes, size)).toEqual(expected);
      expect(await linesOf(gzipSync(bytes), size)).toEqual(expected);
    },
  );

  it("gives no line for no bytes, and reads gzip of several members", async () => {
    expect(await linesOf(encode(""))).toEqual([]);
    const members = Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]);
    expect((await linesOf(members)).map(({ text }) => text)).toEqual(["a", "b"]);
  });

  it("drops a byte-order mark only at the start of the file", async () => {
    expect((await linesOf(encode("a\n\uFEFFb\n"))).map(({ text }) => text)).toEqual(["a", "\uFEFFb"]);
  });

  it.each([
    ["a Latin-1 letter", [0x61, 0x0a, 0xc3, 0xa9, 0x63, 0xe9, 0x20], 2, 4, "E9"],
    ["a cut-off character", [0x61, 0x0a, 0x0a, 0x62, 0xf0, 0x9f], 3, 2, "F0"],
    ["an encoded surrogate", [0xed, 0xa0, 0x80, 0x0a], 1, 1, "ED"],
    ["an overlong form", [0x0a, 0xc0, 0xaf, 0x0a], 2, 1, "C0"],
  ])("names line and byte of %s", async (_, bytes, line, byte, value) => {
    for (const size of [1, 3, 100]) {
      await expect(linesOf(Uint8Array.from(bytes), size)).rejects.toMatchObject({
        code: "ENCODING",
        line,
        message: expect.stringContaining(`byte 0x${value} (byte ${byte} of line ${line})`) as unknown,
      });
    }
  });

  it("recognises UTF-16 and says how to convert it", async () => {
    await expect(linesOf(Buffer.from("\uFEFFab", "utf16le"))).rejects.toThrow(
      /iconv -f UTF-16 -t UTF-8 "f.txt"/,
    );
  });

  it("reports broken and cut-off gzip", async () => {
    const whole = gzipSync(encode("some text that is long enough\n"));
    await expect(linesOf(whole.subarray(0, 20))).rejects.toMatchObject({ code: "UNREADABLE", file: "f.txt" });
    const broken = Uint8Array.from(whole, (byte, index) => (index === 15 ? byte ^ 0xff : byte));
    await expect(linesOf(broken)).rejects.toMatchObject({ code: "UNREADABLE" });
  });

  it("refuses lines beyond the limit with the line's number", async () => {
    await expect(linesOf(encode(`a\n${"b".repeat(100)}`), 7, { maxLineBytes: 50 })).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      line: 2,
    });
  });

  it("passes the source's own failure on, through gzip too", async () => {
    await expect(collect(readLines(failing(), { file: "f" }))).rejects.toThrow("disk is gone");
  });

  it("closes its source when the reader stops early", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        while (true) yield encode("a\n");
      } finally {
        closed = true;
      }
    }
    for await (const _ of readLines(endless(), { file: "f" })) break;
    expect(closed).toBe(true);
  });
});
