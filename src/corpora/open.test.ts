/** @file Opening corpora by path, writing them by format, and renaming types. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { documentText, passageStarts } from "../documents/index.ts";
import type { Document } from "../documents/index.ts";
import {
  collect,
  formatOf,
  mapTypes,
  openCorpus,
  readJsonl,
  readPubTator,
  streamOf,
  writeCorpus,
} from "./index.ts";
import type { CorpusIssue } from "./index.ts";
import { deferred } from "./streams.ts";

const folder = mkdtempSync(join(tmpdir(), "nerium-corpora-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const pubtator = "1|t|ab\n1|a|\n1\t0\t1\ta\tX\n\n2|t|c\n2|a|\n\n";

/** A seeded generator of whole numbers below a limit (Park and Miller's). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

function randomDocument(random: (below: number) => number): Document {
  const units = ["a", "🧬", "e\u0301", "|t|", "1", "\t", "\n", "\r\n", "\r", "\u2028", "中"];
  const passages = Array.from({ length: random(4) }, () => {
    const parts = Array.from({ length: random(9) }, () => units[random(units.length)]!);
    const offsets = [0];
    for (const part of parts) offsets.push(offsets.at(-1)! + part.length);
    const mentions = Array.from({ length: parts.length === 0 ? 0 : random(4) }, () => {
      const first = random(parts.length);
      const last = first + 1 + random(parts.length - first);
      return { start: offsets[first]!, end: offsets[last]!, type: "X" };
    });
    return { text: parts.join(""), mentions };
  });
  return { id: "1", passages };
}

/** The marked stretches of a document's text, with its white space all alike. */
function marked(document: Document): string[] {
  const starts = passageStarts(document);
  const text = documentText(document);
  const places = document.passages.flatMap(({ mentions }, index) =>
    mentions.map(({ start, end }) => [starts[index]! + start, starts[index]! + end]),
  );
  return places.map(([start, end]) => `${start} ${text.slice(start, end).replace(/[\n\r\t]/g, " ")}`);
}

describe("writing and reading again", () => {
  it.each(["pubtator", "jsonl"] as const)(
    "moves no mention of 2000 random documents through %s",
    async (format) => {
      const random = randomNumbers(11);
      for (let round = 0; round < 2000; round++) {
        const document = randomDocument(random);
        const text = (await collect(writeCorpus(format, streamOf(document)))).join("");
        const bytes = streamOf(new TextEncoder().encode(text));
        const reader = format === "jsonl" ? readJsonl : readPubTator;
        const [again] = await collect(reader(bytes, { file: "x" }));
        expect(marked(again!)).toEqual(marked(document));
      }
    },
  );

  it("reports what only the other format holds", async () => {
    const related = file("related.pubtator", "1|t|ab\n1|a|\n1\t0\t1\ta\tX\tI\t0.5\n1\tCID\tA\tB\n\n");
    const issues: CorpusIssue[] = [];
    await collect(writeCorpus("doccano", openCorpus(related), { onIssue: (issue) => issues.push(issue) }));
    expect(issues).toContainEqual({
      kind: "carried-dropped",
      count: 2,
      document: "1",
      problem: expect.stringMatching(/^2 parts .* only pubtator/) as unknown,
    });
    issues.length = 0;
    await collect(writeCorpus("jsonl", openCorpus(related), { onIssue: (issue) => issues.push(issue) }));
    expect(issues).toEqual([]);
  });
});

