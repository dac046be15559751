/** @file Brat there and back: small documents by hand, random ones, and every shared archive byte for byte. */
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { randomDocument, withoutCarried } from "../../../test/random-documents.ts";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import { readTar } from "../tar.ts";
import { readBrat, readBratFiles, readBratPath } from "./brat-files.ts";
import { writeBrat } from "./brat-write.ts";
import type { BratFiles } from "./brat-write.ts";

type Contents = Readonly<Record<string, string>>;

async function read(contents: Contents, issues: CorpusIssue[] = []): Promise<Document[]> {
  const files = Object.entries(contents).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  return collect(
    readBratFiles(streamOf(...files), { file: "x.tar", onIssue: (issue) => issues.push(issue) }),
  );
}

async function write(documents: readonly Document[], issues: CorpusIssue[] = []): Promise<Contents> {
  const all: BratFiles[] = await collect(
    writeBrat(streamOf(...documents), { onIssue: (issue) => issues.push(issue) }),
  );
  return Object.fromEntries(
    all.flatMap(({ name, files }) => files.map(({ suffix, content }) => [`${name}.${suffix}`, content])),
  );
}

const text = "🧬 breast and\novarian cancer\n";
const annotation = [
  "T1\tDisease 2 8;21 27\tbreast cancer",
  "#1\tAnnotatorNotes T1\tsee the guideline",
  "T7\tDisease 13 27\tovarian cancer",
  "N1\tReference T7 MESH:D010051\tOvarian Neoplasms",
  "N2\tReference T7 MESH:D000001\tmore",
  "E1\tGrowth:T7 Theme:T1 ",
  "R1\tis-a Arg1:T1 Arg2:T7\t",
  "A1\tNegated T1",
  "*\tEquiv T1 T7",
  "T3\tOrgan 9 20\tand ovarian",
  "",
].join("\n");

describe("brat", () => {
  it("turns code points into UTF-16, keeps parts together and takes identifiers from N lines", async () => {
    const [document] = await read({ "d/1.ann": annotation, "d/1.txt": text });
    expect(document).toMatchObject({ id: "1", passages: [{ text }] });
    const [first, second, third] = document!.passages[0]!.mentions;
    const fragments = [
      { start: 3, end: 9 },
      { start: 22, end: 28 },
    ];
    expect(first).toMatchObject({ start: 3, end: 28, type: "Disease", fragments });
    expect(second).toMatchObject({ start: 14, end: 28, ids: ["MESH:D010051", "MESH:D000001"] });
    expect(third).not.toHaveProperty("stated");
  });

  it("gives every byte back, line ends of Windows included", async () => {
    expect(await write(await read({ "1.ann": annotation, "1.txt": text }))).toEqual({
      "1.txt": text,
      "1.ann": annotation,
    });
    const windows = { "1.txt": "a b\r\n", "1.ann": "T1\tX 0 1;2 3\ta b\r\n#1\tAnnotatorNotes T1\tn\r\n" };
    expect(await write(await read(windows))).toEqual(windows);
  });

  it("keeps the triggers of an .a2 as lines, and writes .a1 and .a2 again", async () => {
    const files = {
      "1.txt": "growth of cells",
      "1.a1": "T1\tCell 10 15\tcells\n",
      "1.a2": "T2\tGrowth 0 6\tgrowth\nE1\tGrowth:T2 Theme:T1\n",
      "2.txt": "x",
      "2.a1": "",
    };
    const documents = await read(files);
    expect(documents.map(({ passages }) => passages[0]!.mentions.length)).toEqual([1, 0]);
    expect(await write(documents)).toEqual(files);
    const [first] = documents;
    const mentions = [...first!.passages[0]!.mentions, { start: 0, end: 6, type: "New" }];
    const changed = await write([{ ...first!, passages: [{ text: "growth of cells", mentions }] }]);
    expect(changed["1.a1"]).toBe("T1\tCell 10 15\tcells\nT3\tNew 0 6\tgrowth\n");
  });

  it("keeps odd T lines as they are as long as they are true", async () => {
    const files = { "1.txt": "ab cd", "1.ann": "T1\tX 3 5;0 2\tcd ab\nT2\tX 0 9\tzz\nT3\tX 0 2\tzz\n" };
    const issues: CorpusIssue[] = [];
    const [document] = await read(files, issues);
    expect(document!.passages[0]!.mentions).toMatchObject([
      { start: 0, end: 5, stated: "cd ab" },
      { stated: "zz" },
    ]);
    expect(issues.map(({ kind, line }) => [kind, line])).toEqual([
      ["stated-text-kept", 1],
      ["unplaced-mention-kept", 2],
      ["stated-text-kept", 3],
    ]);
    expect(await write([document!])).toEqual(files);
    const renamed = document!.passages[0]!.mentions.map((mention) => ({ ...mention, type: "Y" }));
    const { "1.ann": changed } = await write([
      { ...document!, passages: [{ text: "ab cd", mentions: renamed }] },
    ]);
    expect(changed).toBe("T1\tY 0 2;3 5\tcd ab\nT2\tX 0 9\tzz\nT3\tY 0 2\tzz\n");
  });

  it("writes N lines for identifiers of other formats and reports what has no place", async () => {
    const issues: CorpusIssue[] = [];
    const mention = { start: 0, end: 1, type: "Cell line", ids: ["D1", " X:2", "a b", ""], score: 0.5 };
    const passages = [
      { text: "🧬".slice(0, 0) + "t", kind: "title", mentions: [mention] },
      { text: "u", mentions: [{ start: 0, end: 1, type: "Gene" }] },
    ];
    expect(await write([{ id: "1", passages }], issues)).toEqual({
      "1.txt": "t u",
      "1.ann": "T1\tCell_line 0 1\tt\nT2\tGene 2 3\tu\nN1\tReference T1 _:D1\tt\nN2\tReference T1 X:2\tt\n",
    });
    expect(issues.map(({ kind, count }) => [kind, count])).toEqual([
      ["passage-borders-dropped", 1],
      ["passage-kinds-dropped", 1],
      ["scores-dropped", 1],
      ["type-renamed", 1],
      ["ids-dropped", 2],
      ["ids-trimmed", 1],
    ]);
  });

  it.each(["T1\tX 0\ta", "T1 X 0 1\ta", "T1\tX a b\tc"])(
    "refuses the line %j and says where",
    async (line) => {
      await expect(read({ "1.ann": `T2\tX 0 1\ta\n${line}\n`, "1.txt": "abc" })).rejects.toMatchObject({
        code: "CORPUS_FORMAT",
        file: join("x.tar", "1.ann"),
        line: 2,
      });
    },
  );

  it.each(["", "..", "a/b", "a\\b", "\u0000"])("refuses the id %j: it would be a file's name", async (id) => {
    await expect(write([{ id, passages: [] }])).rejects.toMatchObject({ code: "CORPUS_FORMAT" });
  });

  it("gives random documents back", async () => {
    const property = fc.asyncProperty(randomDocument({ maxPassages: 1 }), async (document) => {
      const [back] = await read(await write([document]));
      const mentions = document.passages[0]!.mentions.map(({ ids, ...mention }) =>
        ids === undefined || ids.length === 0 ? mention : { ...mention, ids },
      );
      const expected = { ...document, passages: [{ ...document.passages[0]!, mentions }] };
      expect(withoutCarried(back!)).toEqual(expected);
      expect(await write([back!])).toEqual(await write([document]));
    });
    await fc.assert(property, { numRuns: 300, seed: 3 });
  });
});

