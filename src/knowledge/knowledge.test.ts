/** @file Vocabulary files as their publishers write them → names; names → matches in a text. */
import { describe, expect, it } from "vitest";
import { termMatcher } from "./matcher.ts";
import { naturalOrder, obographNames, oboNames, tableNames } from "./terms.ts";

const obo = `format-version: 1.2

[Term]
id: DOID:1
name: pterygium
synonym: "surfer's eye" EXACT []
synonym: "eye growth" BROAD []

[Term]
id: DOID:2
name: obsolete thing
is_obsolete: true

[Typedef]
name: part of
`;

describe("names", () => {
  it("of an OBO file are those of its living terms and their exact synonyms", () => {
    expect([...oboNames(obo)]).toEqual(["pterygium", "surfer's eye"]);
  });

  it("of obographs are those of the nodes that are asked for", () => {
    const node = (id: string, lbl: string, meta = {}) => ({ id, lbl, meta });
    const synonyms = [
      { pred: "hasExactSynonym", val: "NF2" },
      { pred: "hasRelatedSynonym", val: "x" },
    ];
    const graphs = [
      {
        nodes: [
          node("A_1", "one", { synonyms }),
          node("B_1", "two"),
          node("A_2", "gone", { deprecated: true }),
        ],
      },
    ];
    expect([...obographNames(JSON.stringify({ graphs }), "x.json", /^A_/)]).toEqual(["one", "NF2"]);
    expect(() => [...obographNames("{", "x.json", /./)]).toThrow("x.json: expected obographs JSON");
  });

  it("of a table are in its columns, lists taken apart", () => {
    const text = "id\tname\tsynonyms\tkind\n1\tA1BG\tA1B|ABG\tcoding\n2\tB\t-\tpseudo\n3\tC\t-\tcoding\n";
    const where = (columns: readonly string[]): boolean => columns[3] === "coding";
    expect([...tableNames(text, { separator: "\t", names: [1, 2], list: "|", where })]).toEqual([
      "A1BG",
      "A1B",
      "ABG",
      "C",
    ]);
  });

  it("that were inverted for an index are turned round", () => {
    expect(["Carcinoma, Hepatocellular", "Gout", "a, b, c"].map(naturalOrder)).toEqual([
      "Hepatocellular Carcinoma",
      "Gout",
      "a, b, c",
    ]);
  });
});

describe("a matcher", () => {
  const matcher = termMatcher([
    { text: "Diabetes Mellitus", type: "Disease" },
    { text: "type 2 diabetes mellitus", type: "Disease" },
    { text: "metformin", type: "Chemical" },
    { text: "CAT", type: "Gene" },
    { text: "IL-2", type: "Gene" },
    { text: "lead", type: "Chemical" },
    { text: "lead", type: "Gene" },
  ]);
  const found = (text: string): string[] =>
    matcher.find(text).map(({ start, end, type }) => `${text.slice(start, end)}|${type}`);

  it("finds the longest terms whatever their capitals, and plurals", () => {
    expect(found("Type 2 Diabetes  mellitus, metformins")).toEqual([
      "Type 2 Diabetes  mellitus|Disease",
      "metformins|Chemical",
    ]);
  });

  it("takes symbols as they are written, whole words only, and nothing of two types", () => {
    expect(found("a cat, CAT and IL-2; IL-21, il-2, lead, metforminate")).toEqual(["CAT|Gene", "IL-2|Gene"]);
  });
});
