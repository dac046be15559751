/** @file llama2.c's layout: tensors by Hugging Face's names, rows in its order, wrong files refused. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { openLlama2c } from "./llama2c-source.ts";
import { interleave, interleavedRow } from "./rotary-order.ts";

let path = "";
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "nerium-llama2c-"));
  path = join(folder, "model.bin");
  return () => rm(folder, { recursive: true });
});

/** dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len */
const header = [8, 12, 2, 2, 1, 10, 5];

/** Every number of the file is its place among the numbers, so that a test can tell where it was read. */
function fileOf(numbers: readonly number[], floats: number): Buffer {
  const bytes = Buffer.alloc(28 + 4 * floats);
  numbers.forEach((number, index) => bytes.writeInt32LE(number, 4 * index));
  for (let index = 0; index < floats; index++) bytes.writeFloatLE(index, 28 + 4 * index);
  return bytes;
}

const perLayer = 8 + 64 + 32 + 32 + 64 + 8 + 3 * 96;
const tiedFloats = 80 + 2 * perLayer + 8 + 5 * 4;

describe("llama2.c's layout", () => {
  it("names the tensors as Hugging Face does", async () => {
    await writeFile(path, fileOf(header, tiedFloats));
    await using file = await openLlama2c(path);
    expect(file.entries.size).toBe(2 + 2 * 9);
    expect(file.entries.get("model.layers.1.self_attn.k_proj.weight")).toMatchObject({ shape: [4, 8] });
    expect(file.entries.get("model.layers.0.mlp.down_proj.weight")).toMatchObject({ shape: [8, 12] });
    expect(file.entries.has("lm_head.weight")).toBe(false);
    expect(file.config).toMatchObject({ hidden_size: 8, vocab_size: 10, tie_word_embeddings: true });
    const values = await file.read("model.layers.1.self_attn.v_proj.weight");
    const first = 80 + 2 * 8 + 2 * 64 + 2 * 32 + 32;
    expect([values[0], values.at(-1)]).toEqual([first, first + 31]);
    expect(await file.read("model.embed_tokens.weight", { from: 9, to: 10 })).toEqual(
      Float32Array.from({ length: 8 }, (_, index) => 72 + index),
    );
  });

  it("puts the rows of queries and keys into Hugging Face's order, whole or in part", async () => {
    await writeFile(path, fileOf(header, tiedFloats));
    await using file = await openLlama2c(path);
    const whole = await file.read("model.layers.0.self_attn.q_proj.weight");
    const firstNumbers = Array.from({ length: 8 }, (_, row) => (whole[8 * row]! - whole[0]!) / 8);
    // Two heads of four: pairs (0, 1) and (2, 3) become (0, 2) and (1, 3).
    expect(firstNumbers).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
    for (const [from, to] of [
      [0, 3],
      [2, 6],
      [5, 8],
      [7, 7],
    ] as const) {
      const part = await file.read("model.layers.0.self_attn.q_proj.weight", { from, to });
      expect(part).toEqual(whole.slice(8 * from, 8 * to));
    }
    expect(interleave(whole, 8, 4)).toEqual(whole.slice().sort());
    expect(interleavedRow(5, 4)).toBe(6);
  });

  it("finds an output matrix of its own where the vocabulary's size is negative", async () => {
    await writeFile(path, fileOf(header.with(5, -10), tiedFloats + 80));
    await using file = await openLlama2c(path);
    expect(file.config).toMatchObject({ tie_word_embeddings: false, vocab_size: 10 });
    expect((await file.read("lm_head.weight"))[0]).toBe(tiedFloats);
  });

  it.each([
    ["an empty file", Buffer.alloc(0), "expected 28 bytes or more, got 0"],
    ["a file that is cut off", fileOf(header, tiedFloats - 1), `got ${28 + 4 * tiedFloats - 4}`],
    ["a file that is too long", fileOf(header, tiedFloats + 1), `expected ${28 + 4 * tiedFloats} bytes`],
    ["a size of 0", fileOf(header.with(0, 0), 0), "dim: expected 1 to 65536, got 0"],
    ["a negative size", fileOf(header.with(3, -1), 0), "n_heads: expected 1 to 1024, got -1"],
    ["an absurd size", fileOf(header.with(2, 2 ** 31 - 1), 0), "n_layers: expected 1 to 1000"],
    ["heads that do not fit", fileOf(header.with(4, 3), 0), "expected even heads that fit"],
    ["the smallest number as vocabulary", fileOf(header.with(5, -(2 ** 31)), 0), "vocab_size"],
    ["a later layout", fileOf([0x616b3432, 2, 0, 0, 0, 0, 0], 0), "--version 0"],
  ])("refuses %s", async (_, bytes, problem) => {
    await writeFile(path, bytes);
    const error = await failureOf(openLlama2c(path));
    expect(error).toBeInstanceOf(NeriumError);
    expect(error).toMatchObject({
      code: "MODEL_FORMAT",
      file: path,
      message: expect.stringContaining(problem),
    });
  });
});
