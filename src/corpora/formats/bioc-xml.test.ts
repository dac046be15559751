/** @file BioC XML there and back, by hand: locations, sentences, units of offsets, and hostile files. */
import { describe, expect, it } from "vitest";
import { readAs, treeOf, xmlOf } from "../../../test/bioc.ts";
import { withoutCarried } from "../../../test/random-documents.ts";
import { mentionText } from "../../documents/index.ts";
import type { Document } from "../../documents/index.ts";
import type { CorpusIssue } from "../issues.ts";

const passage = (inside: string): string =>
  `<collection><source>s</source><date/><key>k</key>\n<document><id>1</id>${inside}</document></collection>`;
const annotation = (
  text: string,
  ...places: readonly (readonly [offset: number, length: number])[]
): string => {
  const locations = places
    .map(([offset, length]) => `<location offset="${offset}" length="${length}"/>`)
    .join("");
  return `<annotation id="a"><infon key="type">T</infon>${locations}<text>${text}</text></annotation>`;
};

const sentence = (offset: number, text: string, inside: string): string =>
  `<sentence><infon key="n">1</infon><offset>${offset}</offset><text>${text}</text>${inside}</sentence>`;

describe("BioC XML", () => {
  const small = passage(
    '<infon key="license">CC0</infon><passage><infon key="type">title</infon><offset>7</offset><text>🧬 &lt;b&gt; and c</text>' +
      '<annotation id="x"><infon key="type">Gene</infon><infon key="NCBI GENE">1|2</infon><infon key="score">0.50</infon>' +
      '<infon key="note">n</infon><location offset="17" length="1"/><location offset="9" length="3"/><text>&lt;b&gt; c</text></annotation>' +
      '<annotation><infon key="type">Odd</infon><location offset="99" length="1"/><text>?</text></annotation>' +
      `${annotation("🧬", [7, 1])}<relation id="R"><infon key="type">of</infon><node refid="x" role="r"/><node refid="a"/></relation></passage>` +
      '<relation><infon key="a">b</infon></relation>',
  );

  it.each([1, 2, 1000])(
    "gives mentions of several locations, ids, scores and carries the rest, %i bytes at a time",
    async (size) => {
      const issues: CorpusIssue[] = [];
      const [document] = await readAs("xml", small, { onIssue: (issue) => issues.push(issue) }, size);
      expect(withoutCarried(document!)).toEqual({
        id: "1",
        passages: [
          {
            text: "🧬 <b> and c",
            kind: "title",
            mentions: [
              {
                start: 3,
                end: 12,
                type: "Gene",
                ids: ["1", "2"],
                score: 0.5,
                fragments: [
                  { start: 3, end: 6 },
                  { start: 11, end: 12 },
                ],
              },
              { start: 0, end: 2, type: "T" },
            ],
          },
        ],
      });
      expect(issues).toMatchObject([{ kind: "unplaced-mention-kept", document: "1", line: 2 }]);
      expect(await treeOf(await xmlOf([document!]))).toEqual(await treeOf(small));
    },
  );

  it("makes one text of sentences and writes the sentences again", async () => {
    const inside = `${sentence(5, "A b.", annotation("b", [7, 1]))}${sentence(11, "C.", annotation("C", [11, 1]))}`;
    const xml = passage(`<passage><offset>5</offset>${inside}</passage>`);
    const [document] = await readAs("xml", xml);
    const [{ text, mentions }] = document!.passages as [Document["passages"][0]];
    expect(text).toBe("A b.  C.");
    expect(mentions.map((mention) => mentionText(text, mention))).toEqual(["b", "C"]);
    expect(await treeOf(await xmlOf([document!]))).toEqual(await treeOf(xml));
  });

  it("writes what has changed since, and keeps the other infons", async () => {
    const [document] = await readAs("xml", small);
    const [only] = document!.passages;
    const [gene, other] = only!.mentions;
    const mentions = [{ ...gene!, type: "Protein", ids: ["3"] }, { start: 7, end: 10, type: "New" }, other!];
    const xml = await xmlOf([{ ...document!, passages: [{ ...only!, kind: "abstract", mentions }] }]);
    expect(xml).toContain(
      '<infon key="type">Protein</infon><infon key="identifier">3</infon><infon key="score">0.5</infon><infon key="note">n</infon>',
    );
    expect(xml).toContain(
      '<annotation><infon key="type">New</infon><location offset="13" length="3"/><text>and</text>',
    );
    expect(xml).toContain('<passage><infon key="type">abstract</infon>');
  });

  const wide = "αβ 🧬 BRCA1 x";
  it.each([
    ["code points", 5, []],
    ["UTF-16 units", 6, ["offset-unit-kept"]],
    ["bytes", 10, ["offset-unit-kept"]],
    ["nothing known", 7, ["stated-text-kept"]],
  ])("sees that offsets count %s, and says so", async (_, offset, kinds) => {
    const issues: CorpusIssue[] = [];
    const xml = passage(
      `<passage><offset>0</offset><text>${wide}</text>${annotation("BRCA1", [offset, 5])}</passage>`,
    );
    const [document] = await readAs("xml", xml, { onIssue: (issue) => issues.push(issue) });
    expect(issues.map(({ kind }) => kind)).toEqual(kinds);
    const [mention] = document!.passages[0]!.mentions;
    expect(mention!.start).toBe(offset === 7 ? 8 : 6);
    expect(await treeOf(await xmlOf([document!]))).toEqual(await treeOf(xml));
  });

  it("is told a unit and does not look for one", async () => {
    const xml = passage(
      `<passage><offset>0</offset><text>${wide}</text>${annotation("BRCA1", [5, 5])}</passage>`,
    );
    const [document] = await readAs("xml", xml, { unit: "utf-16" });
    expect(document!.passages[0]!.mentions[0]).toMatchObject({ start: 5, stated: "BRCA1" });
  });

  it("writes the unit where stated texts would be taken for offsets of another one", async () => {
    const mention = { start: 3, end: 7, type: "Gene" };
    // One character too far, as if offsets counted bytes; and a text that is nowhere.
    for (const stated of ["BRCA", "TP53"]) {
      const one: Document = { id: "1", passages: [{ text: "β BRCA1", mentions: [{ ...mention, stated }] }] };
      const xml = await xmlOf([one]);
      const says = '<infon key="nerium-offset-unit">code-point</infon>';
      expect(xml.includes(says)).toBe(stated === "BRCA");
      const issues: CorpusIssue[] = [];
      const [back] = await readAs("xml", xml, { onIssue: (issue) => issues.push(issue) });
      expect(back!.passages).toEqual(one.passages);
      expect(issues.map(({ kind }) => kind)).toEqual(["stated-text-kept"]);
      expect(await xmlOf([back!])).toBe(xml);
    }
  });

  it("reports what XML cannot hold", async () => {
    const issues: CorpusIssue[] = [];
    const passages = ["a\u0000\uD83E", "b"].map((text) => ({ text, mentions: [] }));
    const xml = await xmlOf([{ id: "1", separator: "\n", passages }], issues);
    expect(xml).toContain("<text>a\uFFFD\uFFFD</text>");
    expect(issues.map(({ kind }) => kind)).toEqual(["separator-dropped", "characters-replaced"]);
  });

  const laughs = '<!DOCTYPE collection [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>';
  it.each([
    ["another root", "<PubmedArticleSet/>", 1],
    ["an offset that is no number", passage("<passage><offset>x</offset></passage>"), 2],
    [
      "a location that is no number",
      passage(`<passage><offset>0</offset>${annotation("", [0.5, 1])}</passage>`),
      2,
    ],
    ["an annotation outside of a passage", passage(annotation("a", [0, 1])), 2],
    ["a million laughs", `${laughs}\n<collection><source>&b;</source></collection>`, 2],
  ])("refuses %s and says where", async (_, xml, line) => {
    await expect(readAs("xml", xml)).rejects.toMatchObject({ code: "CORPUS_FORMAT", file: "x.xml", line });
  });
});
