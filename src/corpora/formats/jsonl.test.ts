/** @file JSON Lines there and back: units, unknown keys, discontinuous mentions and faults. */
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { readJsonl } from "./jsonl.ts";
import { writeJsonl } from "./jsonl-write.ts";
import type { JsonlWriteOptions } from "./jsonl-write.ts";
import { collect, streamOf } from "../streams.ts";

async function read(rows: string, onIssue?: (issue: CorpusIssue) => void): Promise<Document[]> {
  return collect(readJsonl(streamOf(new TextEncoder().encode(rows)), { file: "d/x.jsonl", onIssue }));
}

async function write(documents: Document[], options?: JsonlWriteOptions): Promise<string> {
  return (await collect(writeJsonl(streamOf(...documents), options))).join("");
}

const row =
  '{"id":"1","text":"🧬 a b","offsets":"code-point","entities":[{"start":2,"end":3,"text":"a","label":"X","score":0.1235,' +
  '"ids":["I"],"alignment":"exact"},{"start":0,"end":5,"text":"🧬 b","label":"Y","fragments":[{"start":0,"end":1},' +
  '{"start":4,"end":5}]}],"split":"dev","n":{"__proto__":1}}\n';

describe("JSON Lines", () => {
  it("gives a row back, unknown keys of the row and of entities included", async () => {
    const [document] = await read(row);
    expect(document!.passages[0]!.mentions).toMatchObject([
      { start: 3, end: 4, type: "X", score: 0.1235, ids: ["I"] },
      {
        start: 0,
        end: 6,
        fragments: [
          { start: 0, end: 2 },
          { start: 5, end: 6 },
        ],
      },
    ]);
    expect(await write([document!])).toBe(row);
  });

  it("reads and writes UTF-16 offsets where the row says so", async () => {
    const utf16 =
      '{"id":"1","text":"🧬 a","offsets":"utf-16","entities":[{"start":3,"end":4,"text":"a","label":"X"}]}\n';
    const documents = await read(utf16);
    expect(documents[0]!.passages[0]!.mentions).toEqual([{ start: 3, end: 4, type: "X" }]);
    expect(await write(documents, { offsets: "utf-16" })).toBe(utf16);
    expect(await write(documents)).toContain('"offsets":"code-point","entities":[{"start":2,"end":3,');
  });

  it("names rows without id by their line, and skips blank lines", async () => {
    const documents = await read('\n{"text":""}\n \r\n{"text":"\\ud83e","id":7}');
    expect(documents).toEqual([
      { id: "x:2", passages: [{ text: "", mentions: [] }] },
      { id: "7", passages: [{ text: "\uD83E", mentions: [] }] },
    ]);
  });

  it("counts a document of several passages as one text, and rounds scores only if asked", async () => {
    const mentions = [{ start: 0, end: 1, type: "X", score: 0.123_45 }];
    const passages = ["🧬.", "b"].map((text) => ({ text, mentions: text === "b" ? mentions : [] }));
    expect(await write([{ id: "1", passages }])).toContain('"score":0.12345');
    expect(JSON.parse(await write([{ id: "1", passages }], { scoreDigits: 3 }))).toEqual({
      id: "1",
      text: "🧬. b",
      offsets: "code-point",
      entities: [{ start: 3, end: 4, text: "b", label: "X", score: 0.123 }],
      passages: [
        { start: 0, end: 2 },
        { start: 3, end: 4 },
      ],
    });
  });

  it("gives back passages, separators and what other formats carry", async () => {
    const mention = { start: 0, end: 1, type: "X", carried: [{ format: "pubtator", lines: ["0.5"] }] };
    const document: Document = {
      id: "1",
      passages: [
        { text: "🧬.", kind: "title", mentions: [] },
        { text: "", mentions: [] },
        { text: "b", kind: "abstract", mentions: [mention] },
      ],
      separator: "\n\n",
      carried: [{ format: "pubtator", lines: ["1\tCID\tA\tB"], at: [1] }],
    };
    expect(await read(await write([document]))).toEqual([document]);
    expect(await read(await write([{ id: "2", passages: [] }]))).toEqual([{ id: "2", passages: [] }]);
  });

  it("takes passages that do not cover the text for a key of somebody else's", async () => {
    const foreign =
      '{"id":"1","text":"a b","offsets":"code-point","entities":[],"passages":[{"start":1,"end":9}]}\n';
    const documents = await read(foreign);
    expect(documents[0]!.passages).toEqual([{ text: "a b", mentions: [] }]);
    expect(await write(documents)).toBe(foreign);
  });

  it("keeps a stated text that differs, and reports it", async () => {
    const issues: CorpusIssue[] = [];
    const text =
      '{"id":"1","text":"ab","offsets":"code-point","entities":[{"start":0,"end":1,"text":"z","label":"X"}]}\n';
    const documents = await read(text, (issue) => issues.push(issue));
    expect(issues).toMatchObject([{ file: "d/x.jsonl", line: 1, document: "1" }]);
    expect(await write(documents)).toBe(text);
  });

  it.each([
    ["no JSON", "{", /x.jsonl:1: expected one JSON object, got "{"/],
    ["no object", "[]", /row: /],
    ["no text", '{"id":"1"}', /key "text"/],
    ["a fraction", '{"text":"a","entities":[{"start":0.5,"end":1,"label":"X"}]}', /"entities.0.start"/],
    [
      "deep unknown keys",
      `{"text":"a","x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
      /at most 100 brackets deep/,
    ],
    [
      "an entity's deep unknown keys",
      `{"text":"a","entities":[{"start":0,"end":1,"label":"X","x":${"[".repeat(1e5)}${"]".repeat(1e5)}}]}`,
      /entity 1: .*at most 100/,
    ],
    ["an unknown unit", '{"text":"a","offsets":"bytes"}', /"offsets"/],
    ["an end outside", '{"text":"a","entities":[{"start":0,"end":2,"label":"X"}]}', /entity 1: .*got 2/],
    [
      "an end outside, UTF-16",
      '{"text":"a","offsets":"utf-16","entities":[{"start":0,"end":2,"label":"X"}]}',
      /entity 1: /,
    ],
    ["an end before the start", '{"text":"ab","entities":[{"start":2,"end":1,"label":"X"}]}', /from 2 to 1/],
  ])("refuses %s and says where", async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: "CORPUS_FORMAT", line: 1 });
    await expect(read(text)).rejects.toThrow(message);
  });
});
