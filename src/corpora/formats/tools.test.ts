/** @file Label Studio, doccano and spaCy: their forms read by hand, units of offsets, equal values there and back, faults. */
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import { collect, readCorpus, streamOf, writeCorpus } from "../index.ts";
import type { CorpusIssue } from "../index.ts";

type Tool = "label-studio" | "doccano" | "spacy";

function read(tool: Tool, text: string, onIssue?: (issue: CorpusIssue) => void): Promise<Document[]> {
  const bytes = new TextEncoder().encode(text);
  // in small pieces, as a slow pipe would give them
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
    bytes.subarray(7 * index, 7 * index + 7),
  );
  return collect(readCorpus(tool, streamOf(...pieces), { file: "x.json", onIssue }));
}

async function write(tool: Tool, documents: readonly Document[]): Promise<string> {
  return (await collect(writeCorpus(tool, streamOf(...documents)))).join("");
}

const found = ({ passages: [passage] }: Document): string[] =>
  passage!.mentions.map(({ start, end, type }) => `${type}:${passage!.text.slice(start, end)}`);

const span = (start: number, end: number, text: string, more: object = {}): object => ({
  id: "r1",
  from_name: "ner",
  to_name: "doc",
  type: "labels",
  value: { start, end, text, labels: ["Disease"] },
  ...more,
});

const labelStudio = [
  {
    id: 7,
    data: { body: "🧬 gout [x]", source: 'a "quoted" \\ file' },
    annotations: [
      { id: 1, was_cancelled: true, result: [] },
      { id: 2, result: [span(3, 7, "gout"), { type: "choices", value: { choices: ["yes"] } }] },
    ],
    predictions: [{ model_version: "m", result: [span(3, 7, "gout", { score: 0.25 })] }],
  },
  { data: { text: "gout", id: "PMID1" }, predictions: [{ result: [span(0, 4, "gout", { score: 0.5 })] }] },
];

describe("Label Studio", () => {
  it("counts UTF-16 units, reads annotations before predictions, and gives equal tasks back", async () => {
    const documents = await read("label-studio", JSON.stringify(labelStudio, undefined, 1));
    expect(documents.map(({ id }) => id)).toEqual(["7", "PMID1"]);
    expect(documents.map(found)).toEqual([["Disease:gout"], ["Disease:gout"]]);
    expect(documents[1]!.passages[0]!.mentions[0]!.score).toBe(0.5);
    expect(JSON.parse(await write("label-studio", documents))).toEqual(labelStudio);
  });

  it("writes scores as predictions, and identifiers", async () => {
    const mention = { start: 3, end: 7, type: "Disease", ids: ["D1"] };
    const passages = [{ text: "🧬 gout", mentions: [mention] }];
    const scored = [{ text: "🧬 gout", mentions: [{ ...mention, score: 0.5 }] }];
    const documents = [
      { id: "1", passages },
      { id: "a", passages: scored },
    ];
    const tasks = JSON.parse(await write("label-studio", documents)) as object[];
    expect(tasks).toMatchObject([
      { data: { text: "🧬 gout", id: 1 }, annotations: [{ result: [{ value: { start: 3, end: 7 } }] }] },
      { predictions: [{ result: [{ score: 0.5, meta: { ids: ["D1"] } }] }] },
    ]);
    const again = await read("label-studio", JSON.stringify(tasks));
    expect(again.map((one) => one.passages[0]!.mentions[0])).toMatchObject([mention, scored[0]!.mentions[0]]);
  });

  it("keeps another text than stands at the offsets, and tells it", async () => {
    const issues: CorpusIssue[] = [];
    const tasks = [{ data: { text: "gout" }, annotations: [{ result: [span(0, 3, "gut")] }] }];
    const documents = await read("label-studio", JSON.stringify(tasks), (issue) => issues.push(issue));
    expect(issues).toMatchObject([{ kind: "stated-text-kept", document: "x:1", line: 1 }]);
    expect(JSON.parse(await write("label-studio", documents))).toEqual(tasks);
  });
});

