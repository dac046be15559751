/** @file `nerium convert`: what it writes where, what it says is lost, and that --strict leaves nothing behind. */
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
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runConvert } from "./convert-run.ts";
import type { ConvertOptions } from "./convert.ts";
import { newTestEffects } from "./test-effects.ts";

let folder = "";
const pubtator = "1|t|Gout\n1|a|and more\n1\t0\t4\tGout\tDisease\tD006073\n1\tCID\tA\tB\n\n";
const jsonl =
  '{"id":"1","text":"lung and colon cancer","entities":[{"start":0,"end":21,"label":"D","score":0.5,' +
  '"fragments":[{"start":0,"end":4},{"start":15,"end":21}]},{"start":9,"end":21,"label":"D","score":0.5}]}\n';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-convert-"));
  writeFileSync(join(folder, "a.pubtator"), pubtator);
  writeFileSync(join(folder, "b.jsonl"), jsonl);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => (name === "-" ? name : join(folder, name));
const content = (name: string): string => readFileSync(at(name), "utf8");

async function convert(input: string, output: string, options: ConvertOptions = {}) {
  const effects = newTestEffects();
  const report = options.report === undefined ? {} : { report: at(options.report) };
  await runConvert(
    at(input),
    output.endsWith("/") ? `${at(output)}/` : at(output),
    { ...options, ...report },
    effects,
  );
  return { out: effects.stdout.text(), err: effects.stderr.text() };
}

describe("one file", () => {
  test("comes back byte for byte through jsonl, which loses nothing", async () => {
    expect((await convert("a.pubtator", "a.jsonl.gz")).err).toBe(
      "nerium: 1 document, 1 mention written as jsonl, nothing lost\n",
    );
    expect(gunzipSync(readFileSync(at("a.jsonl.gz"))).toString()).toContain("CID");
    await convert("a.jsonl.gz", "again.pubtator", { strict: true });
    expect(content("again.pubtator")).toBe(pubtator);
  });

  test("is written to stdout, with the losses counted", async () => {
    const { out, err } = await convert("b.jsonl", "-", { to: "pubtator" });
    expect(out).toContain("1\t0\t21\tlung and colon cancer\tD\n");
    expect(err).toBe(
      "nerium: 1 document, 2 mentions written as pubtator; " +
        "2 scores dropped, 1 discontinuous mention widened or left out: see --report\n",
    );
  });

  test("has a report with examples", async () => {
    const { err } = await convert("b.jsonl", "b.tsv", { report: "r.json", scheme: "iobes" });
    expect(err).toMatch(/see r\.json\n$/);
    expect(content("b.tsv")).toBe("lung\tO\nand\tO\ncolon\tB-D\ncancer\tE-D\n\n");
    expect(JSON.parse(content("r.json"))).toMatchObject({
      to: "bio",
      documents: 1,
      mentions: 2,
      losses: 4,
      issues: expect.arrayContaining([
        {
          kind: "scores-dropped",
          loss: true,
          count: 2,
          examples: [expect.objectContaining({ document: "1" })],
        },
        expect.objectContaining({ kind: "discontinuous-mention", count: 1 }),
      ]) as unknown,
    });
  });
});

describe("--strict", () => {
  test.each([
    ["a file", "b.pubtator", {}],
    ["a folder", "out/", { to: "bio" }],
    ["stdout", "-", { to: "pubtator" }],
  ] as const)("fails and writes nothing to %s if anything is lost", async (_, output, options) => {
    await expect(
      convert("b.jsonl", output, { ...options, strict: true, report: "r.json" }),
    ).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/2 scores dropped.*--strict/) as unknown,
    });
    expect(readdirSync(folder).sort()).toEqual(["a.pubtator", "b.jsonl", "r.json"]);
  });

  test("lets through what loses nothing", async () => {
    expect((await convert("a.pubtator", "-", { to: "jsonl", strict: true })).out).toContain('"Gout"');
  });
});

describe("folders", () => {
  test("become folders, file by file, or one file", async () => {
    mkdirSync(at("in"));
    mkdirSync(at("in/deep"));
    writeFileSync(at("in/x.pubtator"), pubtator);
    writeFileSync(at("in/deep/y.pubtator.gz"), gzipSync(pubtator));
    writeFileSync(at("in/notes.pdf"), "");
    await convert("in", "out/", { to: "bio" });
    expect(readdirSync(at("out"), { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "deep",
      "deep/y.tsv",
      "x.tsv",
    ]);
    expect((await convert("in", "all.jsonl")).err).toContain("2 documents");
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("of brat are one corpus, and are written", async () => {
    await convert("a.pubtator", "brat/", { to: "brat" });
    expect(readdirSync(at("brat")).sort()).toEqual(["1.ann", "1.txt"]);
    const { err } = await convert("brat", "-", { to: "jsonl" });
    expect(err).toContain("1 document, 1 mention");
  });

  test("hold BioCreative's files, called after the output", async () => {
    const { err } = await convert("a.pubtator", "train.in");
    expect(err).toContain("types of mentions dropped".replace("types of mentions", "type of a mention"));
    expect(content("train.in")).toBe("1:1 Gout\n1:2 and more\n");
    expect(content("train.GENE.eval")).toBe("1:1|0 3|Gout\n");
    const { out } = await convert("train.in", "-", { to: "jsonl", eval: at("train.GENE.eval") });
    expect(out).toContain('"label":"Gene"');
  });
});

describe("what is left open is a usage error", () => {
  test.each([
    ["stdout without --to", "a.pubtator", "-", {}],
    ["a folder without --to", "a.pubtator", "out/", {}],
    ["a format that is only read", "a.pubtator", "x.parquet", {}],
    ["several files on stdout", "a.pubtator", "-", { to: "brat" }],
    ["an output that is the input", "a.pubtator", "a.pubtator", {}],
  ] as const)("%s", async (_, input, output, options) => {
    await expect(convert(input, output, options)).rejects.toMatchObject({ code: "USAGE" });
    expect(content("a.pubtator")).toBe(pubtator);
  });

  test("and a fault of the input leaves no output", async () => {
    writeFileSync(at("bad.jsonl"), `${jsonl}{"id":`);
    await expect(convert("bad.jsonl", "bad.pubtator")).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      line: 2,
    });
    expect(existsSync(at("bad.pubtator"))).toBe(false);
  });
});
