/** @file `nerium tag`: what it writes where, with a fake tagger that marks capitalised words. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Mention } from "../documents/index.ts";
import type { Tagger } from "../tagging/types.ts";
import { newTestEffects } from "./test-effects.ts";
import { runTag } from "./tag-run.ts";
import type { TagCommandOptions } from "./tag.ts";

/** Marks capitalised words: `A…` to `M…` as Disease, the others as Chemical. */
const openTagger = async (): Promise<Tagger> => ({
  info: { types: ["Disease", "Chemical"], model: "fake" },
  async *tag(documents, { types = ["Disease", "Chemical"] } = {}) {
    for await (const document of documents) {
      const passages = document.passages.map(({ text }) => ({
        text,
        mentions: [...text.matchAll(/\b[A-Z]\w+/g)]
          .map(({ index: start, 0: word }): Mention => {
            const type = word < "N" ? "Disease" : "Chemical";
            return { start, end: start + word.length, type, score: 0.9 };
          })
          .filter(({ type }) => types.includes(type)),
      }));
      yield { id: document.id, passages };
    }
  },
  async [Symbol.asyncDispose]() {},
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-tag-"));
  writeFileSync(join(folder, "a.txt"), "treated Cancer with Zinc");
  writeFileSync(join(folder, "b.txt"), "𝛼 and Gout");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function tag(inputs: string[], options: TagCommandOptions = {}) {
  const effects = newTestEffects();
  await runTag(
    inputs.map((name) => (name === "-" ? name : join(folder, name))),
    options,
    { ...effects, openTagger },
  );
  return {
    out: effects.stdout.text().replaceAll(folder, "."),
    err: effects.stderr.text().replaceAll(folder, "."),
    exitCode: effects.exitCode(),
  };
}

const rows = (text: string): { id: string; entities: object[] }[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; entities: object[] });

describe("on stdout", () => {
  test("writes text for people unless told otherwise", async () => {
    const { out, err, exitCode } = await tag(["a.txt"]);
    expect(out).toBe(
      `a\n\ntreated [Cancer|Disease] with [Zinc|Chemical]\n\n` +
        `type      text    count  best score\n` +
        `Chemical  Zinc        1        0.90\n` +
        `Disease   Cancer      1        0.90\n\n`,
    );
    expect(err).toBe("nerium: 1 document, 2 mentions, 1 input tagged\n");
    expect(exitCode).toBe(0);
  });

  test("writes all inputs as one stream of JSON lines, in the order given", async () => {
    const { out } = await tag(["b.txt", "a.txt"], { json: true });
    expect(rows(out).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(rows(out)[0]!.entities).toEqual([
      { start: 6, end: 10, text: "Gout", label: "Disease", score: 0.9 },
    ]);
  });

  test("counts UTF-16 units if asked", async () => {
    const { out } = await tag(["b.txt"], { to: "jsonl", offsets: "utf-16" });
    expect(rows(out)[0]!.entities).toMatchObject([{ start: 7, end: 11 }]);
  });

  test("marks only the types asked for, in any case", async () => {
    const { out } = await tag(["a.txt"], { to: "jsonl", types: ["chemical"] });
    expect(rows(out)[0]!.entities).toMatchObject([{ text: "Zinc" }]);
    await expect(tag(["a.txt"], { types: ["Gene"] })).rejects.toThrow(
      /does not mark Gene.*Disease, Chemical/,
    );
  });

  test("goes on after a bad input, names it and fails", async () => {
    writeFileSync(join(folder, "bad.txt"), Buffer.from([0x41, 0xff, 0xfe]));
    const { out, err, exitCode } = await tag(["bad.txt", "missing.txt", "a.txt"], { to: "jsonl" });
    expect(rows(out)).toHaveLength(1);
    expect(err).toMatch(
      /^nerium: .*bad\.txt:1.*\nnerium: .*missing\.txt.*\nnerium: 1 document, .*2 failed\n$/,
    );
    expect(exitCode).toBe(1);
  });
});

describe("into a folder", () => {
  beforeEach(() => {
    mkdirSync(join(folder, "deep", "er"), { recursive: true });
    writeFileSync(join(folder, "deep", "er", "c.txt"), "Gout");
    writeFileSync(join(folder, "deep", "picture.png"), "");
    writeFileSync(join(folder, "deep", ".hidden.txt"), "Gout");
    writeFileSync(join(folder, "deep", "b.txt"), "Gout");
  });

  test("gives each input its own file and keeps the folders below", async () => {
    const output = join(folder, "out");
    const { out, err } = await tag(["deep"], { output });
    expect(out).toBe("");
    expect(new Set(readdirSync(output, { recursive: true, encoding: "utf8" }))).toEqual(
      new Set(["b.jsonl", "er", "er/c.jsonl"]),
    );
    expect(err).toContain("2 inputs tagged");
  });

  test("skips what is finished, unless forced", async () => {
    const output = join(folder, "out/");
    await tag(["a.txt"], { output });
    writeFileSync(join(output, "a.jsonl"), "finished");
    const { err } = await tag(["a.txt", "b.txt"], { output });
    expect(err).toContain("1 input tagged, 1 finished before and skipped");
    expect(readFileSync(join(output, "a.jsonl"), "utf8")).toBe("finished");
    await tag(["a.txt"], { output, force: true });
    expect(rows(readFileSync(join(output, "a.jsonl"), "utf8"))).toHaveLength(1);
  });

  test("leaves nothing behind of an input that fails, and takes it up again", async () => {
    const output = join(folder, "out/");
    const good = `{"id":"1","text":"Gout"}\n`;
    writeFileSync(join(folder, "x.jsonl"), `${good}{"id":`);
    const { exitCode } = await tag(["x.jsonl", "a.txt"], { output });
    expect(exitCode).toBe(1);
    expect(readdirSync(output)).toEqual(["a.jsonl"]);
    writeFileSync(join(folder, "x.jsonl"), good);
    expect((await tag(["x.jsonl", "a.txt"], { output })).err).toContain("1 input tagged, 1 finished before");
  });

  test("does not read its own outputs when it runs again", async () => {
    const output = join(folder, "deep", "out");
    await tag(["deep"], { output });
    const { err } = await tag(["deep"], { output });
    expect(err).toContain("0 inputs tagged, 2 finished before");
  });

  test("refuses two inputs for one output, and an input as output", async () => {
    const output = join(folder, "out/");
    await expect(tag(["b.txt", "deep/b.txt"], { output })).rejects.toThrow(/both be written to/);
    writeFileSync(join(folder, "x.jsonl"), `{"id":"1","text":"Gout"}\n`);
    await expect(tag(["x.jsonl"], { output: folder })).rejects.toThrow(/which is an input/);
    await expect(tag(["a.txt", "b.txt"], { output: join(folder, "all.jsonl") })).rejects.toThrow(
      /-o .*all\//,
    );
  });
});

describe("into a file", () => {
  test("takes the format from the suffix and replaces what was there", async () => {
    const output = join(folder, "a.pubtator");
    writeFileSync(output, "old");
    await tag(["a.txt"], { output });
    expect(readFileSync(output, "utf8")).toContain("a\t8\t14\tCancer\tDisease");
  });

  test("keeps what was there if the input fails", async () => {
    const output = join(folder, "old.jsonl");
    writeFileSync(output, "old");
    await tag(["missing.txt"], { output });
    expect(readFileSync(output, "utf8")).toBe("old");
    expect(existsSync(join(folder, ".old.jsonl.partial"))).toBe(false);
  });
});

test("contradictions are usage errors", async () => {
  await expect(tag(["a.txt"], { json: true, to: "bio" })).rejects.toMatchObject({ code: "USAGE" });
  await expect(tag(["a.txt"], { to: "bio", offsets: "utf-16" })).rejects.toMatchObject({ code: "USAGE" });
});
