/** @file Sentences → the abbreviations that they introduce. */
import { describe, expect, it } from "vitest";
import { findAbbreviations } from "./abbreviations.ts";

const pairs = (text: string): string[] =>
  findAbbreviations(text).map(
    ({ short, long }) => `${text.slice(short.start, short.end)}=${text.slice(long.start, long.end)}`,
  );

describe("abbreviations", () => {
  it.each([
    ["Risk of hepatocellular carcinoma (HCC) rises.", "HCC=hepatocellular carcinoma"],
    ["Patients with type 2 diabetes mellitus (T2DM; n = 3)", "T2DM=type 2 diabetes mellitus"],
    ["AMP-activated protein kinase (AMPK) was", "AMPK=AMP-activated protein kinase"],
    ["the β-amyloid precursor protein (APP)", "APP=β-amyloid precursor protein"],
    ["tumour necrosis factor alpha (TNF-α)", undefined], // α is no letter of "alpha"
    ["heat shock transcription factor (HSF), and (see below)", "HSF=heat shock transcription factor"],
    ["in mice (Figure 1) and rats (p < 0.05)", undefined],
    ["(HCC) comes first", undefined],
    [
      "adenomatous polyposis coli (APC) and familial adenomatous polyposis (FAP)",
      "APC=adenomatous polyposis coli,FAP=familial adenomatous polyposis",
    ],
  ])("of %j", (text, expected) => {
    expect(pairs(text).join(",")).toBe(expected ?? "");
  });

  it("take linear time on text full of brackets", () => {
    expect(findAbbreviations("(ab) ".repeat(20_000))).toEqual([]);
  });
});
