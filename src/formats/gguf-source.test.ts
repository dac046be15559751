/** @file GGUF files that gguf-py wrote → the same tensors and metadata; hostile ones are refused. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { openGguf } from "./gguf-source.ts";
import { llama3Factors } from "./gguf/config.ts";
import { dequantise } from "./gguf/dequantise.ts";
import { ggufName, huggingFaceName } from "./gguf/names.ts";
import type { TensorType } from "./gguf/types.ts";
import { interleave } from "./rotary-order.ts";

const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "models");
const readFixture = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(fixtures, name), "utf8"));

interface SmallModel {
  readonly file: string;
  readonly tensors: Record<string, { shape: number[]; type: string; values: string }>;
}
const blocks = (await readFixture("gguf-blocks.json")) as {
  read: Record<TensorType, { bytes: string; values: string }>;
};
const files = (await readFixture("gguf-files.json")) as Record<string, SmallModel>;
const small = Buffer.from(files["32"]!.file, "base64");

const floatsOf = (base64: string): Float32Array<ArrayBuffer> =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);

let path = "";
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "nerium-gguf-"));
  path = join(folder, "model.gguf");
  return () => rm(folder, { recursive: true });
});

describe("GGUF's blocks", () => {
  it.each(Object.keys(blocks.read) as TensorType[])("of %s are decoded as gguf-py decodes them", (type) => {
    const { bytes, values } = blocks.read[type];
    const expected = floatsOf(values);
    const numbers = new Float32Array(expected.length);
    dequantise(type, Buffer.from(bytes, "base64"), numbers);
    expect(numbers).toEqual(expected);
  });
});

describe("a GGUF file", () => {
  it.each(["32", "64"])("with an alignment of %s gives gguf-py's tensors", async (alignment) => {
    const { file, tensors } = files[alignment]!;
    await writeFile(path, Buffer.from(file, "base64"));
    await using model = await openGguf(path);
    expect(model.entries.size).toBe(5);
    for (const [gguf, { shape, type, values }] of Object.entries(tensors)) {
      const name = huggingFaceName(gguf)!;
      expect(model.entries.get(name)).toMatchObject({ shape, dtype: type });
      const read = await model.read(name);
      const expected = floatsOf(values);
      // Queries and keys are turned on their way; turned back they are the file's.
      expect(/_[qk]\./.test(gguf) ? interleave(read, shape[0]!, 8) : read).toEqual(expected);
    }
  });

  it("gives rows in the middle, whatever their type", async () => {
    await writeFile(path, small);
    await using model = await openGguf(path);
    for (const [name, { shape }] of model.entries) {
      const whole = await model.read(name);
      const length = whole.length / shape[0]!;
      for (const [from, to] of [
        [0, 1],
        [3, 9],
        [shape[0]! - 1, shape[0]!],
      ] as const) {
        expect(await model.read(name, { from, to })).toEqual(whole.slice(from * length, to * length));
      }
    }
  });

  it("puts the rows of queries into Hugging Face's order", async () => {
    await writeFile(path, small);
    await using model = await openGguf(path);
    const rows = await model.read("model.layers.0.self_attn.q_proj.weight", { from: 8, to: 16 });
    expect(Array.from({ length: 8 }, (_, row) => rows[32 * row])).toEqual([8, 10, 12, 14, 9, 11, 13, 15]);
  });

  it("gives metadata of every type", async () => {
    await writeFile(path, small);
    await using model = await openGguf(path);
    const plain = Object.fromEntries([...model.metadata].map(([key, { value }]) => [key, value]));
    expect(plain).toMatchObject({
      "test.bool": true,
      "test.int64": -(2n ** 40n),
      "test.uint64": 2n ** 60n + 1n,
      "test.float64": 0.1,
      "test.int16": -3,
      "test.string": "Sjögren 🧬",
      "test.numbers": [1, -2, 3],
      "test.texts": ["a", "", "ß"],
    });
    expect(model.config).toMatchObject({
      model_type: "llama",
      vocab_size: 10,
      hidden_size: 32,
      head_dim: 8,
      num_key_value_heads: 2,
      rope_theta: 5000,
      tie_word_embeddings: true,
    });
  });

  it("has names for all tensors of the family, in both directions", () => {
    for (const name of [
      "model.embed_tokens.weight",
      "lm_head.weight",
      "model.norm.weight",
      "model.layers.17.self_attn.q_proj.bias",
      "model.layers.0.self_attn.k_norm.weight",
      "model.layers.9.post_attention_layernorm.weight",
      "model.layers.9.mlp.down_proj.weight",
    ]) {
      expect(huggingFaceName(ggufName(name)!)).toBe(name);
    }
    expect(ggufName("model.layers.3.mlp.up_proj.weight")).toBe("blk.3.ffn_up.weight");
    expect(ggufName("model.layers.3.mlp.experts.0.weight")).toBeUndefined();
    expect(huggingFaceName("blk.0.ffn_gate_exps.weight")).toBeUndefined();
  });

  it("has Llama 3's rope factors: short waves as they are, long ones stretched, a ramp between", () => {
    const rope = { headSize: 128, ropeTheta: 500_000, factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const factors = llama3Factors({ ...rope, original_max_position_embeddings: 8192 });
    expect([factors[0], factors[28], factors[63]]).toEqual([1, 1, 8]);
    expect(factors[30]).toBeGreaterThan(1);
    expect(factors[30]).toBeLessThan(8);
    expect([...factors]).toEqual([...factors].toSorted((a, b) => a - b));
  });
});

/** A file of a head alone: what is given as text, whole number (64 bits) or [32 bits]. */
function head(...parts: readonly (string | number | bigint | readonly [number])[]): Buffer {
  const encoded = parts.map((part) => {
    const bytes = Buffer.alloc(typeof part === "object" ? 4 : 8);
    if (typeof part === "object") bytes.writeUInt32LE(part[0]);
    else bytes.writeBigUInt64LE(BigInt(typeof part === "string" ? Buffer.byteLength(part) : part));
    return typeof part === "string" ? Buffer.concat([bytes, Buffer.from(part)]) : bytes;
  });
  return Buffer.concat([Buffer.from("GGUF"), ...encoded]);
}
const v3 = [3] as const;
const [uint32, string, array] = [[4] as const, [8] as const, [9] as const];
/** A one-dimensional tensor of `size` numbers of the type at `offset`. */
const tensor = (size: number | bigint, type: number, offset: number, name = "t") =>
  [name, [1] as const, size, [type] as const, offset] as const;
