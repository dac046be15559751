/** @file The text of documents, mentions without overlaps, and BIO labels there and back. */
import { describe, expect, it } from "vitest";
import {
  bioToMentions,
  documentText,
  mentionText,
  mentionsToBio,
  passageStarts,
  resolveOverlaps,
  sortMentions,
  spanOf,
} from "./index.ts";
import type { Fragment, Mention } from "./index.ts";

const mention = (start: number, end: number, type = "Disease", score?: number): Mention => ({
  start,
  end,
  type,
  ...(score !== undefined && { score }),
});

describe("documentText and passageStarts", () => {
  it.each([undefined, "", "\r\n", "🧬"])(
    "agree for empty passages, tabs and astral text with separator %j",
    (separator) => {
      const texts = ["🧬 gene", "", "a\tb\r\nc", ""];
      const document = {
        id: "1",
        passages: texts.map((text) => ({ text, mentions: [] })),
        ...(separator !== undefined && { separator }),
      };
      const whole = documentText(document);
      const starts = passageStarts(document);
      expect(whole).toBe(texts.join(separator ?? " "));
      for (const [index, text] of texts.entries()) {
        expect(whole.slice(starts[index], starts[index]! + text.length)).toBe(text);
      }
    },
  );

  it("make nothing of a document without passages", () => {
    expect(documentText({ id: "1", passages: [] })).toBe("");
    expect(passageStarts({ id: "1", passages: [] })).toEqual([]);
  });
});

describe("mentionText", () => {
  it("joins the parts of a discontinuous mention by one space", () => {
    const parts = {
      ...mention(0, 23),
      fragments: [
        { start: 0, end: 6 },
        { start: 20, end: 23 },
      ],
    };
    expect(mentionText("breast and ovarian  cancers", parts)).toBe("breast can");
  });

  it("refuses a mention outside of the text", () => {
    expect(() => mentionText("abc", mention(1, 4))).toThrow(expect.objectContaining({ code: "OFFSETS" }));
    expect(() => mentionText("abc", mention(2, 1))).toThrow(/from 2 to 1/);
    expect(() => mentionText("abc", mention(-1, 1))).toThrow(/0 <= start/);
  });
});

describe("sortMentions and resolveOverlaps", () => {
  it("sort by start, the longer first", () => {
    expect(sortMentions([mention(5, 6), mention(0, 2), mention(0, 4)])).toEqual([
      mention(0, 4),
      mention(0, 2),
      mention(5, 6),
    ]);
  });

  it("keep the highest score, then the longest, then the first", () => {
    const low = mention(0, 9, "A", 0.4);
    const high = mention(3, 5, "B", 0.9);
    expect(resolveOverlaps([low, high])).toEqual({ kept: [high], dropped: [low] });
    expect(resolveOverlaps([mention(0, 2), mention(0, 4)]).kept).toEqual([mention(0, 4)]);
    expect(resolveOverlaps([mention(0, 2, "A"), mention(0, 2, "B")]).kept).toEqual([mention(0, 2, "A")]);
    expect(resolveOverlaps([mention(2, 4), mention(0, 2)]).kept).toEqual([mention(0, 2), mention(2, 4)]);
  });

  it("never keep two that overlap, and lose none", () => {
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 500; round++) {
      const mentions = Array.from({ length: 12 }, () => {
        const start = random(30);
        return mention(start, start + 1 + random(8), "X", random(10) / 10);
      });
      const { kept, dropped } = resolveOverlaps(mentions);
      expect(kept.length + dropped.length).toBe(12);
      for (const [index, next] of kept.slice(1).entries())
        expect(kept[index]!.end).toBeLessThanOrEqual(next.start);
      for (const lost of dropped) {
        expect(kept.some((one) => one.start < lost.end && lost.start < one.end)).toBe(true);
      }
    }
  });
});

describe("BIO labels", () => {
  const tokens: Fragment[] = [0, 2, 4, 6, 8].map((start) => ({ start, end: start + 1 }));

  it("go there and back, adjacent mentions apart", () => {
    const mentions = [mention(0, 3), mention(4, 5), mention(8, 9, "Gene")];
    const { labels } = mentionsToBio(tokens, mentions);
    expect(labels).toEqual(["B-Disease", "I-Disease", "B-Disease", "O", "B-Gene"]);
    expect(bioToMentions(tokens, labels)).toEqual(mentions);
  });

  it("name every mention that they cannot hold in exactly one list", () => {
    const parts = {
      ...mention(0, 5),
      fragments: [
        { start: 0, end: 1 },
        { start: 4, end: 5 },
      ],
    };
    const result = mentionsToBio(tokens, [mention(0, 2), mention(4, 7), mention(4, 5), mention(6, 6), parts]);
    expect(result.labels).toEqual(["O", "O", "B-Disease", "I-Disease", "O"]);
    expect(result.misaligned).toEqual([mention(0, 2), mention(6, 6)]);
    expect(result.overlapping).toEqual([mention(4, 5)]);
    expect(result.discontinuous).toEqual([parts]);
  });

  it.each([
    ["I after O begins", ["O", "I-A", "I-A", "O", "O"], [mention(2, 5, "A")]],
    [
      "I after another type begins",
      ["B-A", "I-B", "I-B", "O", "O"],
      [mention(0, 1, "A"), mention(2, 5, "B")],
    ],
    [
      "IOBES",
      ["S-A", "B-A", "I-A", "E-A", "I-A"],
      [mention(0, 1, "A"), mention(2, 7, "A"), mention(8, 9, "A")],
    ],
    ["E by itself begins and ends", ["E-A", "E-A", "O", "O", "O"], [mention(0, 1, "A"), mention(2, 3, "A")]],
    ["hyphens in a type", ["B-cell-line", "I-cell-line", "O", "O", "O"], [mention(0, 3, "cell-line")]],
  ])("%s", (_, labels, expected) => {
    expect(bioToMentions(tokens, labels)).toEqual(expected);
  });

  it("take bare labels only with a type", () => {
    expect(bioToMentions(tokens, ["B", "I", "O", "O", "O"], "Gene")).toEqual([mention(0, 3, "Gene")]);
    expect(() => bioToMentions(tokens, ["B", "I", "O", "O", "O"])).toThrow(/got "B"/);
    expect(() => bioToMentions(tokens, ["X-A", "O", "O", "O", "O"])).toThrow(/got "X-A"/);
  });
});

describe("spanOf", () => {
  it("puts parts in text order, of two that begin together the shorter first", () => {
    const parts = [
      { start: 9, end: 12 },
      { start: 0, end: 4 },
      { start: 0, end: 2 },
    ];
    expect(spanOf(parts)).toEqual({ start: 0, end: 12, fragments: [parts[2], parts[1], parts[0]] });
    expect(spanOf(parts.slice(0, 1))).toEqual({ start: 9, end: 12 });
  });
});
