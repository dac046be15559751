/** @file Marked lines there and back: nested, unbalanced and literal marks, types in classes, the shared files. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Document, Mention } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import { readMarked } from "./marked.ts";
import { writeMarked } from "./marked-write.ts";

async function read(
  text: string,
  onIssue?: (issue: CorpusIssue) => void,
  type?: string,
): Promise<Document[]> {
  const bytes = streamOf(new TextEncoder().encode(text));
  return collect(readMarked(bytes, { file: "x.txt", onIssue, type }));
}

async function write(documents: readonly Document[], type?: string): Promise<string> {
  return (await collect(writeMarked(streamOf(...documents), { type }))).join("");
}

const found = ({ passages: [passage] }: Document): string[] =>
  passage!.mentions.map(({ start, end, type }) => `${type}:${passage!.text.slice(start, end)}`);

describe("marked lines", () => {
  it("are sentences with mentions, and come back", async () => {
    const text = 'On <mark>p53</mark> in <span class="disease">gout 🧬</span>.\n\nNone . \n';
    const documents = await read(text);
    expect(documents.map(({ id }) => id)).toEqual(["x:1", "x:3"]);
    expect(documents[0]!.passages[0]!.text).toBe("On p53 in gout 🧬.");
    expect(documents.map(found)).toEqual([["Entity:p53", "disease:gout 🧬"], []]);
    expect(await write(documents)).toBe(text.replace("\n\n", "\n"));
  });

  it("stand for a type that is told", async () => {
    const documents = await read("<mark>p53</mark>\n", undefined, "Gene");
    expect(documents.map(found)).toEqual([["Gene:p53"]]);
    expect(await write(documents, "Gene")).toBe("<mark>p53</mark>\n");
    expect(await write(documents)).toBe('<span class="Gene">p53</span>\n');
  });

  it("may be nested, also around the same text", async () => {
    const text = '<mark><mark>S2</mark> protein</mark> <span class="a"><mark>x</mark></span>\n';
    const documents = await read(text);
    expect(documents.map(found)).toEqual([["Entity:S2 protein", "Entity:S2", "a:x", "Entity:x"]]);
    expect(await write(documents)).toBe(text);
  });

  it.each([
    ["a start without an end", "<mark>neuregu<mark>neuregulin</mark> and\n", "neuregulin", "unbalanced-mark"],
    ["an end without a start", "neuregulin</mark> and <mark>x</mark>\n", "x", "unbalanced-mark"],
    ["an end of another kind", "<mark>x</span></mark>\n", "x", "unbalanced-mark"],
    ["a mark around nothing", "a<mark></mark> <mark>x</mark>\n", "x", "empty-mark"],
  ])("with %s lose that mark, tell it, and come back", async (_, text, mention, kind) => {
    const issues: CorpusIssue[] = [];
    const documents = await read(text, (issue) => issues.push(issue));
    expect(documents.map(found)).toEqual([[`Entity:${mention}`]]);
    expect(issues).toMatchObject([{ kind, file: "x.txt", line: 1 }]);
    expect(documents[0]!.passages[0]!.text).not.toMatch(/mark|span/);
    expect(await write(documents)).toBe(text);
  });

  it.each([
    "a < b <I(h)> </mark",
    "<mark>",
    "&lt;mark>",
    "&amp;lt;/span>",
    'x <span class="a"> & &lt; &amp;',
  ])("keep %j where it is text", async (text) => {
    const mentions: Mention[] = [{ start: 0, end: 1, type: 'A "<&amp;>\n' }];
    const [again] = await read(await write([{ id: "x:1", passages: [{ text, mentions }] }]));
    expect(again!.passages[0]).toMatchObject({ text, mentions });
  });

  it("leave out what crosses, and tell it", async () => {
    const issues: CorpusIssue[] = [];
    const mentions = [
      { start: 0, end: 3, type: "A" },
      { start: 2, end: 5, type: "B" },
    ];
    const document = { id: "1", passages: [{ text: "abcde", mentions }] };
    const lines = await collect(writeMarked(streamOf(document), { onIssue: (issue) => issues.push(issue) }));
    expect(lines.join("")).toBe('<span class="A">abc</span>de\n');
    expect(issues.map(({ kind }) => kind)).toEqual(["document-ids-dropped", "overlapping-mention"]);
  });

  const shared = join(import.meta.dirname, "../../../../shared/data/instruct/bioner-llama");
  it.skipIf(!existsSync(shared)).each([
    ["BC2GM", 15_195, 0],
    ["NLMGene", 12_696, 103],
    ["NLMChem", 21_271, 4],
  ])(
    "of %s come back byte for byte (skipped where ../shared/data is absent)",
    async (name, mentions, faults) => {
      const text = readFileSync(join(shared, `${name}_train.txt`), "utf8");
      const issues: CorpusIssue[] = [];
      const documents = await read(text, (issue) => issues.push(issue));
      expect([documents.flatMap(found).length, issues.length]).toEqual([mentions, faults]);
      expect((await write(documents)).trimEnd()).toBe(text.trimEnd());
    },
  );
});
