/** @file Knowtator's XML: a small article by hand, faults, and all of CRAFT. */
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import { readKnowtator, readKnowtatorFiles, readKnowtatorPath } from "./knowtator-files.ts";

const annotation = (id: string, spans: string, text: string): string =>
  `<annotation><mention id="${id}" /><annotator id="1">M. B.</annotator>${spans}<spannedText>${text}</spannedText></annotation>`;
const classMention = (id: string, of: string): string =>
  `<classMention id="${id}"><mentionClass id="${of}">label</mentionClass></classMention>`;
const xml = (...inside: readonly string[]): string =>
  `<?xml version="1.0"?>\r\n<annotations textSource="7.txt">\r\n${inside.join("\r\n")}</annotations>`;

const text = "🧬 granule and mossy cells";
const cells = xml(
  annotation("c1", '<span start="14" end="25" />', "mossy cells"),
  annotation("c2", '<span start="20" end="25" /><span start="2" end="9" />', "granule ... cells"),
  classMention("c1", "CL:0001"),
  classMention("c2", "CL:0002"),
);
const processes = xml(annotation("g1", '<span start="0" end="1" />', "DNA"), classMention("g1", "GO:3"));
const files = {
  "articles/txt/7.txt": text,
  "articles/ids/README.txt": "no article",
  "concept-annotation/CL/CL/knowtator/7.txt.knowtator.xml": cells,
  "concept-annotation/GO_BP/GO_BP/knowtator/7.txt.knowtator.xml": processes,
};

async function read(
  contents: Readonly<Record<string, string>>,
  issues: CorpusIssue[] = [],
): Promise<Document[]> {
  const named = Object.entries(contents).map(([path, content]) => ({ path, bytes: Buffer.from(content) }));
  const onIssue = (issue: CorpusIssue): unknown => issues.push(issue);
  return collect(readKnowtatorFiles(streamOf(...named), { file: "craft.tar", onIssue }));
}

const fragments = [
  { start: 3, end: 10 },
  { start: 21, end: 26 },
];
const expected = {
  id: "7",
  passages: [
    {
      text,
      mentions: [
        { start: 0, end: 2, type: "GO_BP", ids: ["GO:3"], stated: "DNA" },
        { start: 3, end: 26, type: "CL", ids: ["CL:0002"], fragments },
        { start: 15, end: 26, type: "CL", ids: ["CL:0001"] },
      ],
    },
  ],
};

describe("Knowtator", () => {
  it("merges all ontologies of an article, with code points and parts in any order", async () => {
    const issues: CorpusIssue[] = [];
    expect(await read(files, issues)).toEqual([expected]);
    expect(issues.map(({ kind, count }) => [kind, count])).toEqual([
      ["stated-text-kept", undefined],
      ["knowtator-details-dropped", 6],
    ]);
  });

  it("reports mentions without place or class, and annotations without text", async () => {
    const issues: CorpusIssue[] = [];
    const odd = xml(
      annotation("a", '<span start="1" end="99" />', "x"),
      annotation("b", '<span start="0" end="1" />', "t"),
    );
    const documents = await read(
      { "7.txt": "t", "7.txt.knowtator.xml": odd, "8.txt.knowtator.xml": cells },
      issues,
    );
    expect(documents).toEqual([
      { id: "7", passages: [{ text: "t", mentions: [{ start: 0, end: 1, type: "Annotation" }] }] },
    ]);
    expect(issues.map(({ kind }) => kind)).toEqual([
      "unplaced-mention-dropped",
      "class-missing-kept",
      "knowtator-details-dropped",
      "file-without-partner",
    ]);
  });

  it("names file, line and column of what is no Knowtator", async () => {
    await expect(read({ "7.txt": "t", "7.txt.knowtator.xml": "<a/>" })).rejects.toMatchObject({
      code: "CORPUS_FORMAT",
      file: "7.txt.knowtator.xml",
      line: 1,
    });
    const span = xml(annotation("a", '<span start="-1" end="1" />', "t"));
    await expect(read({ "7.txt": "t", "7.txt.knowtator.xml": span })).rejects.toMatchObject({ line: 3 });
  });

  const folder = mkdtempSync(join(tmpdir(), "nerium-craft-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  it("reads a folder, and one annotation file with the text that belongs to it", async () => {
    expect(await collect(readKnowtatorPath({ file: folder }))).toEqual([expected]);
    const file = join(folder, "concept-annotation/CL/CL/knowtator/7.txt.knowtator.xml");
    const [document] = await collect(readKnowtatorPath({ file }));
    expect(document!.passages[0]!.mentions).toEqual(expected.passages[0]!.mentions.slice(1));
  });
});

const craft = join(import.meta.dirname, "../../../../shared/data/corpora/craft/all.knowtator.tar.gz");

it.skipIf(!existsSync(craft))(
  "CRAFT has 97 articles and 96,074 mentions, 1946 of them discontinuous (skipped where ../shared/data is absent)",
  { timeout: 240_000 },
  async () => {
    const issues: CorpusIssue[] = [];
    const onIssue = (issue: CorpusIssue): unknown => issues.push(issue);
    const documents = await collect(readKnowtator(createReadStream(craft), { file: craft, onIssue }));
    const mentions = documents.flatMap(({ passages }) => passages[0]!.mentions);
    const parted = mentions.filter((mention) => mention.fragments !== undefined);
    expect([documents.length, mentions.length, parted.length]).toEqual([97, 96_074, 1946]);
    expect(new Set(issues.map(({ kind }) => kind))).toEqual(new Set(["knowtator-details-dropped"]));
  },
);
