/** @file Quantised weights that are kept → the same bits as made anew; files that cannot be used or written cost time only. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import { randomFrom } from "../shared/random.ts";
import { type QuantizedCache, quantizedPath, quantizedThrough } from "./quantized-cache.ts";
import { quantizedBytes } from "./quantized-file.ts";
import { listQuantized } from "./quantized-listing.ts";
import type { StorageSettings, StoredMatrix } from "./stored-matrix.ts";

const matrices = new Map([
  ["model.layers.0.a.weight", [96, 64]],
  ["model.layers.0.b.weight", [3, 128]],
  ["model.layers.1.a.weight", [96, 64]],
] as const);
const nf4: StorageSettings = { storage: "nf4", doubleQuantize: false };
const all: readonly (readonly [string, StorageSettings])[] = [
  ["int8", { storage: "int8", doubleQuantize: false }],
  ["nf4", nf4],
  ["nf4, scales quantised", { storage: "nf4", doubleQuantize: true }],
];

let home = "";
let model = "";
let folder = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nerium-quantized-"));
  folder = join(home, "cache", "quantized");
  model = join(home, "model.safetensors");
  writeFileSync(model, "weights");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Weights that follow from `seed`, how often they were read, and what was said. */
function newCase(seed = 1) {
  const notes: string[] = [];
  let reads = 0;
  const cache = (): QuantizedCache => ({
    folder,
    model: "org/model",
    files: [model],
    onNote: (note) => notes.push(note),
  });
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> => {
    reads++;
    const random = randomFrom(seed, [...matrices.keys()].indexOf(name as never));
    const [out, inner] = matrices.get(name as never)!;
    return Float32Array.from({ length: out * inner }, () => random() - 0.5);
  };
  const quantized = (settings = nf4, isKept = true) =>
    quantizedThrough(isKept ? cache() : undefined, { matrices, settings }, read);
  return { notes, reads: () => reads, quantized };
}

/** Every matrix with a digest of what a graph is fed of it, and of its numbers. */
function bitsOf(found: ReadonlyMap<string, StoredMatrix>): Record<string, string> {
  const digestOf = ({ expand, numbers }: StoredMatrix): string => {
    const digest = createHash("sha256");
    for (const [part, { type, shape, data }] of Object.entries(expand()))
      digest.update(`${part} ${type} ${shape.join()}`).update(new Uint8Array(data.buffer));
    return digest.update(new Uint8Array(numbers().buffer)).digest("hex");
  };
  return Object.fromEntries(Array.from(found, ([name, matrix]) => [name, digestOf(matrix)]));
}

const fileOf = (settings = nf4): string => quantizedPath(folder, "org/model", settings);

