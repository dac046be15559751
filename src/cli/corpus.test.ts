/** @file `nerium corpus …`: what each verb prints, writes and exits with. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { CommanderError } from "@commander-js/extra-typings";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { knownCorpora } from "../corpora/known/index.ts";
import { runCorpusGet } from "./corpus-get.ts";
import { corpusCommand } from "./corpus.ts";
import { newTestEffects } from "./test-effects.ts";

const shifted = `1|t|Gout and asthma.
1|a|Treated with zinc, aspirin and insulin.
1\t0\t4\tGout\tDisease\tD1
1\t27\t31\tzinc\tChemical\tC1
1\t33\t40\taspirin\tChemical\tC2
1\t45\t52\tinsulin\tChemical\tC3

`;
const sound = shifted.replace("27\t31", "30\t34").replace("33\t40", "36\t43").replace("45\t52", "48\t55");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-corpus-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function corpus(...words: string[]) {
  const effects = newTestEffects();
  await corpusCommand(effects).exitOverride().parseAsync(words, { from: "user" });
  return { out: effects.stdout.text(), err: effects.stderr.text(), exitCode: effects.exitCode() };
}

describe("nerium corpus lint", () => {
  it("reports a shift and fails", async () => {
    const { out, exitCode } = await corpus("lint", file("a.pubtator", shifted));
    expect(out).toContain("a.pubtator: 1 documents, 4 mentions (0 pairs nested)\n");
    expect(out).toContain(
      "error shifted-offsets: document 1: abstract 27: the offsets of 3 mentions (all of the passage) are too small by 3;",
    );
    expect(exitCode).toBe(1);
  });

  it("repairs it, and is content then", async () => {
    const output = join(folder, "fixed.pubtator");
    const { out, exitCode } = await corpus("lint", file("a.pubtator", shifted), "--fix", "-o", output);
    expect(readFileSync(output, "utf8")).toBe(sound);
    expect(out).toContain(`repaired: ${output}`);
    expect(exitCode).toBe(0);
    expect(await corpus("lint", output)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining("no problems"),
    });
  });

  it("repairs several files into a folder and prints JSON", async () => {
    const files = [file("a.pubtator", shifted), file("b.pubtator", sound)];
    const { out } = await corpus("lint", ...files, "--fix", "-o", join(folder, "out"), "--json");
    expect(readFileSync(join(folder, "out/a.pubtator"), "utf8")).toBe(sound);
    expect(JSON.parse(out)).toMatchObject([
      {
        file: files[0],
        counts: { "shifted-offsets": { found: 1, repairable: 1 } },
        problems: [{ shift: 3 }],
      },
      { file: files[1], documents: 1, counts: {}, problems: [] },
    ]);
  });

  it("takes warnings lightly, and shows as many as it is told to", async () => {
    const empty = Array.from({ length: 5 }, (_, id) => `{"id":"${id}","text":""}\n`).join("");
    const { out, exitCode } = await corpus("lint", file("a.jsonl", empty), "--limit", "2");
    expect(out).toContain("empty-document: 3 more, --limit 0 shows all");
    expect(exitCode).toBe(0);
  });

  it("never overwrites its input", async () => {
    const path = file("a.pubtator", shifted);
    for (const words of [["--fix"], ["-o", path], ["--fix", "-o", path], ["--limit", "x"]]) {
      await expect(corpus("lint", path, ...words)).rejects.toSatisfy(isUsageError);
    }
    expect(readFileSync(path, "utf8")).toBe(shifted);
  });
});

function isUsageError(error: unknown): boolean {
  return error instanceof CommanderError || (error as { code?: string }).code === "USAGE";
}

describe("nerium corpus stats", () => {
  it("prints a table of the types", async () => {
    const { out } = await corpus("stats", file("a.pubtator", sound), "--map", "Disease=D");
    expect(out).toContain(
      "1 documents, 2 passages, 2 sentences, 12 tokens, 55 characters\n\ntype      mentions",
    );
    expect(out).toMatch(/^Chemical {9}3 {10}1 {9}3 {4}3 {3}1\.00 {8}1 {2}3 /m);
    expect(out).toMatch(/^D {16}1 /m);
    expect(out).toMatch(/^all {14}4 /m);
  });

  it("prints JSON for several files", async () => {
    const path = file("a.pubtator", sound);
    expect(JSON.parse((await corpus("stats", path, path, "--json")).out)).toMatchObject([
      { file: path, all: { mentions: 4 } },
      { file: path, types: { Disease: { ids: 1 } } },
    ]);
  });
});

describe("nerium corpus split", () => {
  const rows = Array.from({ length: 20 }, (_, id) => `{"id":"${id % 10}","text":"${id}"}\n`).join("");

  it("writes parts of whole ids in the format of the file", async () => {
    const path = file("a.jsonl", rows);
    const words = ["split", path, "--out", join(folder, "out"), "--ratios", "3:1", "--names", "a,b"];
    const { out } = await corpus(...words, "--seed", "5", "--json");
    const parts = (JSON.parse(out) as { parts: { file: string }[] }).parts;
    expect(parts).toMatchObject([
      { name: "a", ids: 8, documents: 16 },
      { name: "b", ids: 2, documents: 4 },
    ]);
    const lines = parts.flatMap((part) => readFileSync(part.file, "utf8").trim().split("\n"));
    expect(lines).toHaveLength(20);
    await expect(corpus(...words)).rejects.toMatchObject({ code: "USAGE" });
    const again = await corpus(...words, "--seed", "5", "--json", "--overwrite");
    expect(again.out).toBe(out);
  });

  it.each([
    [["--ratios", "1:0"]],
    [["--ratios", "1:1", "--names", "a"]],
    [["--names", "../a,b,c"]],
    [["--seed", "-1"]],
  ])("refuses %j", async (words) => {
    const path = file("a.jsonl", rows);
    const all = ["split", path, "--out", join(folder, "out"), ...words];
    await expect(corpus(...all)).rejects.toSatisfy(isUsageError);
  });

  it("writes what it reads, compressed or in several files", async () => {
    const gz = join(folder, "a.jsonl.gz");
    writeFileSync(gz, gzipSync(rows));
    await corpus("split", gz, "--out", join(folder, "out"), "--ratios", "1:1");
    expect(gunzipSync(readFileSync(join(folder, "out/train.jsonl.gz"))).toString()).toContain('"id"');
    await corpus("split", gz, "--out", join(folder, "brat"), "--ratios", "1:1", "--to", "brat");
    expect(readdirSync(join(folder, "brat/train"))).toHaveLength(20);
  });

  it("does not write empty parts", async () => {
    const path = file("a.jsonl", rows.split("\n").slice(0, 2).join("\n"));
    const words = ["split", path, "--out", join(folder, "out")];
    await expect(corpus(...words)).rejects.toMatchObject({ code: "DATA" });
  });
});

describe("nerium corpus overlap", () => {
  it("shows what is shared, and refuses it on request", async () => {
    const [a, b] = [file("a.pubtator", sound), file("b.pubtator", sound.replaceAll(/^1(?=[|\t])/gm, "2"))];
    const { out, exitCode } = await corpus("overlap", a, b);
    expect(out).toContain("ids in both: 0\ntexts of B that A has letter for letter: 1: 2 (1)\n");
    expect(out).toMatch(/^Chemical +3 +3 +100\.0 +3 +3 +100\.0$/m);
    expect(exitCode).toBe(0);
    expect(await corpus("overlap", a, b, "--refuse", "--json")).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("share documents"),
    });
  });

  it("accepts corpora that share nothing", async () => {
    const other = file("b.jsonl", '{"id":"9","text":"Nothing of the kind."}\n');
    expect((await corpus("overlap", file("a.pubtator", sound), other, "--refuse")).exitCode).toBe(0);
    await expect(corpus("overlap", "-", "-")).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("nerium corpus list and get", () => {
  it("lists all corpora, and tells all of one", async () => {
    const { out } = await corpus("list");
    expect(out.trim().split("\n")).toHaveLength(knownCorpora.length + 1);
    expect((await corpus("list", "ncbi_disease")).out).toContain("SpecificDisease=Disease");
    expect(JSON.parse((await corpus("list", "--json")).out)).toHaveLength(knownCorpora.length);
  });

  it("fetches a corpus's files and says under which terms", async () => {
    const effects = newTestEffects();
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return new Response("PK");
    };
    const options = { output: folder, splits: ["train"] };
    await runCorpusGet("NCBI disease", options, effects, { fetch, sleep: async () => {} });
    expect(asked).toEqual([knownCorpora.find(({ name }) => name === "ncbi-disease")!.files[0]!.url]);
    expect(existsSync(join(folder, "NCBItrainset_corpus.zip"))).toBe(true);
    expect(effects.stdout.text()).toMatch(/^downloaded .*unzip .*\nlicence: public domain/);
  });

  it("explains what it cannot fetch, and which names it knows", async () => {
    await expect(corpus("get", "bc2gm")).rejects.toThrow(/Open the page .* http:\/\/www\.biocreative/);
    await expect(corpus("get", "nothing")).rejects.toThrow(/known are anatem, /);
  });
});

describe("nerium corpus", () => {
  it("throws for a wrong command line, so that the exit code is 2", async () => {
    await expect(corpus("lint")).rejects.toBeInstanceOf(CommanderError);
    await expect(corpus("stats", "a", "--jsn")).rejects.toBeInstanceOf(CommanderError);
  });
});
