/** @file Parquet rows of Hugging Face data sets: tags with class names, bigbio_kb's passages and entities, faults. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { parquetFile } from "../../../test/parquet-file.ts";
import type { Document } from "../../documents/index.ts";
import { collect, openCorpus, readCorpus, streamOf } from "../index.ts";
import type { CorpusIssue } from "../index.ts";
import { checkThrift } from "./thrift-check.ts";

const folder = mkdtempSync(join(tmpdir(), "nerium-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

function open(bytes: Uint8Array, name = "x.parquet"): Promise<Document[]> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return collect(openCorpus(path));
}

const found = ({ passages }: Document): string[][] =>
  passages.map(({ text, mentions }) =>
    mentions.map(({ start, end, type }) => `${type}:${text.slice(start, end)}`),
  );

const tokens = { id: "text", tokens: { list: "text" }, ner_tags: { list: "int" } } as const;
const rows = [
  { id: "0", tokens: ["IL", "-", "2", "🧬"], ner_tags: [1, 2, 2, 0] },
  { id: "1", tokens: [], ner_tags: [] },
  { id: "2", tokens: ["x"], ner_tags: [1] },
];
const names = ["O", "B-Gene", "I-Gene"];
const features = (of: unknown): Record<string, string> => ({
  huggingface: JSON.stringify({ info: { features: { ner_tags: of } } }),
});

/** The first levels of a list are two runs of one value: here the first has 8191. */
function withRun(bytes: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Buffer.of(0, 0, 0, 2, 0, 2, 1));
  expect(at).toBeGreaterThan(0);
  const changed = Uint8Array.from(bytes);
  changed.set([0xfe, 0x7f], at + 3);
  return changed;
}

describe("Thrift structs", () => {
  it.each([
    [
      "a list that is longer than the file",
      [0x19, 0xf6, 0xff, 0xff, 0xff, 0x7f],
      /a list of 268435455 items/,
    ],
    ["a text that is longer than the file", [0x18, 0xff, 0x7f], /a text of 16383 bytes/],
    ["structs without end", Array<number>(40).fill(0x1c), /nested too deep/],
    ["a number without end", [0x15, ...Array<number>(20).fill(0xff)], /more than 10 bytes/],
    ["an unknown type", [0x1b, 0], /unknown type 11/],
    ["no end", [0x11], /bounds/],
  ])("are refused with %s", (_, bytes, message) => {
    expect(() => checkThrift(new DataView(Uint8Array.from(bytes).buffer), 0)).toThrow(message);
  });

  it("end where they end", () => {
    const bytes = [0x15, 0x80, 1, 0x18, 2, 65, 66, 0x1c, 0x11, 0, 0x19, 0x25, 1, 1, 0x05, 4, 9, 0, 99];
    expect(checkThrift(new DataView(Uint8Array.from(bytes).buffer), 0)).toBe(bytes.length - 1);
  });
});