describe("quantised weights that are kept", () => {
  it.each(all)("are those that are made anew, bit by bit: %s", async (_, settings) => {
    const { quantized, reads, notes } = newCase();
    const anew = bitsOf(await quantized(settings, false));
    expect(bitsOf(await quantized(settings))).toEqual(anew);
    expect(reads()).toBe(6);
    expect(bitsOf(await quantized(settings))).toEqual(anew);
    expect(reads()).toBe(6); // none more
    expect(notes.join("\n")).toMatch(/^quantised weights were kept .*\nquantised weights were read from/);
    const { size } = statSync(fileOf(settings));
    const arrays = quantizedBytes({ matrices, settings });
    expect(size).toBeGreaterThan(arrays);
    expect(size).toBeLessThan(arrays + 3000); // the header
  });

  it("lie in a file for each model and way, which is listed", async () => {
    const { quantized } = newCase();
    for (const [, settings] of all) await quantized(settings);
    writeFileSync(join(folder, "notes.txt"), "not ours");
    const listed = await listQuantized(folder);
    expect(listed.map(({ file }) => file.replace(/\.[0-9a-f]{12}\./, ".*."))).toEqual([
      "model.int8.*.safetensors",
      "model.nf4-double.*.safetensors",
      "model.nf4.*.safetensors",
    ]);
    expect(listed.map((kept) => kept.model)).toEqual(["org/model", "org/model", "org/model"]);
    expect(await listQuantized(join(home, "nowhere"))).toEqual([]);
  });

  it("are made anew, and said to be, when the model's file has changed", async () => {
    await newCase(1).quantized();
    // As long as before and dated back: what package managers do.
    const { atime, mtime } = statSync(model);
    writeFileSync(model, "WEIGHTS");
    utimesSync(model, atime, mtime);
    const { quantized, notes } = newCase(2);
    const found = bitsOf(await quantized());
    expect(notes[0]).toMatch(/cannot be used and are made anew: .*it was made of other weights/);
    expect(found).toEqual(bitsOf(await newCase(2).quantized(nf4, false)));
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("are made anew from a file that was damaged anywhere", async () => {
    const { quantized } = newCase();
    const anew = bitsOf(await quantized());
    const whole = readFileSync(fileOf());
    const random = randomFrom(5);
    const damages: [string, Uint8Array][] = [
      ["empty", new Uint8Array()],
      ["cut", whole.subarray(0, whole.length - 1)],
      ["longer", Buffer.concat([whole, Buffer.of(0)])],
      ...Array.from({ length: 40 }, (): [string, Uint8Array] => {
        const place = Math.floor(random() * whole.length);
        const flipped = Buffer.from(whole);
        flipped[place]! ^= 1 << Math.floor(random() * 8);
        return [`a bit of byte ${place}`, flipped];
      }),
    ];
    for (const [damage, bytes] of damages) {
      writeFileSync(fileOf(), bytes);
      const again = newCase();
      expect(bitsOf(await again.quantized()), damage).toEqual(anew);
      // A bit of the model's name for people may flip unnoticed: no number depends on it.
      if (again.reads() > 0) expect(again.notes[0], damage).toMatch(/made anew: /);
      writeFileSync(fileOf(), whole);
    }
  });

  it("are left alone by a folder that cannot be written: only time is lost", async () => {
    writeFileSync(join(home, "cache"), "a file where the folder should be");
    const { quantized, notes, reads } = newCase();
    expect(bitsOf(await quantized())).toEqual(bitsOf(await newCase().quantized(nf4, false)));
    expect(reads()).toBe(3);
    expect(notes).toEqual([expect.stringMatching(/could not be kept for later runs: .*(ENOTDIR|EEXIST)/)]);
  });

  it("leave nothing behind when the weights cannot be read, and that is the fault that is told", async () => {
    const cache = { folder, model: "org/model", files: [model], onNote: () => {} };
    const error = await failureOf(
      quantizedThrough(cache, { matrices, settings: nf4 }, async (name) => {
        if (name.includes("layers.1")) throw new Error("the shard ended");
        return new Float32Array(matrices.get(name as never)![0] * matrices.get(name as never)![1]);
      }),
    );
    expect((error as Error).message).toBe("the shard ended");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("are whole when several runs begin at once", async () => {
    const cases = Array.from({ length: 5 }, () => newCase());
    const found = await Promise.all(cases.map(({ quantized }) => quantized()));
    const anew = bitsOf(await newCase().quantized(nf4, false));
    for (const one of found) expect(bitsOf(one)).toEqual(anew);
    expect(readdirSync(folder)).toHaveLength(1);
    const later = newCase();
    expect(bitsOf(await later.quantized())).toEqual(anew);
    expect(later.reads()).toBe(0);
  });

  it("take away what a killed run has left, and nothing that may still be written", async () => {
    await newCase().quantized();
    const [old, young] = [`${fileOf()}.old.tmp`, `${fileOf()}.young.tmp`];
    for (const file of [old, young]) writeFileSync(file, "half");
    utimesSync(old, 1e9, 1e9);
    expect((await listQuantized(folder)).filter(({ model: of }) => of === undefined)).toHaveLength(2);
    writeFileSync(model, "other weights");
    await newCase().quantized();
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([
      young.slice(folder.length + 1),
    ]);
  });
});
