/** @file GGUF files written here: blocks as gguf-py quantises them, and what our own reader gives back. */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { openGguf } from "./gguf-source.ts";
import type { GgufTensorSource } from "./gguf-write.ts";
import { writeGguf } from "./gguf-write.ts";
import { dequantise } from "./gguf/dequantise.ts";
import { quantise } from "./gguf/quantise.ts";
import type { GgufField } from "./gguf/types.ts";

const fixture = join(import.meta.dirname, "..", "..", "test", "fixtures", "models", "gguf-blocks.json");
const { rows, written } = JSON.parse(await readFile(fixture, "utf8")) as {
  rows: string;
  written: Record<"Q4_0" | "Q8_0", string>;
};

let folder = "";
let path = "";
beforeEach(async () => {
  const temporary = await mkdtemp(join(tmpdir(), "nerium-gguf-"));
  [folder, path] = [temporary, join(temporary, "model.gguf")];
  return () => rm(temporary, { recursive: true });
});

const metadata = new Map<string, GgufField>([
  ["general.architecture", { type: "string", value: "qwen2" }],
  ["qwen2.attention.head_count", { type: "uint32", value: 2 }],
  ["qwen2.embedding_length", { type: "uint32", value: 64 }],
  ["test.int64", { type: "int64", value: -5n }],
  ["test.bool", { type: "bool", value: true }],
  ["test.texts", { type: "array", of: "string", value: ["ä", "", "🧬"] }],
  ["test.numbers", { type: "array", of: "float32", value: [1.5, -2] }],
  ["test.empty", { type: "array", of: "uint8", value: [] }],
]);

/** A matrix given row by row. */
function tensor(
  name: string,
  shape: number[],
  type: GgufTensorSource["type"],
): GgufTensorSource & { data: Float32Array } {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => Math.sin(index));
  const row = shape.at(-1)!;
  return {
    name,
    shape,
    type,
    data,
    async *chunks() {
      for (let at = 0; at < data.length; at += row) yield data.slice(at, at + row);
    },
  };
}

describe("GGUF's blocks", () => {
  it.each(["Q4_0", "Q8_0"] as const)("of %s are those of gguf-py, bit for bit", (type) => {
    const numbers = new Float32Array(Uint8Array.from(Buffer.from(rows, "base64")).buffer);
    expect(Buffer.from(quantise(type, numbers)).toString("base64")).toBe(written[type]);
  });

  it.each([
    ["Q8_0", 1 / 127],
    ["Q4_0", 1 / 4],
  ] as const)("of %s are as near as their width allows", (type, share) => {
    const anyBlock = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(anyBlock, (values) => {
        const numbers = Float32Array.from(values);
        const back = new Float32Array(32);
        dequantise(type, quantise(type, numbers), back);
        const largest = Math.max(...numbers.map(Math.abs));
        // Half a step (Q4_0: a whole one, at the end of the range that its sign leaves out), and a half's rounding: of a tiny scale
        // at most 2^-25, times 127.
        numbers.forEach((number, index) => {
          expect(Math.abs(number - back[index]!)).toBeLessThanOrEqual(largest * share * 0.51 + 4e-6);
        });
      }),
    );
  });
});

describe("a GGUF file", () => {
  it("has what was written, aligned, and holds no more", async () => {
    const tensors = [
      tensor("token_embd.weight", [5, 64], "F32"),
      tensor("blk.0.ffn_up.weight", [3, 64], "F16"),
      tensor("blk.0.attn_q.weight", [64, 64], "Q8_0"),
      tensor("odd", [7], "F32"),
      tensor("blk.0.attn_v.weight", [2, 64], "Q4_0"),
    ];
    const seen: (string | number)[] = [];
    await writeGguf(path, metadata, tensors, (name, bytes) => seen.push(name, bytes));
    expect(seen.slice(0, 4)).toEqual(["token_embd.weight", 1280, "blk.0.ffn_up.weight", 384]);
    expect(await readdir(folder)).toEqual(["model.gguf"]);
    expect((await stat(path)).size % 32).toBe(0);
    await using file = await openGguf(path);
    expect(new Map(file.metadata)).toEqual(metadata);
    const names = ["model.embed_tokens", "model.layers.0.mlp.up_proj", "model.layers.0.self_attn.q_proj"];
    for (const [index, name] of names.entries()) {
      const read = await file.read(`${name}.weight`);
      const worst = Math.max(...read.map((value, at) => Math.abs(value - tensors[index]!.data[at]!)));
      expect(worst).toBeLessThan([1e-9, 1e-3, 1e-2][index]!);
    }
    expect(await file.read("odd")).toEqual(tensors[3]!.data);
  });

  it("leaves the old file and no other where writing fails", async () => {
    await writeGguf(path, metadata, [tensor("a", [4], "F32")]);
    const before = await readFile(path);
    const short = { ...tensor("a", [4], "F32"), shape: [5] };
    await expect(writeGguf(path, metadata, [short])).rejects.toThrow(
      "internal: a has 16 bytes instead of 20",
    );
    await expect(writeGguf(path, metadata, [tensor("a", [48], "Q8_0")])).rejects.toThrow(
      "internal: rows of a",
    );
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(folder)).toEqual(["model.gguf"]);
  });
});
