/** @file Text for people: brackets, colours, overlaps, wrapping and hostile texts. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stripVTControlCharacters } from "node:util";
import type { Mention } from "../documents/index.ts";
import { wantsColour } from "./effects.ts";
import { markInColour, markWithBrackets } from "./marks.ts";
import { printable, renderDocument, wrap } from "./pretty.ts";
import { newRecordedOutput } from "./test-effects.ts";

const brackets = (text: string, ...mentions: Mention[]): string => markWithBrackets({ text, mentions }).text;
const mention = (start: number, end: number, type: string): Mention => ({ start, end, type });

describe("brackets", () => {
  test("put inner mentions inside outer ones", () => {
    const shown = brackets("breast cancer gene", mention(0, 6, "Organ"), mention(0, 13, "Disease"));
    expect(shown).toBe("[[breast|Organ] cancer|Disease] gene");
  });

  test("close and reopen a mention that crosses another's end", () => {
    expect(brackets("abcdef", mention(0, 4, "A"), mention(2, 6, "B"))).toBe("[ab[cd|B…]|A][ef|B]");
  });

  test("show that the parts of a discontinuous mention belong together", () => {
    const split = {
      ...mention(0, 25, "Disease"),
      fragments: [
        { start: 0, end: 6 },
        { start: 19, end: 25 },
      ],
    };
    expect(brackets("breast and ovarian cancer", split)).toBe(
      "[breast|Disease…] and ovarian [cancer|Disease]",
    );
  });

  test("stand next to each other for adjacent mentions, and twice for twice the same", () => {
    expect(brackets("abcd", mention(0, 2, "A"), mention(2, 4, "A"))).toBe("[ab|A][cd|A]");
    expect(brackets("ab", mention(0, 2, "A"), mention(0, 2, "B"))).toBe("[[ab|B]|A]");
  });
});

const text = "abcdefghijklmnop";
const mentions = fc.array(
  fc
    .tuple(fc.nat(12), fc.nat(6), fc.constantFrom("A", "B"))
    .map(([start, length, type]) => mention(start, Math.min(start + length, text.length), type)),
);

describe("whatever the mentions", () => {
  test("brackets are balanced and the text is all there", () => {
    fc.assert(
      fc.property(mentions, (mentions) => {
        const shown = brackets(text, ...mentions);
        expect(shown.replaceAll(/\[|\|[AB]…?\]/g, "")).toBe(text);
        expect(shown.match(/\[/g)?.length).toBe(shown.match(/\]/g)?.length);
      }),
    );
  });

  test("coloured runs are apart and cover just the mentions", () => {
    fc.assert(
      fc.property(mentions, (mentions) => {
        const { runs } = markInColour({ text, mentions });
        const covered = runs.flatMap(({ start, end }) => range(start, end));
        expect(covered).toEqual([...new Set(covered)].sort((a, b) => a - b));
        const wanted = new Set(mentions.flatMap(({ start, end }) => range(start, end)));
        expect(new Set(covered)).toEqual(wanted);
      }),
    );
  });
});

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, at) => start + at);
}

describe("colours", () => {
  const document = {
    id: "7",
    passages: [
      { text: "Gout is treated with zinc", mentions: [{ ...mention(0, 4, "Disease"), score: 0.5 }] },
    ],
  };

  test("change nothing but the look", () => {
    const coloured = renderDocument(document, { colour: true, width: 80 });
    expect(coloured).toContain("\u001b[43m");
    expect(stripVTControlCharacters(coloured)).toBe(
      `7\n\nGout is treated with zinc\n\ntype     text  count  best score\nDisease  Gout      1        0.50\n\n`,
    );
  });

  test("end at the line's end", () => {
    const long = { id: "7", passages: [{ text: "one two three", mentions: [mention(0, 13, "Disease")] }] };
    const lines = renderDocument(long, { colour: true, width: 20 }).split("\n");
    for (const line of lines) {
      const starts = line.split("\u001b[43m").length;
      const ends = line.split("\u001b[49m").length;
      expect(starts).toBe(ends);
    }
  });

  test("follow NO_COLOR, FORCE_COLOR and the terminal", () => {
    const terminal = newRecordedOutput({ isTTY: true });
    expect(wantsColour(terminal, {})).toBe(true);
    expect(wantsColour(terminal, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour(newRecordedOutput(), {})).toBe(false);
    expect(wantsColour(newRecordedOutput(), { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(true);
    expect(wantsColour(terminal, { FORCE_COLOR: "0" })).toBe(false);
  });
});

function linesOf(text: string, width: number): string[] {
  return wrap(text, width).map(([start, end]) => text.slice(start, end));
}

describe("wrapping", () => {
  test("breaks at blanks, keeps line breaks, lets long words stand out", () => {
    expect(linesOf("one two three\n\nfour", 8)).toEqual(["one two", "three", "", "four"]);
    expect(linesOf("a incomprehensibilities b", 8)).toEqual(["a", "incomprehensibilities", "b"]);
  });

  test("loses nothing but blanks", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(linesOf(text, width).join("").replaceAll(/\s/gu, "")).toBe(text.replaceAll(/\s/gu, ""));
      }),
    );
  });
});

test("a text cannot drive the terminal", () => {
  const hostile = "a\u001b[31mb\u0007\u009b2J\r\n";
  expect(printable(hostile)).toBe("a␛[31mb␇\ufffd2J \n");
  expect(printable(hostile)).toHaveLength(hostile.length);
});
