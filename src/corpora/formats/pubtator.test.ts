/** @file PubTator there and back: small records by hand, then every shared corpus byte for byte. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { openCorpus } from "../open.ts";
import { readPubTator } from "./pubtator.ts";
import { writePubTator } from "./pubtator-write.ts";
import { collect, streamOf } from "../streams.ts";

async function read(text: string, issues: CorpusIssue[] = []): Promise<Document[]> {
  const onIssue = (issue: CorpusIssue): unknown => issues.push(issue);
  return collect(readPubTator(streamOf(new TextEncoder().encode(text)), { file: "x.pubtator", onIssue }));
}

async function write(documents: Document[], issues: CorpusIssue[] = []): Promise<string> {
  const chunks = writePubTator(streamOf(...documents), { onIssue: (issue) => issues.push(issue) });
  return (await collect(chunks)).join("");
}

const composite = [
  "7|t|🧬 ataxia", // code points 0-8; abstract from 9
  "7|a|Of 🧬 BRCA1 and\tBRCA2",
  "7\t2\t8\tataxia\tDisease\tD001|D002\tataxia|atax\t",
  "7\tCID\tD001\t672",
  "7\t14\t19\tBRCA1\tGene\t",
  "7\t0\t1\t🧬\tGene",
  "7\t24\t29\tBRCA2\tGene\tc|SUB|A|1|G",
  "7\tAssociation\tD001\t17",
  "",
  "",
].join("\n");

describe("readPubTator", () => {
  it("turns code points over title and abstract into UTF-16 offsets in each passage", async () => {
    const [document] = await read(composite);
    const [title, abstract] = document!.passages;
    expect(title!.mentions.map(({ start, end }) => title!.text.slice(start, end))).toEqual(["ataxia", "🧬"]);
    expect(abstract!.mentions.map(({ start, end }) => abstract!.text.slice(start, end))).toEqual([
      "BRCA1",
      "BRCA2",
    ]);
    expect(title!.mentions[0]).toMatchObject({ start: 3, end: 9, ids: ["D001", "D002"] });
    expect(abstract!.mentions.map(({ ids }) => ids)).toEqual([[], ["c|SUB|A|1|G"]]);
    expect(title!.mentions[1]).toEqual({ start: 0, end: 2, type: "Gene" });
  });

  it("gives every byte back: further columns, empty columns, relations between mentions, mentions out of order", async () => {
    expect(await write(await read(composite))).toBe(composite);
  });

  it("keeps mentions that have no place as lines, and says so", async () => {
    const text = "1|t|ab\n1|a|cd\n1\t1\t4\tb c\tX\n1\t4\t9\td\tX\n1\t1\t1\t\tX\n1\t0\t2\tzz\tX\tI\n\n";
    const issues: CorpusIssue[] = [];
    const [document] = await read(text, issues);
    expect(document!.passages[0]!.mentions).toEqual([
      { start: 0, end: 2, type: "X", ids: ["I"], stated: "zz" },
    ]);
    expect(issues.map(({ file, line, problem }) => [file, line, problem.split(/[:(]/)[0]!.trim()])).toEqual([
      ["x.pubtator", 3, "mention across the border of title and abstract"],
      ["x.pubtator", 4, "mention outside of the text"],
      ["x.pubtator", 5, "mention without text"],
      ["x.pubtator", 6, 'stated text "zz" differs from "ab"'],
    ]);
    expect(await write([document!])).toBe(text);
  });

  it("reads empty abstracts, records without blank lines between them, the same PMID twice, CRLF and a BOM", async () => {
    const documents = await read("\uFEFF1|t|a\r\n1|a|\r\n1|t|b | c\r\n1|a|d|e");
    expect(documents.map(({ id, passages }) => [id, ...passages.map(({ text }) => text)])).toEqual([
      ["1", "a", ""],
      ["1", "b | c", "d|e"],
    ]);
  });

  it.each([
    ["a mention with too few columns", "1|t|ab\n1|a|\n1\t0\t2\tab\n", 3, "perhaps identifiers"],
    ["an offset that is no number", "1|t|ab\n1|a|\n1\t0x\t2\tab\tX\n", 3, "start, end"],
    ["a name for an offset", "1|t|ab\n1|a|\n1\tnull\t2\tab\tX\n", 3, "start, end"],
    ["a negative offset", "1|t|ab\n1|a|\n1\t-1\t2\tab\tX\n", 3, "start, end"],
    ["another document's PMID", "1|t|ab\n1|a|\n2\t0\t2\tab\tX\n", 3, "a line of document 1"],
    ["no abstract line", "1|t|ab\n\n2|t|c\n2|a|\n", 1, "1|a|abstract"],
    ["a mention in the abstract's place", "1|t|ab\n1\t0\t2\tab\tX\n", 2, "1|a|abstract"],
    ["another document's abstract", "1|t|ab\n2|a|c\n", 2, "1|a|abstract"],
    ["a second abstract", "1|t|ab\n1|a|c\n1|a|d\n", 3, "one abstract"],
    ["an end in mid-record", "1|t|a\n1|a|\n\n2|t|b", 4, "2|a|abstract"],
    ["no PubTator at all", "Some text.\n", 1, "PMID|t|title"],
  ])("refuses %s and says where", async (_, text, line, expected) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      file: "x.pubtator",
      line,
      message: expect.stringContaining(expected) as unknown,
    });
  });
});

describe("writePubTator", () => {
  const mention = { start: 0, end: 2, type: "X" };

  it("writes one passage as a title with an empty abstract and line breaks as spaces", async () => {
    const issues: CorpusIssue[] = [];
    const text = "🧬\r\ngene";
    const passage = {
      text,
      mentions: [mention, { start: 4, end: 8, type: "Gene", score: 0.5, ids: ["1", "2"] }],
    };
    expect(await write([{ id: "a", passages: [passage] }], issues)).toBe(
      "a|t|🧬  gene\na|a|\na\t0\t1\t🧬\tX\na\t3\t7\tgene\tGene\t1|2\n\n",
    );
    expect(issues).toMatchObject([
      { document: "a", kind: "scores-dropped", count: 1 },
      { document: "a", kind: "line-break-replaced", count: 2 },
    ]);
  });

  it("joins all passages after the first, with offsets that still point at the same text", async () => {
    const passages = ["🧬a", "bb🧬", "", "cc"].map((text) => ({
      text,
      mentions: [{ ...mention, end: Math.min(2, text.length) }],
    }));
    const written = await write([{ id: "a", passages, separator: "--" }]);
    const whole = Array.from("🧬a bb🧬----cc");
    const lines = written.split("\n").filter((line) => line.includes("\t"));
    const found = lines
      .map((line) => line.split("\t"))
      .map(([, start, end]) => whole.slice(Number(start), Number(end)).join(""));
    expect(found).toEqual(["🧬", "bb", "", "cc"]);
  });

  it("falls back to the passages' order when the mentions are no longer those that were read", async () => {
    const [document] = await read(composite);
    const [title, abstract] = document!.passages;
    const changed = { ...document!, passages: [{ ...title!, mentions: [] }, abstract!] };
    expect(
      (await write([changed]))
        .split("\n")
        .slice(2, 6)
        .map((line) => line.split("\t")[1]),
    ).toEqual(["14", "CID", "24", "Association"]);
  });

  it.each(["", "a\tb", "a|b", "a\nb"])("refuses the id %j", async (id) => {
    await expect(write([{ id, passages: [] }])).rejects.toMatchObject({ code: "CORPUS_FORMAT" });
  });

  it("refuses types with tabs and mentions outside of their passage, and reports lost parts", async () => {
    const text = "abc";
    await expect(
      write([{ id: "a", passages: [{ text, mentions: [{ ...mention, type: "X\tY" }] }] }]),
    ).rejects.toThrow(/tabs/);
    await expect(
      write([{ id: "a", passages: [{ text, mentions: [{ ...mention, end: 4 }] }] }]),
    ).rejects.toMatchObject({ code: "OFFSETS" });
    const issues: CorpusIssue[] = [];
    const fragments = [
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ];
    expect(
      await write(
        [{ id: "a", passages: [{ text, mentions: [{ start: 0, end: 3, type: "X", fragments }] }] }],
        issues,
      ),
    ).toContain("\tabc\tX\n");
    expect(issues).toHaveLength(1);
  });
});

const fixtures = join(import.meta.dirname, "../../../test/fixtures/corpora");
const shared = join(import.meta.dirname, "../../../../shared/data/corpora");
const sharedCorpora: [file: string, documents: number, mentions: number, differing: number, end: string][] = [
  ["ncbi-disease/train.pubtator", 593, 5145, 1, ""],
  ["ncbi-disease/dev.pubtator", 100, 787, 0, ""],
  ["bc5cdr/train.pubtator", 500, 9385, 0, ""],
  ["bc5cdr/dev.pubtator", 500, 9591, 0, ""],
  ["bc5cdr/sample50.gold.pubtator.txt", 50, 934, 0, ""],
  ["bc5cdr/sample50.system_output.DNER.pubtator.txt", 50, 408, 0, ""],
  ["s800/train.pubtator", 639, 3053, 0, ""],
  ["linnaeus/train.pubtator", 80, 2321, 0, ""],
  ["biored/train.pubtator", 408, 13_369, 0, ""],
  ["nlm-gene/train.pubtator", 450, 13_797, 11, ""],
  ["gnormplus/train.pubtator", 432, 5793, 35, ""],
  // 7957 lines, of which one lies outside of its text
  ["tmvar3/train.pubtator", 342, 7956, 20, ""],
  ["drugprot/dev.pubtator", 750, 18_339, 0, ""],
  ["bioid/train.pubtator", 9704, 4137, 1, ""],
  // the only file without a blank line after its last document
  ["medmentions/fixture.pubtator.txt", 3, 115, 0, "\n"],
];

async function roundTrip(path: string) {
  const documents = await collect(openCorpus(path));
  const mentions = documents.flatMap(({ passages }) => passages).flatMap(({ mentions }) => mentions);
  return { documents: documents.length, mentions, written: await write(documents) };
}

describe("the PubTator corpora", () => {
  it("the two abstracts of NCBI Disease in the fixtures come back byte for byte", async () => {
    const path = join(fixtures, "ncbi-disease.two.pubtator");
    const { documents, mentions, written } = await roundTrip(path);
    expect([documents, mentions.length]).toEqual([2, 8]);
    expect(written).toBe(readFileSync(path, "utf8"));
  });

  it.skipIf(!existsSync(shared)).each(sharedCorpora)(
    "%s comes back byte for byte (skipped where ../shared/data is absent)",
    async (file, documents, mentions, differing, end) => {
      const path = join(shared, file);
      const result = await roundTrip(path);
      expect(result.documents).toBe(documents);
      expect(result.mentions).toHaveLength(mentions);
      expect(result.mentions.filter(({ stated }) => stated !== undefined)).toHaveLength(differing);
      expect(result.written === readFileSync(path, "utf8") + end).toBe(true);
    },
  );
});
