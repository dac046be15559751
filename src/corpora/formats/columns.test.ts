/** @file BIO columns, BioCreative II and plain text: small files by hand, then the shared ones. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { openCorpus } from "../open.ts";
import { readBc2 } from "./bc2.ts";
import { readBio } from "./bio.ts";
import { writeBio } from "./bio-write.ts";
import { readText } from "./text.ts";
import { collect, streamOf } from "../streams.ts";

const bytes = (text: string): AsyncGenerator<Uint8Array> => streamOf(new TextEncoder().encode(text));
const found = ({ passages }: Document): string[][] =>
  passages.map(({ text, mentions }) =>
    mentions.map(({ start, end, type }) => `${type}:${text.slice(start, end)}`),
  );

const shared = join(import.meta.dirname, "../../../../shared/data/corpora");

function readColumns(text: string, type?: string): Promise<Document[]> {
  return collect(readBio(bytes(text), { file: "x.tsv", type }));
}

function readSentences(text: string, answers: string): Promise<Document[]> {
  return collect(readBc2(bytes(text), { file: "x.in", eval: bytes(answers), evalFile: "x.eval" }));
}

describe("BIO columns", () => {
  it("make one document a sentence", async () => {
    const documents = await readColumns("IL\tNN\tB-Gene\r\n-\tSYM\tI-Gene\r\n\r\n\r\n🧬\tNN\tO\r\n");
    expect(documents.map(({ id, passages }) => [id, passages[0]!.text])).toEqual([
      ["x:1", "IL -"],
      ["x:2", "🧬"],
    ]);
    expect(documents.map(found)).toEqual([[["Gene:IL -"]], [[]]]);
  });

  it("make one document a -DOCSTART- where there are such lines", async () => {
    const documents = await readColumns(
      "-DOCSTART- -X- O\n\na NN B-X\n\nb NN O\n\n-DOCSTART- -X- O\n\nc NN S-X\n",
    );
    expect(documents.map(({ id }) => id)).toEqual(["x:1", "x:2"]);
    expect(documents.map(found)).toEqual([[["X:a"], []], [["X:c"]]]);
  });

  it("take bare labels with a type", async () => {
    expect((await readColumns("a\tB\nb\tI\n", "Gene")).map(found)).toEqual([[["Gene:a b"]]]);
  });

  it.each([
    ["a bare label without a type", "a\tO\nb\tB\n", 2],
    ["a label of another scheme", "a\tX-Gene\n", 1],
    ["a token without a label", "a\tO\n\nb\n", 3],
    ["a label without a token", "\tO\n", 1],
  ])("refuse %s and say where", async (_, text, line) => {
    await expect(readColumns(text)).rejects.toMatchObject({ code: "CORPUS_FORMAT", file: "x.tsv", line });
  });

  it("are written for words, numbers and single signs, and what they cannot hold is reported", async () => {
    const issues: CorpusIssue[] = [];
    const text = "IL-2α e\u0301t 🧬\n.";
    const mentions = [
      { start: 0, end: 5, type: "Gene" },
      { start: 6, end: 7, type: "X" },
      { start: 3, end: 4, type: "X" },
      { start: 10, end: 12, type: "Y" },
    ];
    const document = {
      id: "1",
      passages: [
        { text, mentions },
        { text: " ", mentions: [] },
      ],
    };
    const written = await collect(writeBio(streamOf(document), { onIssue: (issue) => issues.push(issue) }));
    expect(written.join("")).toBe(
      "IL\tB-Gene\n-\tI-Gene\n2\tI-Gene\nα\tI-Gene\ne\u0301t\tO\n🧬\tB-Y\n.\tO\n\n",
    );
    expect(issues.map(({ kind, problem }) => [kind, problem])).toEqual([
      ["document-ids-dropped", expect.stringContaining("bio cannot hold")],
      ["document-split", expect.stringContaining("2 passages")],
      ["misaligned-mention", expect.stringContaining('X mention "e" ends inside of a token')],
      ["overlapping-mention", expect.stringContaining('X mention "2" overlaps a better one')],
      ["white-space-replaced", expect.any(String)],
      ["white-space-replaced", expect.any(String)],
    ]);
  });

  it.skipIf(!existsSync(shared))(
    "hold 787 mentions in ncbi-disease/bio/dev.tsv (skipped where ../shared/data is absent)",
    async () => {
      const documents = await collect(openCorpus(join(shared, "ncbi-disease/bio/dev.tsv")));
      expect(documents.flatMap(found).flat()).toHaveLength(787);
    },
  );
});

describe("BioCreative II", () => {
  const sentences = "S1 A b-c\tde.\nS2 \nS3 xyz\n";

  it("counts characters that are no white space, both ends included", async () => {
    const issues: CorpusIssue[] = [];
    const options = { file: "x.in", evalFile: "x.eval", onIssue: (issue: CorpusIssue) => issues.push(issue) };
    const answers = bytes("S1|1 4|b-c\td\nS3|0 1|zz\nS9|0 1|ab\n");
    const documents = await collect(readBc2(bytes(sentences), { ...options, eval: answers }));
    expect(documents.map(found)).toEqual([[["Gene:b-c\td"]], [[]], [["Gene:xy"]]]);
    expect(documents[2]!.passages[0]!.mentions[0]!.stated).toBe("zz");
    expect(issues.map(({ file, line, document }) => [file, line, document])).toEqual([
      ["x.eval", 2, "S3"],
      ["x.eval", 3, "S9"],
    ]);
  });

  it("refuses answers outside of the sentence, and lines of another shape", async () => {
    await expect(readSentences(sentences, "S3|0 3|xyz\n")).rejects.toMatchObject({ file: "x.eval", line: 1 });
    await expect(readSentences(sentences, "S3|0|xyz\n")).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      file: "x.eval",
    });
    await expect(readSentences("S1\n", "")).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      file: "x.in",
      line: 1,
    });
  });

  it.skipIf(!existsSync(shared))(
    "holds 2500 sentences and 3061 mentions in BC2GM dev (skipped where ../shared/data is absent)",
    async () => {
      const folder = join(shared, "bc2gm");
      const options = {
        evalPath: join(folder, "train.GENE.eval"),
        idsPath: join(folder, "devsplit-dev.ids.txt"),
      };
      const documents = await collect(openCorpus(join(folder, "train.in"), options));
      expect([documents.length, documents.flatMap(found).flat().length]).toEqual([2500, 3061]);
    },
  );
});

describe("plain text", () => {
  const text = "\uFEFFFirst 🧬\r\n\r\n  \nlast";

  it("is one document a file, untouched", async () => {
    const documents = await collect(readText(bytes(text), { file: "a/b.note.txt.gz" }));
    expect(documents).toEqual([{ id: "b.note", passages: [{ text, mentions: [] }] }]);
  });

  it("is one document a line on request", async () => {
    const documents = await collect(readText(bytes(text), { file: "b.txt", perLine: true }));
    expect(documents.map(({ id, passages }) => [id, passages[0]!.text])).toEqual([
      ["b:1", "First 🧬"],
      ["b:4", "last"],
    ]);
  });
});