describe("formatOf", () => {
  it.each([
    ["a/x.PubTator", "", "pubtator"],
    ["x.pubtator.txt.gz", "", "pubtator"],
    ["x.txt", "\uFEFF12|t|Title", "pubtator"],
    ["x.txt", "{not json", "text"],
    ["x.v1.jsonl.gz", "", "jsonl"],
    ["x.tsv", "", "bio"],
    ["x.bio.tar.gz", "", "bio"],
    ["x.txt", "On <mark>p53</mark>.", "marked"],
    ["x.jsonl", '{"text": "a", "label": [[0, 1, "X"]]}', "doccano"],
    ["x.jsonl", '{"id": 1, "text": "a", "entities": [{"start_offset": 0}]}', "doccano"],
    ["x.jsonl", '{"text":"a","label":"positive"}', "jsonl"],
    ["x.jsonl", `{"text":"${"long ".repeat(9999)}","label":[[0,4,"X"]]}`, "doccano"],
    [
      "x.jsonl",
      '{"_id": "1|None", "id": "1", "infons": {"a": "[{"}, "passages": [{"infons": {}',
      "bioc-json",
    ],
    ["x.jsonl", '{"id":"1","text":"a","entities":[],"passages":[{"start":0,"end":1}]}', "jsonl"],
    ["x.jsonl", '{"id":"1","text":"a \\"passages\\":[{\\"offset\\":0}]","documents":[]}', "jsonl"],
    ["x.json", '[{"id":"1","passages":[]}]', "bioc-json"],
    ["-", '{"PubTator3":[', "bioc-json"],
    ["x.json", '[{"id": 1, "data": {"text": "a"}}]', "label-studio"],
    ["x.json", '[["a", {"entities": [[0, 1, "X"]]}]]', "spacy"],
    ["x.json", '{"text": "a", "ents": []}', "spacy"],
    ["x.jsonl", '{"text":"gout","labels":[[0,4,"X"]]}', "doccano"],
    ["x.jsonl", '{"text":"gout","labels":["X"]}', "jsonl"],
    ["x.jsonl", '{"text":"gout","entities":[[0,4,"X"]]}', "spacy"],
    ["x.jsonl", '{"text":"gout","spans":[{"start":0,"end":4,"label":"X"}]}', "spacy"],
    ["x.jsonl", '{"text":"gout","entities":[{"start":0,"end":4,"label":"X"}],"spans":[]}', "jsonl"],
    ["x.biocjson", '{"_id":"1|None","id":"1","passages":[]}', "bioc-json"],
    ["x.txt", '{"_id":"1|None","id":"1","passages":[]}', "bioc-json"],
    ["x.txt", '{"text":"gout"}', "jsonl"],
    ["x.txt", '["Ecstasy" intoxication].', "text"],
    ["train.txt", "BRCA1 B-Gene\nis O\n", "bio"],
    ["train.txt", "BRCA1 NN B-NP B-Gene\n\nis VBZ O O\n", "bio"],
    ["train.txt", "###MEDLINE:95369245\n\nIL-2\tB-DNA\n", "bio"],
    ["x.txt", "Vitamin B-12\nis a vitamin.\n", "text"],
    ["-", "PAR1\u0015", "parquet"],
    ["train.parquet", "", "parquet"],
    ["train.in", "", "bc2"],
    ["-", '{"text":"a"}', "jsonl"],
    ["-", "BRCA1\tB-Gene\nis\tO\n", "bio"],
    ["-", "BRCA1 is a gene.", "text"],
    ["README", "", "text"],
  ])("%s that begins %j", (path, start, format) => {
    expect(formatOf(path, start)).toBe(format);
  });

  it.each(["x.pdf", "x.html", "x.json", "x.docx"])("does not take %s for plain text", (path) => {
    expect(() => formatOf(path)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("openCorpus", () => {
  it("sees PubTator in a gzip .txt and keeps only listed ids", async () => {
    const path = file("x.txt.gz", gzipSync(pubtator));
    const issues: CorpusIssue[] = [];
    const idsPath = file("ids", "2\n9\n");
    const documents = await collect(openCorpus(path, { idsPath, onIssue: (issue) => issues.push(issue) }));
    expect(documents.map(({ id }) => id)).toEqual(["2"]);
    expect(issues).toMatchObject([{ file: idsPath, document: "9" }]);
  });

  it("reads an empty file as what its name says", async () => {
    expect(await collect(openCorpus(file("x.pubtator", "")))).toEqual([]);
    expect(await collect(openCorpus(file("x.txt", "")))).toHaveLength(1);
  });

  it.each([
    ["a missing file", () => join(folder, "none.txt"), /no such file/],
    ["a folder", () => folder, /this is a folder/],
  ])("says what to do about %s", async (_, path, message) => {
    const all = collect(openCorpus(path()));
    await expect(all).rejects.toMatchObject({ code: "UNREADABLE", file: path() });
    await expect(all).rejects.toThrow(message);
  });

  it("can be left early", async () => {
    for await (const { id } of openCorpus(file("y.pubtator.gz", gzipSync(pubtator)))) {
      expect(id).toBe("1");
      break;
    }
  });

  it("writes what it read in each format", async () => {
    const path = file("z.pubtator", pubtator);
    const write = async (format: "pubtator" | "jsonl" | "bio"): Promise<string> =>
      (await collect(writeCorpus(format, openCorpus(path)))).join("");
    expect(await write("pubtator")).toBe(pubtator);
    expect((await write("jsonl")).split("\n")[1]).toBe(
      '{"id":"2","text":"c ","offsets":"code-point","entities":[],' +
        '"passages":[{"start":0,"end":1,"kind":"title"},{"start":2,"end":2,"kind":"abstract"}]}',
    );
    expect(await write("bio")).toBe("ab\tO\n\nc\tO\n\n");
  });
});

async function types(map: Record<string, string>, dropOthers?: boolean): Promise<string[]> {
  const mentions = ["A", "B", "constructor"].map((type) => ({ start: 0, end: 1, type }));
  async function* documents() {
    yield { id: "1", passages: [{ text: "a", mentions }] };
  }
  const [document] = await collect(mapTypes(documents(), map, { dropOthers }));
  return document!.passages[0]!.mentions.map(({ type }) => type);
}

describe("mapTypes", () => {
  it("renames, drops what is mapped to nothing, and drops others on request", async () => {
    expect(await types({ A: "X", B: "" })).toEqual(["X", "constructor"]);
    expect(await types({ A: "X" }, true)).toEqual(["X"]);
  });
});

describe("deferred", () => {
  it("opens when the first item is asked for, and closes what it opened when it is left", async () => {
    const told: string[] = [];
    async function* items(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        told.push("closed");
      }
    }
    const stream = deferred(async () => {
      told.push("opened");
      return items();
    });
    expect(told).toEqual([]);
    for await (const item of stream) {
      expect(item).toBe(1);
      break;
    }
    expect(told).toEqual(["opened", "closed"]);
    expect(await deferred(async () => items()).return(undefined)).toEqual({ done: true, value: undefined });
    expect(told).toHaveLength(2);
  });
});