const huge = 2n ** 63n;

describe("a hostile GGUF file", () => {
  it.each([
    ["nothing", Buffer.alloc(0), "does not begin with GGUF"],
    ["another format", Buffer.from("PK\u0003\u0004aaaaaaaa"), "does not begin with GGUF"],
    ["version 1", head([1]), "version 2 or 3, got 1"],
    ["big-endian", head([0x03000000]), "big-endian"],
    ["an end after the version", head(v3), "ends at byte 8, within its header"],
    ["too many tensors", head(v3, huge, 0), "number of tensors: expected at most 100000"],
    ["too much metadata", head(v3, 0, huge), "metadata entries: expected at most 10000"],
    ["a key beyond the end", head(v3, 0, 1, 100), "ends at byte 32, within"],
    ["an endless key", head(v3, 0, 1, huge), "bytes of a key: expected at most 1024"],
    ["an unknown type", head(v3, 0, 1, "k", [13]), "type from 0 to 12, got 13"],
    ["an endless text", head(v3, 0, 1, "k", string, huge), "bytes of k: expected at most"],
    ["an endless list", head(v3, 0, 1, "k", array, uint32, huge), "length of k: expected at most 8000000"],
    ["a list that is not there", head(v3, 0, 1, "k", array, uint32, 7_000_000), "within its header"],
    ["a list of lists", head(v3, 0, 1, "k", array, array, 1), "no arrays in arrays"],
    ["a key twice", head(v3, 0, 2, "k", uint32, [1], "k", uint32, [1]), '"k" stands there twice'],
    ["no dimensions", head(v3, 1, 0, "t", [0], [0], 0), "1 to 4 dimensions, got 0"],
    ["many dimensions", head(v3, 1, 0, "t", [2 ** 32 - 1]), "1 to 4 dimensions"],
    ["an endless tensor", head(v3, 1, 0, ...tensor(huge, 0, 0)), "sizes that fit into the file"],
    ["an empty tensor", head(v3, 1, 0, ...tensor(0, 0, 0)), "sizes that fit into the file"],
    ["a tensor beyond the end", head(v3, 1, 0, ...tensor(8, 0, 0)), "was it cut off?"],
    ["an offset beyond the end", head(v3, 1, 0, ...tensor(8, 0, 4096)), 'offset of tensor "t": expected'],
    ["an offset that is not aligned", head(v3, 1, 0, ...tensor(1, 0, 4)), "no multiple of 32"],
    ["half a block", head(v3, 1, 0, ...tensor(48, 2, 0)), "multiple of 32 numbers (Q4_0), got 48"],
    ["an unknown tensor type", head(v3, 1, 0, ...tensor(256, 16, 0)), "ggml's type 16"],
    ["no alignment", head(v3, 0, 1, "general.alignment", uint32, [0]), "power of 2 up to 65536, got 0"],
    ["a bad alignment", head(v3, 0, 1, "general.alignment", uint32, [48]), "power of 2"],
    [
      "a tensor twice",
      Buffer.concat([head(v3, 2, 0, ...tensor(1, 0, 0), ...tensor(1, 0, 32)), Buffer.alloc(128)]),
      '"t" stands there twice',
    ],
    [
      "tensors on each other",
      Buffer.concat([head(v3, 2, 0, ...tensor(16, 0, 0), ...tensor(1, 0, 32, "u")), Buffer.alloc(128)]),
      '"u" overlaps another',
    ],
    ["no architecture", head(v3, 0, 0), "general.architecture: expected a value"],
    ["an adapter", head(v3, 0, 1, "general.type", string, "adapter"), 'expected "model", got "adapter"'],
    ["a part", head(v3, 0, 1, "split.count", uint32, [2]), "llama-gguf-split --merge"],
  ])("is refused: %s", async (_, bytes, problem) => {
    await writeFile(path, bytes);
    const error = await failureOf(openGguf(path));
    expect(error).toBeInstanceOf(NeriumError);
    expect(error).toMatchObject({ code: "MODEL_FORMAT", file: path });
    expect((error as Error).message).toContain(problem);
  });

  it("is refused at whatever place it is cut off", async () => {
    for (let length = 0; length < small.length; length += length < 200 ? 1 : 37) {
      await writeFile(path, small.subarray(0, length));
      const error = await failureOf(openGguf(path));
      expect(error).toMatchObject({ code: "MODEL_FORMAT", file: path });
    }
  });

  it("never does worse than to be refused, whatever bytes are changed", async () => {
    const change = fc.tuple(fc.nat({ max: 1200 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(small);
        for (const [at, value] of changes) bytes[at] = value;
        await writeFile(path, bytes);
        const outcome = await openGguf(path).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(NeriumError);
          return;
        }
        await using model = outcome as Awaited<ReturnType<typeof openGguf>>;
        for (const name of model.entries.keys()) await model.read(name);
      }),
      { numRuns: 300 },
    );
  });
});