describe("doccano", () => {
  it.each([
    ["import", '{"id":"a","text":"🧬 gout","label":[[2,6,"Disease"]],"meta":{"x":1}}\n'],
    [
      "export",
      '{"id":12,"text":"🧬 gout","entities":[{"id":90,"label":"Disease","start_offset":2,"end_offset":6}],' +
        '"relations":[{"id":1,"from_id":90,"to_id":90,"type":"r"}],"Comments":[]}\n',
    ],
    ["former", '{"id":"a","text":"🧬 gout","labels":[[2,6,"Disease"]]}\n'],
  ])("gives its %s form back, in code points", async (_, text) => {
    const documents = await read("doccano", text);
    expect(documents.map(found)).toEqual([["Disease:gout"]]);
    expect(await write("doccano", documents)).toBe(text);
  });

  it("names rows without id by their line", async () => {
    const documents = await read("doccano", '\n{"text":"a","label":[]}\n{"text":"b"}');
    expect(documents.map(({ id }) => id)).toEqual(["x:2", "x:3"]);
  });
});

describe("spaCy", () => {
  it.each([
    [
      "an array of objects",
      '[\n{"text":"🧬 gout","ents":[{"start":2,"end":6,"label":"Disease","kb_id":"D1"}],"title":"a"}\n]\n',
    ],
    [
      "an array of pairs",
      '[\n["🧬 gout",{"entities":[[2,6,"Disease"]],"cats":{"X":1}}],\n["b",{"entities":[]}]\n]\n',
    ],
    [
      "an array of objects with triples",
      '[\n{"text":"🧬 gout","entities":[[2,6,"Disease","D1"]],"title":"a"},\n{"text":"b","entities":[]}\n]\n',
    ],
    [
      "Prodigy's spans",
      '[\n{"text":"🧬 gout","spans":[{"start":2,"end":6,"label":"Disease","token_start":1}],"answer":"accept"}\n]\n',
    ],
    ["nothing", "[]\n"],
  ])("gives %s back, in code points", async (_, text) => {
    const documents = await read("spacy", text);
    expect(documents.slice(0, 1).flatMap(found)).toEqual(text === "[]\n" ? [] : ["Disease:gout"]);
    expect(await write("spacy", documents)).toBe(text);
  });

  it.each([
    ["one object", '{"text": "gout", "ents": [{"start": 0, "end": 4, "label": "X"}]}'],
    [
      "objects one a line",
      '{"text":"gout","ents":[{"start":0,"end":4,"label":"X"}]}\n{"text":"","ents":[]}\n',
    ],
    ["pairs one a line", '["gout", {"entities": [[0, 4, "X"]]}]\n["a]\\"[", {"entities": []}]\n'],
  ])("reads %s", async (_, text) => {
    expect((await read("spacy", text)).flatMap(found)).toEqual(["X:gout"]);
  });
});

describe("faults name their line", () => {
  it.each([
    ["doccano", "no JSON", '{"text":"a"}\n{"text":\n}', 2],
    ["doccano", "an offset outside", '\n{"text":"a","label":[[0,2,"X"]]}', 2],
    ["doccano", "a file cut off", '{"text":"a"}\n{"text":"b', 2],
    ["doccano", "no text", '{"label":[]}', 1],
    ["spacy", "a number", "[1]", 1],
    ["spacy", "an end before the start", '[\n{"text":"ab","ents":[{"start":2,"end":1,"label":"X"}]}]', 2],
    ["label-studio", "a task without text", '[{"data":{"n":1}}]', 1],
    [
      "label-studio",
      "a span without labels",
      '[{"data":{"text":"a"},"annotations":[{"result":[{"type":"labels"}]}]}]',
      1,
    ],
    ["label-studio", "deep nesting", `[{"x":\n${"[".repeat(100_000)}${"]".repeat(100_000)}}]`, 2],
    ["doccano", "deep nesting", `{"text":"a","x":${'{"x":'.repeat(100_000)}1${"}".repeat(100_001)}`, 1],
    ["label-studio", "too many ends", '[{"data":{"text":"a"}}]]', 1],
  ] as const)("%s: %s", async (tool, _, text, line) => {
    await expect(read(tool, text)).rejects.toMatchObject({ code: "CORPUS_FORMAT", file: "x.json", line });
  });
});