describe("rows of tokens and tags", () => {
  it.each([
    ["as today", { feature: { names, _type: "ClassLabel" }, _type: "Sequence" }],
    ["as lists", { feature: { names, _type: "ClassLabel" }, _type: "List" }],
    ["by number", { sequence: { class_label: { names: { "0": "O", "1": "B-Gene", "2": "I-Gene" } } } }],
  ])("take their class names from the metadata, %s", async (_, feature) => {
    const documents = await open(parquetFile(tokens, [rows.slice(0, 2), rows.slice(2)], features(feature)));
    expect(documents.map(({ id, passages }) => [id, passages[0]!.text])).toEqual([
      ["0", "IL - 2 🧬"],
      ["1", ""],
      ["2", "x"],
    ]);
    expect(documents.map(found)).toEqual([[["Gene:IL - 2"]], [[]], [["Gene:x"]]]);
  });

  it("may have tags that are names, and come compressed or from a stream", async () => {
    const columns = { tokens: { list: "text" }, tags: { list: "text" } } as const;
    const bytes = parquetFile(columns, [[{ tokens: ["p53"], tags: ["B-Gene"] }]]);
    expect((await open(gzipSync(bytes), "y.parquet.gz")).map(found)).toEqual([[["Gene:p53"]]]);
    const [document] = await collect(readCorpus("parquet", streamOf(bytes), { file: "stdin" }));
    expect([document!.id, found(document!)]).toEqual(["stdin:1", [["Gene:p53"]]]);
  });

  it.each([
    ["tags without names", parquetFile(tokens, [rows]), /row 1: .*tag 1 without a name/],
    [
      "tags and tokens of different numbers",
      parquetFile(tokens, [[{ id: "", tokens: ["a"], ner_tags: [] }]]),
      /row 1: .*as many/,
    ],
    [
      "other columns",
      parquetFile({ text: "text", label: "int" }, [[{ text: "a", label: 1 }]]),
      /got text, label/,
    ],
    ["a run of more values than there are", withRun(parquetFile(tokens, [rows])), /a run of 8191 values/],
    ["a file cut off", parquetFile(tokens, [rows]).subarray(0, 200), /whole Parquet file/],
    ["no Parquet", new TextEncoder().encode("PAR1 is not enough"), /whole Parquet file/],
  ])("are refused with %s", async (_, bytes, message) => {
    const all = open(bytes);
    await expect(all).rejects.toMatchObject({ code: "CORPUS_FORMAT" });
    await expect(all).rejects.toThrow(message);
  });
});

const pairs = { list: { list: "int" } } as const;
const texts = { list: "text" } as const;
const bigbio = {
  id: "text",
  document_id: "text",
  passages: { list: { struct: { id: "text", type: "text", text: texts, offsets: pairs } } },
  entities: {
    list: {
      struct: {
        id: "text",
        type: "text",
        text: texts,
        offsets: pairs,
        normalized: { list: { struct: { db_name: "text", db_id: "text" } } },
      },
    },
  },
  relations: { list: { struct: { id: "text", type: "text" } } },
} as const;

describe("rows of bigbio_kb", () => {
  it("become passages with mentions in code points, in parts, with identifiers; relations are carried", async () => {
    const entity = (offsets: number[][], text: string[], ids: object[] = []): object => ({
      id: "e",
      type: "Disease",
      text,
      offsets,
      normalized: ids,
    });
    const row = {
      id: "0",
      document_id: "77",
      passages: [
        { id: "p0", type: "title", text: ["🧬 gout"], offsets: [[0, 6]] },
        { id: "p1", type: "abstract", text: ["lung and colon cancer"], offsets: [[7, 28]] },
      ],
      entities: [
        entity([[2, 6]], ["gout"], [{ db_name: "MESH", db_id: "D006073" }]),
        entity(
          [
            [22, 28],
            [7, 11],
          ],
          ["lung", "cancer"],
        ),
        entity([[16, 21]], ["Colon"]),
        entity([[4, 9]], ["ut lu"]),
      ],
      relations: [{ id: "r", type: "CID" }],
    };
    const path = join(folder, "bigbio.parquet");
    writeFileSync(path, parquetFile(bigbio, [[row]]));
    const issues: CorpusIssue[] = [];
    const [document] = await collect(openCorpus(path, { onIssue: (issue) => issues.push(issue) }));
    expect(document).toEqual({
      id: "77",
      passages: [
        {
          text: "🧬 gout",
          kind: "title",
          mentions: [{ start: 3, end: 7, type: "Disease", ids: ["MESH:D006073"] }],
        },
        {
          text: "lung and colon cancer",
          kind: "abstract",
          mentions: [
            {
              start: 0,
              end: 21,
              type: "Disease",
              fragments: [
                { start: 0, end: 4 },
                { start: 15, end: 21 },
              ],
            },
            { start: 9, end: 14, type: "Disease", stated: "Colon" },
          ],
        },
      ],
      carried: [{ format: "parquet", lines: ['{"relations":{"id":"r","type":"CID"}}'] }],
    });
    expect(issues.map(({ kind, document: id }) => [kind, id])).toEqual([
      ["stated-text-kept", "77"],
      ["misplaced-mention", "77"],
    ]);
  });
});
