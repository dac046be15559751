/** @file Wrong offsets of all kinds, made by hand and at random, and what repair makes of them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Document, Mention, Passage } from "../documents/index.ts";
import { repairDocument } from "./repair.ts";

const text = "Gout and asthma and gout were treated with zinc, aspirin and more zinc in renal failure.";

/** The mention of the nth occurrence of a text, with offsets wrong by `wrongBy`. */
function mention(of: string, surface: string, wrongBy = 0, nth = 1): Mention {
  let start = -1;
  for (let count = 0; count < nth; count++) start = of.indexOf(surface, start + 1);
  const [from, to] = [start + wrongBy, start + surface.length + wrongBy];
  const differs = of.slice(from, to) !== surface;
  return { start: from, end: to, type: "T", ...(differs && { stated: surface }) };
}

function documentOf(...passages: Passage[]): Document {
  return { id: "1", passages };
}

function mentionsOf({ passages }: Document): (readonly Mention[])[] {
  return passages.map(({ mentions }) => mentions);
}

const surfaces = ["Gout", "asthma", "aspirin", "renal failure"];
const right = surfaces.map((surface) => mention(text, surface));

describe("repairDocument", () => {
  it("leaves a sound document as it is", () => {
    const document = documentOf({ text, mentions: right });
    expect(repairDocument(document)).toEqual({ document, shifts: [], singles: [] });
  });

  it.each([-3, 5, 17])("finds that all offsets of a passage are wrong by %d", (wrongBy) => {
    const padded = " ".repeat(20) + text + " ".repeat(20);
    const mentions = surfaces.map((surface) => mention(padded, surface, wrongBy));
    const title = { text, mentions: right };
    const { document, shifts, singles } = repairDocument(documentOf(title, { text: padded, mentions }));
    expect(shifts).toEqual([{ passage: 1, shift: -wrongBy, mentions: [0, 1, 2, 3], whole: true }]);
    expect(singles).toEqual([]);
    expect(mentionsOf(document)).toEqual([right, surfaces.map((surface) => mention(padded, surface))]);
  });

  it("finds where a shift begins and where it changes", () => {
    const long = `${text} ${text} ${text}`;
    const names = ["asthma", "aspirin", "renal failure"];
    const at = (wrong: readonly number[]) =>
      wrong.flatMap((wrongBy, part) => names.map((name) => mention(long, name, wrongBy, part + 1)));
    const { document, shifts } = repairDocument(documentOf({ text: long, mentions: at([0, 1, 2]) }));
    expect(shifts).toEqual([
      { passage: 0, shift: -1, mentions: [3, 4, 5], whole: false },
      { passage: 0, shift: -2, mentions: [6, 7, 8], whole: false },
    ]);
    expect(mentionsOf(document)).toEqual([at([0, 0, 0])]);
  });

  it("takes a shift found in one passage for the only mention of the next", () => {
    const other = "zinc, zinc, more zinc and zinc again";
    const first = surfaces.slice(1).map((surface) => mention(text, surface, -2));
    const { document } = repairDocument(
      documentOf({ text, mentions: first }, { text: other, mentions: [mention(other, "zinc", -2, 3)] }),
    );
    expect(mentionsOf(document)[1]).toEqual([mention(other, "zinc", 0, 3)]);
  });

  it("shifts discontinuous mentions with the others", () => {
    const shifted = (by: number): Mention => {
      const fragments = [
        { start: 26 + by, end: 33 + by },
        { start: 43 + by, end: 47 + by },
      ];
      const parts = fragments.map(({ start, end }) => text.slice(start, end)).join(" ");
      const stated = parts === "ere tre th z" ? {} : { stated: "ere tre th z" };
      return { start: 26 + by, end: 47 + by, type: "T", fragments, ...stated };
    };
    const parts = { start: 26, end: 47, type: "T", fragments: shifted(0).fragments! };
    const stated = parts.fragments.map(({ start, end }) => text.slice(start, end)).join(" ");
    const wrong = { ...shifted(-5), stated };
    const mentions = [mention(text, "asthma", -5), wrong, mention(text, "aspirin", -5)];
    const { document } = repairDocument(documentOf({ text, mentions }));
    expect(mentionsOf(document)).toEqual([[mention(text, "asthma"), parts, mention(text, "aspirin")]]);
  });

  it("moves a single mention whose text stands exactly once near", () => {
    const wrong = { ...mention(text, "aspirin", 3), ids: ["D1"] };
    const { document, singles } = repairDocument(
      documentOf({ text, mentions: [...right.slice(0, 2), wrong] }),
    );
    expect(mentionsOf(document)[0]![2]).toEqual({ ...mention(text, "aspirin"), ids: ["D1"] });
    expect(singles).toMatchObject([{ stated: "aspirin", found: "irin an", moved: { start: 49, end: 56 } }]);
  });

  it("moves a single mention whose white space differs, too", () => {
    const wrong = { start: 73, end: 88, type: "T", stated: " renal  failure" };
    const { document } = repairDocument(documentOf({ text, mentions: [wrong] }));
    expect(mentionsOf(document)).toEqual([[mention(text, "renal failure")]]);
  });

  it.each([
    ["what is not there", { ...mention(text, "asthma"), stated: "Asthma" }, /^not found/],
    ["what is there twice", mention(text, "zinc", -2), /^found 2 times/],
    ["what would repeat another mention", mention(text, "asthma", 2), /repeat/],
    [
      "single discontinuous mentions",
      {
        start: 0,
        end: 8,
        type: "T",
        fragments: [
          { start: 0, end: 2 },
          { start: 5, end: 8 },
        ],
        stated: "Gout",
      },
      /discontinuous/,
    ],
  ])("leaves %s", (_, wrong, reason) => {
    const mentions = [mention(text, "asthma"), wrong];
    const { document, singles } = repairDocument(documentOf({ text, mentions }));
    expect(mentionsOf(document)).toEqual([mentions]);
    expect(singles).toMatchObject([{ reason: expect.stringMatching(reason) as unknown }]);
  });

  it("does not take one misplaced mention for a shift", () => {
    const mentions = [...right.slice(0, 2), mention(text, "aspirin", -4), right[3]!];
    expect(repairDocument(documentOf({ text, mentions })).shifts).toEqual([]);
  });

  it("repairs any constant shift of any text with three different words or more", () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[a-zα-ω]{4,9}$/), { minLength: 3, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: -30, max: 30 }), (names, wrongBy) => {
        const padded = " ".repeat(30) + names.join(" ") + " ".repeat(30);
        const sound = names.map((name) => mention(padded, ` ${name} `));
        const mentions = names.map((name) => mention(padded, ` ${name} `, wrongBy));
        const { document } = repairDocument(documentOf({ text: padded, mentions }));
        expect(mentionsOf(document)).toEqual([sound]);
      }),
      { numRuns: 300 },
    );
  });
});
