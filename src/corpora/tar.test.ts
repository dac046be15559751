/** @file Tar archives made by hand: names of every kind, limits, and archives that are broken. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { tarEnd as end, tarEntry as entry } from "../../test/tar-file.ts";
import { collect, streamOf } from "./streams.ts";
import { readTar } from "./tar.ts";
import type { NamedFile, TarOptions } from "./tar.ts";

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(
  bytes: Uint8Array,
  options: Partial<TarOptions> = {},
  size = 300,
): Promise<[string, string][]> {
  const files: NamedFile[] = await collect(readTar(cut(bytes, size), { file: "x.tar", ...options }));
  return files.map((file) => [file.path, Buffer.from(file.bytes).toString()]);
}

describe("readTar", () => {
  const long = `${"folder/".repeat(20)}x.txt`;
  const archive = Buffer.concat([
    entry("./a.txt", "🧬 a"),
    entry("folder", "", "5"),
    entry("b.txt", "b".repeat(1024), "0", "in/here"),
    entry("././@LongLink", `${long}\0`, "L"),
    entry("cut", "long"),
    entry("pax", "30 path=pä.txt\n", "x"),
    entry("cut", ""),
    end,
  ]);

  it.each([1, 511, 10_000])(
    "gives regular files with every kind of name, %i bytes at a time, gzip or not",
    async (size) => {
      const expected = [
        ["a.txt", "🧬 a"],
        ["in/here/b.txt", "b".repeat(1024)],
        [long, "long"],
        ["pä.txt", ""],
      ];
      expect(await read(archive, {}, size)).toEqual(expected);
      expect(await read(gzipSync(archive), {}, size)).toEqual(expected);
    },
  );

  it("skips what is not wanted", async () => {
    expect(await read(archive, { wanted: (path) => path.startsWith("pä") })).toEqual([["pä.txt", ""]]);
    expect(await collect(readTar(streamOf(), { file: "empty" }))).toEqual([]);
  });

  it.each([
    ["no archive", Buffer.from("x".repeat(600)), "no tar header"],
    ["a cut-off entry", archive.subarray(0, 514), "the middle of an entry"],
    ["a cut-off header", archive.subarray(0, 100), "the middle of an entry"],
    ["a file beyond the limit", entry("b", "b".repeat(2000)), "b of more than 1999 bytes"],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(read(bytes, { maxFileBytes: 1999 })).rejects.toMatchObject({
      code: "UNREADABLE",
      file: "x.tar",
    });
    await expect(read(bytes, { maxFileBytes: 1999 })).rejects.toThrow(message);
  });
});
