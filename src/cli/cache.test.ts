/** @file `nerium cache` as a person sees it: a table or JSON of what runs have kept, and its deletion. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  pubTatorOf,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "../../test/tiny-training.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { listQuantized } from "../adapters/quantized-listing.ts";
import { quantizedFolder } from "../training/setup.ts";
import { runCache } from "./cache.ts";
import { newTestEffects } from "./test-effects.ts";

let folder: TinyFolder;
let cache = "";
beforeEach(() => {
  folder = tinyFolder();
  cache = join(folder.path, "cache", "quantized");
});
afterEach(() => folder[Symbol.dispose]());

async function shown(files: readonly string[] = [], options = {}): Promise<string> {
  const effects = { ...newTestEffects(), environment: { NERIUM_CACHE: join(folder.path, "cache") } };
  await runCache(files, options, effects);
  return effects.stdout.text();
}

function write(name: string): void {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, name), "x".repeat(1000));
}

describe("nerium cache", () => {
  it("says that there is nothing, and where that would be", async () => {
    expect(await shown()).toBe(`no quantised weights are kept in ${cache}\n`);
    expect(JSON.parse(await shown([], { json: true }))).toEqual({
      folder: cache,
      deleted: false,
      bytes: 0,
      files: [],
    });
  });

  it("deletes what is named, or all of its own, and nothing else", async () => {
    for (const name of ["a.safetensors", "b.safetensors", "b.safetensors.1-2.tmp", "mine.txt"]) write(name);
    expect(await shown()).toMatch(/a\.safetensors.*\(damaged\)\n.*\n.*\(unfinished\)\n0\.00 GB in/);
    const error = await failureOf(shown(["c.safetensors"], { delete: true }));
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining("a.safetensors") });
    await shown(["a.safetensors"], { delete: true });
    expect((await listQuantized(cache)).map(({ file }) => file)).toEqual([
      "b.safetensors",
      "b.safetensors.1-2.tmp",
    ]);
    expect(JSON.parse(await shown([], { delete: true, json: true }))).toMatchObject({ bytes: 2000 });
    expect(await listQuantized(cache)).toEqual([]);
    expect(existsSync(join(cache, "mine.txt"))).toBe(true);
  });

  it("shows what a run has kept, which says so; a run that shall keep nothing does not", async () => {
    folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 1 })));
    await trainTiny(resolveTiny(folder, tinyMaskedRecipe, "out=base", "training.steps=1"));
    const notesOf = async (...overrides: string[]): Promise<string> => {
      const given = ["from=base/model", "adapter={rank: 2}", "quantize.storage=int8", "training.steps=1"];
      const [start] = await trainTiny(resolveTiny(folder, tinyRecipe, ...given, ...overrides));
      const notes = start!.type === "run-start" ? start!.notes : [];
      return notes.filter((note) => note.includes("quantised")).join("\n");
    };
    const of = join(folder.path, "base", "model");
    const kept = async () => (await listQuantized(quantizedFolder())).filter(({ model }) => model === of);
    expect(await notesOf("out=without", "quantize.cache=false")).toBe("");
    expect(await kept()).toEqual([]);
    expect(await notesOf("out=first")).toMatch(/^quantised weights were kept for later runs in /);
    expect(await kept()).toHaveLength(1);
    expect(await notesOf("out=second")).toMatch(/^quantised weights were read from /);
  });
});
