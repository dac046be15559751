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

async function tag(inputs: string[], options: TagCommandOptions = {}, change: Partial<Tagger> = {}) {
  const effects = newTestEffects();
  await runTag(
    inputs.map((name) => (name === "-" ? name : join(folder, name))),
    options,
    { ...effects, openTagger: async () => ({ ...(await openTagger()), ...change }) },
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

describe("an interrupted run", () => {
  const resumption = { documentsAtOnce: 2, fingerprint: "f" };
  const input = (text: string): void => writeFileSync(join(folder, "many.jsonl"), text);
  const line = (index: number): string =>
    `${JSON.stringify({ id: `${index}`, text: "Gout ".repeat(900) })}\n`;
  const all = Array.from({ length: 9 }, (_, index) => line(index)).join("");

  /** Stops as a full disk would, before the document `id`. */
  const stopping = (id: string): Pick<Tagger, "tag"> => ({
    async *tag(documents, options) {
      for await (const document of (await openTagger()).tag(documents, options)) {
        if (document.id === id) throw Object.assign(new Error("full"), { syscall: "write", code: "ENOSPC" });
        yield document;
      }
    },
  });
  const output = (): string => join(folder, "out.jsonl");

  test.each(["jsonl", "pubtator"] as const)(
    "is gone on with in %s, with the bytes of a whole one",
    async (to) => {
      input(all);
      await tag(["many.jsonl"], { output: output(), to }, { resumption });
      const expected = readFileSync(output(), "utf8");
      rmSync(output());
      expect(
        (await tag(["many.jsonl"], { output: output(), to }, { resumption, ...stopping("7") })).exitCode,
      ).toBe(1);
      expect(existsSync(output())).toBe(false);
      const { err } = await tag(["many.jsonl"], { output: output(), to }, { resumption });
      expect(err).toMatch(
        /out\.jsonl: goes on after 6 documents .*--force.*\n(?:nerium: document 6: scores .*\n)?nerium: 3 documents, 2700 mentions, 1 input tagged, 6 documents taken over/,
      );
      expect(readFileSync(output(), "utf8")).toBe(expected);
      expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    },
  );

  test("is not, where model, options or input have changed, or with --force", async () => {
    const whole = "nerium: 9 documents, 8100 mentions, 1 input tagged\n";
    const changes: [TagCommandOptions, Partial<Tagger>][] = [
      [{}, { resumption: { ...resumption, fingerprint: "g" } }],
      [{ threshold: 0.5 }, { resumption }],
      [{ offsets: "utf-16" }, { resumption }],
    ];
    input(all);
    for (const [options, tagger] of changes) {
      await tag(["many.jsonl"], { output: output() }, { resumption, ...stopping("7") });
      const { err } = await tag(["many.jsonl"], { output: output(), ...options }, tagger);
      expect(err).toBe(
        `nerium: ./.out.jsonl.part is of another run (model, options or input differ) and is not used\n${whole}`,
      );
    }
    await tag(["many.jsonl"], { output: output() }, { resumption, ...stopping("7") });
    expect((await tag(["many.jsonl"], { output: output(), force: true }, { resumption })).err).toBe(whole);
    await tag(["many.jsonl"], { output: output() }, { resumption, ...stopping("7") });
    input(all + line(9));
    expect((await tag(["many.jsonl"], { output: output() }, { resumption })).err).toContain("is not used");
  });
});

describe("a tagger of several lanes", () => {
  test("is given several files at once, and each fault is told", async () => {
    let [atOnce, most] = [0, 0];
    const slow: Partial<Tagger> = {
      lanes: 2,
      async *tag(documents, options) {
        most = Math.max(most, ++atOnce);
        try {
          for await (const document of (await openTagger()).tag(documents, options)) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            yield document;
          }
        } finally {
          atOnce--;
        }
      },
    };
    mkdirSync(join(folder, "in"));
    for (let index = 0; index < 8; index++)
      writeFileSync(join(folder, "in", `${index}.txt`), `Gout ${index}`);
    writeFileSync(join(folder, "in", "bad.txt"), Buffer.from([0x41, 0xff, 0xfe]));
    const { err, exitCode } = await tag(["in"], { output: join(folder, "out/") }, slow);
    expect(err).toMatch(/bad\.txt.*\nnerium: 8 documents, 8 mentions, 8 inputs tagged, 1 failed\n$/);
    expect([exitCode, most]).toEqual([1, 3]);
    expect(readdirSync(join(folder, "out")).length).toBe(8);
  });

  test("whose own bug ends the run begins no further file", async () => {
    const begun: string[] = [];
    const broken: Partial<Tagger> = {
      lanes: 2,
      // eslint-disable-next-line require-yield -- it fails before it has a document
      async *tag(documents) {
        for await (const { id } of documents) begun.push(id);
        throw new Error("internal: a bug");
      },
    };
    mkdirSync(join(folder, "in"));
    for (let index = 0; index < 8; index++) writeFileSync(join(folder, "in", `${index}.txt`), "Gout");
    await expect(tag(["in"], { output: join(folder, "out/") }, broken)).rejects.toThrow("a bug");
    expect(begun.length).toBeLessThanOrEqual(3);
  });
});

test("contradictions are usage errors", async () => {
  await expect(tag(["a.txt"], { json: true, to: "bio" })).rejects.toMatchObject({ code: "USAGE" });
  await expect(tag(["a.txt"], { to: "bio", offsets: "utf-16" })).rejects.toMatchObject({ code: "USAGE" });
});