describe("readBratPath", () => {
  const folder = mkdtempSync(join(tmpdir(), "nerium-brat-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, "in", "b.txt"), "b");
  writeFileSync(join(folder, "in", "b.ann"), "T1\tX 0 1\tb\n");
  writeFileSync(join(folder, "a.txt"), "a");
  writeFileSync(join(folder, "a.a1"), "T1\tX 0 1\ta\n");
  writeFileSync(join(folder, "README.txt"), "no annotation");

  it.each([
    ["", ["b", "a"]],
    ["a.a1", ["a"]],
    ["in/b.txt", ["b"]],
    ["in/b.ann", ["b"]],
  ])("reads %j", async (path, ids) => {
    const issues: CorpusIssue[] = [];
    const onIssue = (issue: CorpusIssue): unknown => issues.push(issue);
    const documents = await collect(readBratPath({ file: join(folder, path), onIssue }));
    expect(documents.map(({ id, passages }) => [id, passages[0]!.mentions.length])).toEqual(
      ids.map((id) => [id, 1]),
    );
    expect(issues.map(({ kind }) => kind)).toEqual(path === "" ? ["file-without-partner"] : []);
  });

  it("says which file is missing", async () => {
    await expect(collect(readBratPath({ file: join(folder, "c.ann") }))).rejects.toMatchObject({
      code: "UNREADABLE",
    });
  });
});

const shared = join(import.meta.dirname, "../../../../shared/data/corpora");
const archives: [path: string, documents: number, mentions: number, discontinuous: number][] = [
  ["anatem/train", 606, 6946, 0],
  ["anatem/dev", 202, 2139, 0],
  ["bionlp13cg/train", 300, 10_935, 0],
  ["bionlp13cg/dev", 100, 3634, 0],
  ["cellfinder/all", 10, 5898, 0],
  ["jnlpba/train", 2000, 51_301, 0],
  ["maccrobat2020/all", 200, 25_189, 44],
];

describe("the brat corpora", () => {
  it.skipIf(!existsSync(shared)).each(archives)(
    "%s comes back byte for byte (skipped where ../shared/data is absent)",
    { timeout: 240_000 },
    async (path, documents, mentions, discontinuous) => {
      const file = join(shared, `${path}.brat.tar.gz`);
      const read = await collect(readBrat(createReadStream(file), { file }));
      const all = read.flatMap(({ passages }) => passages[0]!.mentions);
      const parted = all.filter(({ fragments }) => fragments !== undefined);
      expect([read.length, all.length, parted.length]).toEqual([documents, mentions, discontinuous]);
      const files = await collect(readTar(createReadStream(file), { file }));
      const before = files.map((one) => [one.path, Buffer.from(one.bytes).toString()] as const);
      const after = await write(read);
      expect(before.filter(([name, content]) => after[name] !== content).map(([name]) => name)).toEqual([]);
    },
  );
});
