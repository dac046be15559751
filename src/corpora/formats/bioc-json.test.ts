/** @file BioC JSON there and back: PubTator 3's export, every shape, faults with their place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonOf, readAs } from "../../../test/bioc.ts";
import { mentionText } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/corpora");

const row = (id: string): string =>
  `{"id":"${id}","infons":{},"passages":[{"infons":{"__proto__":1,"type":"t"},"offset":3,"text":"a]}\\"","annotations":[],"relations":[],"sentences":[]}],"relations":[],"mine":[{"a":"["}]}`;

describe("BioC JSON", () => {
  const pubtator3 = readFileSync(join(fixtures, "pubtator3.two.bioc.json"), "utf8");

  it("reads PubTator 3's export and gives every value back", async () => {
    const documents = await readAs("json", pubtator3, {}, 7);
    expect(documents.map(({ id }) => id)).toEqual(["29355051", "1"]);
    const found = documents[0]!.passages.flatMap(({ text, mentions }) =>
      mentions.map((mention) => [mentionText(text, mention), mention.type, mention.ids]),
    );
    expect(found).toEqual([
      ["β-Catenin", "Gene", ["1499"]],
      ["BRAF", "Gene", ["673"]],
      ["V600E", "Variant", ["p|SUB|V|600|E"]],
      ["Melanoma", "Disease", ["MESH:D008545"]],
      ["vemurafenib", "Chemical", undefined],
    ]);
    expect(JSON.parse(await jsonOf(documents))).toEqual(JSON.parse(pubtator3));
  });

  const collection = `{"source":"documents","date":"","key":"","infons":{"a":1},"version":"1","documents":[\n${row("1")},\n${row("2")}\n]}\n`;
  it.each([
    ["collection", collection],
    ["array", `[\n${row("1")},\n${row("2")}\n]\n`],
    ["lines", `${row("1")}\n${row("2")}\n`],
    ["pubtator3", `{"PubTator3":[\n${row("1")},\n${row("2")}\n]}\n`],
    ["an empty collection", '{"source":"","date":"","key":"","infons":{},"documents":[\n\n]}\n'],
  ])("reads and writes the shape %s, however the bytes are cut", async (_, json) => {
    const expected = json.trim().split("\n").length > 3 || _ === "lines" ? 2 : 0;
    for (const size of [1, 3, 1000]) {
      const documents = await readAs("json", json, {}, size);
      expect(documents).toHaveLength(expected);
      const text = await jsonOf(documents);
      const same = (value: string): unknown =>
        _ === "lines" ? value.trim().split("\n").map(parse) : parse(value);
      expect(same(text)).toEqual(same(json));
    }
  });

  it("reports a collection that a shape has no place for, and keys after the list", async () => {
    const issues: CorpusIssue[] = [];
    const onIssue = (issue: CorpusIssue): unknown => issues.push(issue);
    const documents = await readAs("json", collection.replace("\n]}", '\n],"late":1}'), { onIssue });
    await jsonOf(documents.slice(0, 1), { shape: "lines", onIssue });
    expect(issues.map(({ kind, count }) => [kind, count])).toEqual([
      ["keys-dropped", 1],
      ["collection-dropped", undefined],
    ]);
  });

  it.each([
    ["a value missing", '{"documents":[\n{"id":"1","passages":,}]}', 2, 22],
    ["a key without quotes", '{"id":1,"passages":[]}\n{id:2}', 2, 2],
    ["a cut-off file", '{"documents":[{"id":"1"', 1, 23],
    ["text", "PMID|t|", 1, 1],
    ["a number in the list", "[1]", 1, 2],
    ["deep nesting", `{"id":${"[".repeat(100_000)}`, 1, 106],
  ])("names line and column of %s", async (_, json, line, column) => {
    await expect(readAs("json", json)).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      file: "x.json",
      line,
      column,
    });
  });

  it.each([
    ['{"id":"1"}', /"passages"/],
    ['{"passages":[{"text":1}]}', /"passages.0.text"/],
    [
      '{"passages":[{"annotations":[{"locations":[{"offset":0.5,"length":1}]}]}]}',
      /locations.0.offset": expected a whole number/,
    ],
    ['{"passages":[],"infons":[]}', /"infons"/],
  ])("refuses %s and says which key", async (json, message) => {
    await expect(readAs("json", `\n${json}`)).rejects.toThrow(message);
    await expect(readAs("json", `\n${json}`)).rejects.toMatchObject({ code: "CORPUS_FORMAT", line: 2 });
  });
});

function parse(json: string): unknown {
  return JSON.parse(json);
}
