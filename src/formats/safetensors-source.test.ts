/** @file Weights in one file and in several, row by row; files that are missing, cut off or do not belong together. */
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import { openSafetensors } from "./safetensors-source.ts";
import type { TensorSource } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors.ts";

let folder = "";
beforeEach(async () => {
  const temporary = await mkdtemp(join(tmpdir(), "nerium-weights-"));
  folder = temporary;
  return () => rm(temporary, { recursive: true });
});
const file = (name: string): string => join(folder, name);

const ramp = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, index) => index / 8 - 3);
const tensor = (shape: number[], dtype: "F32" | "F16" | "BF16" = "F32"): TensorSource => ({
  shape,
  data: ramp(shape.reduce((product, size) => product * size, 1)),
  dtype,
});

/** Two files and their index. */
async function writeSharded(): Promise<string> {
  await writeSafetensors(file("a.safetensors"), new Map([["first", tensor([3, 4], "BF16")]]));
  await writeSafetensors(file("b.safetensors"), new Map([["second", tensor([5], "F16")]]));
  const index = file("model.safetensors.index.json");
  await writeFile(index, JSON.stringify({ weight_map: { first: "a.safetensors", second: "b.safetensors" } }));
  return index;
}

async function refusal(path: string, use = async (_: unknown): Promise<void> => {}): Promise<NeriumError> {
  try {
    await using source = await openSafetensors(path);
    await use(source);
  } catch (error) {
    expect(error).toBeInstanceOf(NeriumError);
    return error as NeriumError;
  }
  throw new Error("was accepted");
}

describe("weights in safetensors", () => {
  it.each(["F32", "F16", "BF16"] as const)("are read whole and by rows: %s", async (dtype) => {
    await writeSafetensors(
      file("m.safetensors"),
      new Map([
        ["before", tensor([7])],
        ["matrix", tensor([5, 6], dtype)],
        ["number", { shape: [], data: Float32Array.of(2.5) }],
      ]),
    );
    await using source = await openSafetensors(file("m.safetensors"));
    expect(source.entries.get("matrix")).toMatchObject({ shape: [5, 6], dtype });
    expect(await source.read("matrix")).toEqual(ramp(30));
    expect(await source.read("matrix", { from: 2, to: 4 })).toEqual(ramp(30).slice(12, 24));
    expect(await source.read("matrix", { from: 5, to: 5 })).toHaveLength(0);
    expect(await source.read("before", { from: 6, to: 7 })).toEqual(ramp(7).slice(6));
    expect(await source.read("number")).toEqual(Float32Array.of(2.5));
  });

  it("convert more than one chunk", async () => {
    const data = Float32Array.from({ length: 2 ** 20 + 5 }, (_, index) => index % 250);
    await writeSafetensors(
      file("m.safetensors"),
      new Map([["long", { shape: [data.length], data, dtype: "F16" }]]),
    );
    await using source = await openSafetensors(file("m.safetensors"));
    expect(Buffer.from((await source.read("long")).buffer).equals(Buffer.from(data.buffer))).toBe(true);
  });

  it("are found in several files by their index", async () => {
    await using source = await openSafetensors(await writeSharded());
    expect([...source.entries.keys()]).toEqual(["first", "second"]);
    expect(await source.read("first", { from: 1, to: 2 })).toEqual(ramp(12).slice(4, 8));
    expect(await source.read("second")).toEqual(ramp(5));
  });

  it("hold no more memory than the tensor that was asked for", async () => {
    const rows = 64;
    const data = new Float32Array(rows * 2 ** 18); // 64 MiB
    await writeSafetensors(file("m.safetensors"), new Map([["big", { shape: [rows, 2 ** 18], data }]]));
    await using source = await openSafetensors(file("m.safetensors"));
    const before = process.memoryUsage().arrayBuffers;
    const row = await source.read("big", { from: 3, to: 4 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(row.byteLength + 2 ** 20);
  });

  it("say which file of the index is missing", async () => {
    const index = await writeSharded();
    await rm(file("b.safetensors"));
    const error = await refusal(index);
    expect(error).toMatchObject({ code: "UNREADABLE", file: file("b.safetensors") });
    expect(error.message).toContain("fetch it again");
  });

  it("say which file is cut off, before anything is read", async () => {
    const index = await writeSharded();
    const { length } = await readFile(file("b.safetensors"));
    await truncate(file("b.safetensors"), length - 1);
    expect(await refusal(index)).toMatchObject({ code: "MODEL_FORMAT", file: file("b.safetensors") });
  });

  it("say when a file shrinks behind our back", async () => {
    await writeSafetensors(file("m.safetensors"), new Map([["a", tensor([1000])]]));
    await using source = await openSafetensors(file("m.safetensors"));
    await truncate(file("m.safetensors"), 500);
    await expect(source.read("a")).rejects.toThrow(/ended at byte 500 while it was read/);
  });

  it("say when an index and its files do not belong together", async () => {
    const index = await writeSharded();
    await writeFile(index, JSON.stringify({ weight_map: { third: "a.safetensors" } }));
    const error = await refusal(index);
    expect(error.file).toBe(file("a.safetensors"));
    expect(error.message).toContain("expected the tensor third here");
  });

  it.each(["../a.safetensors", "/etc/passwd", "..", "", "a/b", "a\\b"])(
    "do not follow an index to %j",
    async (name) => {
      await writeFile(file("x.index.json"), JSON.stringify({ weight_map: { a: name } }));
      expect((await refusal(file("x.index.json"))).message).toContain("files in the same folder");
    },
  );

  it.each(["{", "[]", '{"weight_map":{"a":1}}'])("refuse an index that is %s", async (text) => {
    await writeFile(file("x.index.json"), text);
    expect(await refusal(file("x.index.json"))).toMatchObject({ code: "MODEL_FORMAT" });
  });

  it("refuse an index of too many files", async () => {
    const map = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`t${index}`, `f${index}`]));
    await writeFile(file("x.index.json"), JSON.stringify({ weight_map: map }));
    expect((await refusal(file("x.index.json"))).message).toContain("at most 500 files, got 501");
  });

  it("say which tensors are no floats or not there", async () => {
    await writeSafetensors(file("m.safetensors"), new Map([["q", { shape: [1], data: Int8Array.of(1) }]]));
    await using source = await openSafetensors(file("m.safetensors"));
    await expect(source.read("q")).rejects.toThrow(/expected q as F32, F16 or BF16, got I8; quantised/);
    await expect(source.read("r")).rejects.toThrow(/expected a tensor r, got none among 1/);
    await expect(source.read("q", { from: 0, to: 2 })).rejects.toThrow("internal: rows 0 to 2");
  });
});
