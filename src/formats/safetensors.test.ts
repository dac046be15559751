import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import type { TensorSource } from "./safetensors.ts";
import { arrayTypes, readSafetensors, toFloat32, writeSafetensors } from "./safetensors.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nerium-safetensors-"));
  path = join(folder, "model.safetensors");
});
afterAll(() => rm(folder, { recursive: true }));

function fileOf(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(),
  stated?: bigint,
): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(stated ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

async function problemOf(bytes: Uint8Array): Promise<string> {
  await writeFile(path, bytes);
  const error = await readSafetensors(path).then(
    () => new Error("was accepted"),
    (error: unknown) => error as Error,
  );
  expect(error).toBeInstanceOf(NeriumError);
  expect(error).toMatchObject({ code: "MODEL_FORMAT", file: path });
  return error.message.slice(path.length + 2);
}

const tensor = (start: number, end: number, shape = "[1]", dtype = "U8") =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`;

const anyDType = fc.constantFrom(...(Object.keys(arrayTypes) as (keyof typeof arrayTypes)[]));
const anyShape = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const anyName = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
const anySource: fc.Arbitrary<TensorSource> = fc.tuple(anyDType, anyShape).chain(([dtype, shape]) => {
  const type = arrayTypes[dtype];
  const bytes = shape.reduce((a, b) => a * b, 1) * type.BYTES_PER_ELEMENT;
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((values) => ({ dtype, shape, data: new type(values.slice().buffer) }));
});

describe("safetensors", () => {
  it("gives back what was written, bit for bit, for every dtype", async () => {
    const anyTensors = fc.array(fc.tuple(anyName, anySource), { maxLength: 6 });
    const anyMetadata = fc.dictionary(anyName, fc.string({ unit: "binary" }));
    await fc.assert(
      fc.asyncProperty(anyTensors, anyMetadata, async (pairs, metadata) => {
        const tensors = new Map(pairs);
        await writeSafetensors(path, tensors, metadata);
        const read = await readSafetensors(path);
        expect({ ...read.metadata }).toEqual({ ...metadata });
        expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [name, { dtype, shape, data }] of tensors) {
          const found = read.tensors.get(name)!;
          expect(found.dtype).toBe(dtype);
          expect(found.shape).toEqual(shape);
          expect(Buffer.from(found.data.buffer)).toEqual(Buffer.from(data.buffer));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("stores Float32Array as F32, F16 or BF16 and reads them as Float32Array", async () => {
    const data = Float32Array.of(1, -0.1, 1e-7, 70_000);
    const shape = [2, 2];
    await writeSafetensors(
      path,
      new Map([
        ["full", { shape, data }],
        ["half", { shape, data, dtype: "F16" as const }],
        ["brain", { shape, data, dtype: "BF16" as const }],
      ]),
    );
    const { tensors } = await readSafetensors(path);
    expect(toFloat32(tensors.get("full")!)).toEqual(data);
    expect([...toFloat32(tensors.get("half")!)]).toEqual([1, -0.0999755859375, 2 * 2 ** -24, Infinity]);
    expect([...toFloat32(tensors.get("brain")!)]).toEqual([1, -0.10009765625, 1.0011717677116394e-7, 70144]);
  });

  it("writes the layout that others expect: padded header, aligned data, views respected", async () => {
    const view = Float32Array.of(7, 1.5, 7).subarray(1, 2);
    await writeSafetensors(
      path,
      new Map<string, TensorSource>([
        ["odd", { shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ["x", { shape: [], data: view }],
      ]),
      { format: "pt" },
    );
    const bytes = await readFile(path);
    const json =
      '{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"odd":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}';
    const length = Math.ceil(json.length / 8) * 8;
    expect(bytes.readBigUInt64LE()).toBe(BigInt(length));
    expect(bytes.toString("latin1", 8, 8 + length)).toBe(json.padEnd(length));
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0xc0, 0x3f, 1, 2, 3]);
  });

  it("leaves the old file and no other when writing fails", async () => {
    await writeSafetensors(path, new Map([["a", { shape: [1], data: Float32Array.of(1) }]]));
    const before = await readFile(path);
    const wrong = new Map([["a", { shape: [2], data: Float32Array.of(1) }]]);
    await expect(writeSafetensors(path, wrong)).rejects.toThrow("internal: tensor");
    await expect(writeSafetensors(join(folder, "none", "x"), new Map())).rejects.toThrow("ENOENT");
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  it("refuses sources that cannot be stored as asked", async () => {
    const bad: readonly [string, TensorSource][] = [
      ["__metadata__", { shape: [0], data: new Float32Array() }],
      ["a", { shape: [1], data: Int32Array.of(1), dtype: "F16" }],
      ["a", { shape: [1], data: Float32Array.of(1), dtype: "I32" }],
    ];
    for (const [name, source] of bad) {
      await expect(writeSafetensors(path, new Map([[name, source]]))).rejects.toThrow("internal:");
    }
  });

  it("refuses hostile headers and says why", async () => {
    const one = Uint8Array.of(1);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [new Uint8Array(), "expected at least 8 bytes, got 0"],
      [Uint8Array.of(1, 2, 3), "expected at least 8 bytes, got 3"],
      [fileOf("{}", one, 2n ** 64n - 1n), "stated length of 18446744073709551615"],
      [fileOf("{}", one, 100_000_001n), "at most 3 bytes"],
      [fileOf("{}", one, 4n), "at most 3 bytes"],
      [fileOf(""), "not JSON"],
      [fileOf("not json"), "not JSON"],
      [fileOf("\uFEFF{}"), "not JSON"],
      [fileOf(Uint8Array.of(0x22, 0xff, 0x22)), "not UTF-8"],
      [fileOf("[]"), "expected a JSON object"],
      [fileOf("null"), "expected a JSON object"],
      [fileOf("[".repeat(1e6)), "not JSON"],
      [fileOf("{}", one), "expected 0 bytes of data, got 1"],
      [fileOf(`{"a":${tensor(0, 1)}}`), "expected 1 bytes of data, got 0"],
      [fileOf(`{"a":${tensor(0, 1)},"a":${tensor(0, 1)}}`, one), '"a" stands there twice'],
      [fileOf(`{"a":${tensor(0, 1)},"\\u0061" :${tensor(0, 1)}}`, one), '"a" stands there twice'],
      [
        fileOf(`{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, one),
        '"dtype" stands there twice',
      ],
      [fileOf(`{"a":${tensor(0, 1)},"b":${tensor(0, 1)}}`, one), "expected to start at byte 1"],
      [fileOf(`{"a":${tensor(1, 2)}}`, Uint8Array.of(1, 2)), "expected to start at byte 0"],
      [fileOf(`{"a":${tensor(1, 0)}}`, one), "1 bytes apart"],
      [fileOf(`{"a":${tensor(-1, 0)}}`, one), "two data_offsets"],
      [fileOf(`{"a":${tensor(0, 1, "[2]")}}`, one), "2 bytes apart"],
      [fileOf(`{"a":${tensor(0, 1, "[1.5]")}}`, one), "a shape of whole numbers"],
      [fileOf(`{"a":${tensor(0, 1, "[-1]")}}`, one), "a shape of whole numbers"],
      [fileOf(`{"a":${tensor(0, 1, "[1e400]")}}`, one), "a shape of whole numbers"],
      [fileOf(`{"a":${tensor(0, 1, `[${"[".repeat(1e5)}${"]".repeat(1e5)}]`)}}`, one), "got a nested list"],
      [fileOf(`{"a":${tensor(0, 0, "[4503599627370496,4503599627370496]")}}`), "bytes apart"],
      [fileOf(`{"a":${tensor(0, 1, "[1]", "F4")}}`, one), 'got "F4"'],
      [fileOf(`{"a":${tensor(0, 1, "[1]", "toString")}}`, one), 'got "toString"'],
      [fileOf(`{"a":7}`), "expected an object with dtype"],
      [fileOf(`{"__proto__":7}`), "expected an object with dtype"],
      [fileOf(`{"__metadata__":{"a":1}}`), 'expected a text for "a", got 1'],
      [fileOf(`{"__metadata__":[]}`), "expected an object of texts"],
    ];
    for (const [bytes, problem] of cases) expect(await problemOf(bytes)).toContain(problem);
  });

  it("refuses a valid file that lost or gained bytes", async () => {
    await writeSafetensors(path, new Map([["a", { shape: [3], data: Float32Array.of(1, 2, 3) }]]));
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length++) await problemOf(bytes.subarray(0, length));
    await problemOf(Buffer.concat([bytes, Uint8Array.of(0)]));
  });

  it("never throws anything but NeriumError, whatever the header's bytes", async () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "\\",
      '"a"',
      '"dtype"',
      '"U8"',
      '"shape"',
      '"data_offsets"',
      "0",
      "1",
      "null",
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces)), async (parts) => {
        await writeFile(path, fileOf(parts.join("")));
        const outcome = await readSafetensors(path).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(NeriumError);
      }),
      { numRuns: 300 },
    );
  });

  it("says when a file is missing or a folder", async () => {
    await expect(readSafetensors(join(folder, "none"))).rejects.toMatchObject({ code: "UNREADABLE" });
    await expect(readSafetensors(folder)).rejects.toMatchObject({ code: "UNREADABLE" });
  });

  it("tells which dtypes are no floats", async () => {
    await writeSafetensors(path, new Map([["a", { shape: [1], data: Int8Array.of(1) }]]));
    const { tensors } = await readSafetensors(path);
    expect(() => toFloat32(tensors.get("a")!)).toThrow("got I8");
  });
});
