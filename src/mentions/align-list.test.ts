/** @file Listed strings → every place where they stand in the text. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseList } from "../instructions/index.ts";
import { alignList } from "./align-list.ts";
import { markStatuses } from "./types.ts";

const types = [
  { type: "Disease", name: "disease" },
  { type: "Chemical", name: "chemical" },
];

function found(text: string, answer: string): string[] {
  const { listed, complete } = parseList(answer, types);
  const { mentions } = alignList(text, listed, complete);
  return mentions.map(
    ({ start, end, type, alignment }) => `${start} ${text.slice(start, end)}|${type}|${alignment}`,
  );
}

describe("alignList", () => {
  it("marks every occurrence as whole words, the longer string first", () => {
    const text = "breast cancer and cancer, not cancers, of the Breast Cancer";
    expect(found(text, `{"disease": ["cancer", "breast cancer"]}`)).toEqual([
      "0 breast cancer|Disease|exact",
      "18 cancer|Disease|exact",
    ]);
  });

  it.each([
    ["white space", "Crohn ' s disease", "Crohn's disease", "whitespace"],
    ["case", "Gout is bad", "gout", "edited"],
    ["Greek letters", "TGF-β falls", "TGF-beta", "edited"],
  ])("finds a string but for %s", (_, text, surface, status) => {
    expect(found(text, JSON.stringify({ disease: [surface] }))[0]).toMatch(
      new RegExp(`Disease\\|${status}$`),
    );
  });

  it.each([
    ["a code fence", '```json\n{"disease": ["gout"]}\n```'],
    ["talk", 'Here is the list: {"disease": ["gout"], "chemical": []}. Good luck!'],
    ["a cut end", '{"chemical": ["zinc"], "disease": ["gout", "asth'],
    ["a string instead of a list", '{"disease": "gout"}'],
  ])("survives %s", (_, answer) => {
    expect(found("mild gout", answer)).toEqual(["5 gout|Disease|exact"]);
  });

  it.each([
    [
      "many strings",
      "gout and asthma ".repeat(6000),
      JSON.stringify({ disease: [...Array(9000).keys()].map(String) }),
    ],
    ["quotes that never end", "gout", `{"${'\\"'.repeat(50_000)}`],
    ["brackets", "gout", "[".repeat(100_000)],
    ["a loop", "gout", `{"disease":["${'gout","'.repeat(14_000)}`],
  ])("costs less than a second: %s", (_, text, answer) => {
    const before = process.cpuUsage();
    const { listed, complete } = parseList(answer, types);
    alignList(text, listed, complete);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1);
  });

  it("never throws and counts every string once", () => {
    const text = fc.string({ unit: "binary", maxLength: 30 });
    const property = fc.property(text, fc.oneof(text, fc.json()), (text, answer) => {
      const { listed, complete } = parseList(answer, types);
      const { counts, marks } = alignList(text, listed, complete);
      expect(markStatuses.reduce((sum, status) => sum + counts[status], 0)).toBe(marks);
    });
    fc.assert(property, { numRuns: 500, seed: 3 });
  });
});
