/** @file Marks of answers, intact and altered, carried over to the text: by hand, on real answers, and by fuzzing. */
import { existsSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Markup } from "../instructions/markup.ts";
import { alignAnswer } from "./align-answer.ts";
import type { AlignedAnswer } from "./types.ts";
import { markStatuses } from "./types.ts";

const signs: Markup = { kind: "signs", names: { disease: "Disease", chem: "Chemical" }, bare: "Disease" };
const spans: Markup = { kind: "elements", names: { disease: "Disease", chemical: "Chemical" } };
const marks: Markup = { kind: "elements", names: {}, bare: "Disease" };

/** What was found, in words: `surface|type|status`. */
function found(text: string, answer: string, markup: Markup = signs): string[] {
  return alignAnswer(text, answer, markup).mentions.map(
    ({ start, end, type, alignment }) => `${text.slice(start, end)}|${type}|${alignment}`,
  );
}

function sum({ counts }: AlignedAnswer): number {
  return markStatuses.reduce((sum, status) => sum + counts[status], 0);
}

describe("an intact copy", () => {
  it.each([
    ["exact", "Gout and asthma", "@@Gout## and asthma", signs, ["Gout|Disease|exact"]],
    [
      "typed",
      "Gout after zinc",
      "@disease@Gout#disease# after @chem@zinc#chem#",
      signs,
      ["Gout|Disease|exact", "zinc|Chemical|exact"],
    ],
    [
      "spans",
      "Gout after zinc",
      `<span class="disease">Gout</span> after <span class="chemical">zinc</span>`,
      spans,
      ["Gout|Disease|exact", "zinc|Chemical|exact"],
    ],
    ["mark", "Gout and asthma", "<mark>Gout</mark> and asthma", marks, ["Gout|Disease|exact"]],
    [
      "tokenizer clean-up",
      "5 - day gout , Crohn ' s disease .",
      "5 - day @@gout##, @@Crohn's disease##.",
      signs,
      ["gout|Disease|cleanup", "Crohn ' s disease|Disease|cleanup"],
    ],
    ["white space", "( gout )", "(@@gout##)", signs, ["gout|Disease|whitespace"]],
    [
      "adjacent mentions",
      "gout asthma",
      "@@gout##@@ asthma ##",
      signs,
      ["gout|Disease|exact", "asthma|Disease|exact"],
    ],
    [
      "touching mentions",
      "goutasthma",
      "@@gout##@@asthma##",
      signs,
      ["gout|Disease|exact", "asthma|Disease|exact"],
    ],
    [
      "nested",
      "breast cancer cell",
      "@@@@breast cancer## cell##",
      signs,
      ["breast cancer cell|Disease|exact", "breast cancer|Disease|exact"],
    ],
    [
      "overlapping",
      "a b c",
      "@disease@a @chem@b#disease# c#chem#",
      signs,
      ["a b|Disease|exact", "b c|Chemical|exact"],
    ],
    [
      "signs of the text's own",
      "mail a@b.org # 2 : C# gout",
      "mail a@b.org # 2 : C# @@gout##",
      signs,
      ["gout|Disease|exact"],
    ],
    [
      "marks in the text itself",
      "we write @@x## for gout",
      "we write @@x## for @@gout##",
      signs,
      ["gout|Disease|exact"],
    ],
    [
      "marks around signs of the text's own",
      'we write "@@" and ## in C#',
      'we write "@disease@@@#disease#" and @chem@###chem# in @chem@C##chem#',
      signs,
      ["@@|Disease|exact", "##|Chemical|exact", "C#|Chemical|exact"],
    ],
    [
      "elements of the text's own",
      "<mark> is HTML, gout not",
      "<mark> is HTML, <mark>gout</mark> not",
      marks,
      ["gout|Disease|exact"],
    ],
    ["astral characters", "𝛽 gout 🧬", "𝛽 @@gout## 🧬", signs, ["gout|Disease|exact"]],
  ] as const)("%s", (_, text, answer, markup, expected) => {
    expect(found(text, answer, markup)).toEqual(expected);
  });
});

describe("around the copy", () => {
  const text = "Zinc cures gout , and asthma .";
  const copy = "Zinc cures @@gout## , and @@asthma## .";
  it.each([
    ["a preamble", `Output:\n${copy}`],
    ["quotes", `"${copy}"`],
    ["a code fence", `\`\`\`text\n${copy}\n\`\`\``],
    ["the text without marks first", `The input is: ${text}\nThe marked text is: ${copy}`],
    ["thoughts with other marks", `<think>Maybe @@Zinc## cures gout , and asthma .</think>${copy}`],
    ["a loop", `${copy}\n`.repeat(40)],
    ["the next item", `${copy}\n\nBe cautious here is the Input:\nAnother @@story## , and gout .`],
  ])("%s does no harm", (_, answer) => {
    expect(found(text, answer).map((one) => one.split("|")[0])).toEqual(["gout", "asthma"]);
    expect(found(text, answer)[0]).toMatch(/exact$/);
  });

  it("counts marks outside of the copy", () => {
    const aligned = alignAnswer(text, `${copy}\n`.repeat(3), signs);
    expect(aligned.counts).toMatchObject({ exact: 2, outside: 4 });
    expect(aligned.marks).toBe(6);
  });

  it("finds an altered copy in a loop of it", () => {
    const long = "Zinc and copper do not cure gout , whatever the papers of that year may say about asthma .";
    const looped =
      "Zinc and copper don't cure @@gout## , whatever the papers of that year may say about @@asthma## .\n";
    expect(found(long, `Sure, here you are:\n${looped.repeat(30)}`)).toEqual([
      "gout|Disease|edited",
      "asthma|Disease|edited",
    ]);
  });
});

describe("broken marks", () => {
  it.each([
    ["one closing sign", "gout and asthma", "@@gout# and @@asthma##", ["gout", "asthma"]],
    ["one opening sign", "gout and asthma", "@gout## and asthma", ["gout"]],
    ["three signs", "gout and asthma", "@@@gout### and asthma", ["gout"]],
    ["a cut end", "mild gout and asthma", "mild @@gout#", ["gout"]],
    ["a typed mark closed by ##", "gout and asthma", "@disease@gout## and asthma", ["gout"]],
    ["a lone sign before another mark", "renal gout and asthma", "@renal gout and @@asthma##", ["asthma"]],
    ["a lone sign", "gout and asthma", "@gout and asthma", []],
    ["an end without a start", "gout and asthma", "gout## and asthma", []],
    ["a start without an end", "gout and asthma", "@@gout and @@asthma##", ["asthma"]],
    ["a rest of another style", "gout after zinc", "@@gout## after zinc#chem", ["gout"]],
  ])("%s", (_, text, answer, expected) => {
    expect(found(text, answer).map((one) => one.split("|")[0])).toEqual(expected);
  });

  it.each([
    `<span class="disease>gout</span>`,
    `<span class=disease">gout</span>`,
    `<span class="disease"gout</span>`,
    `<span class "disease">gout</span>`,
    `<spn class="disease">gout</span>`,
    `<span class="diseas">gout</span>`,
    `span class="disease">gout</span>`,
    `<span class="disease">gout</spa>`,
    `<span class="disease">gout</span`,
    `<span class="disease">gout/span>`,
    `<span class="disease">gout<span>`,
  ])("%s", (marked) => {
    expect(found("mild gout , asthma .", `mild ${marked} , asthma .`, spans)).toEqual(["gout|Disease|exact"]);
  });

  it("says what became of marks that make no mention", () => {
    const counts = (answer: string, markup = signs) => alignAnswer("gout and asthma", answer, markup).counts;
    expect(counts("@@gout and asthma")).toMatchObject({ unclosed: 1 });
    expect(counts("gout and @@asth")).toMatchObject({ truncated: 1 });
    expect(counts("gout and##asthma")).toMatchObject({ stray: 1 });
    expect(counts("gout @@##and asthma")).toMatchObject({ empty: 1 });
    expect(counts("gout @@or zinc## and asthma")).toMatchObject({ rejected: 1 });
    expect(counts(`<span class="gene">gout</span> and asthma`, spans)).toMatchObject({ foreign: 1 });
  });
});

describe("an altered copy", () => {
  it.each([
    ["a changed letter", "the rofecoxib group", "the @@refecoxib## group", ["rofecoxib"]],
    ["a lost plural", "and amphetamines .", "and @@amphetamine##.", ["amphetamines"]],
    [
      "an extra letter",
      "has intracerebral hemorrhage now",
      "has @@intraclerebral hemorrhage## now",
      ["intracerebral hemorrhage"],
    ],
    [
      "another case",
      "Renal Toxicity in Cancer Patients",
      "Renal Toxicity in @@cancer## patients",
      ["Cancer"],
    ],
    [
      "Greek letters spelt out",
      "TGF-β and β-catenin rise",
      "@@TGF-beta## and @@beta-catenin## rises",
      ["TGF-β", "β-catenin"],
    ],
    ["Greek letters instead of names", "TGF-beta2 falls", "@@TGF-β2## fall", ["TGF-beta2"]],
    [
      "another dash and quote",
      "non–Hodgkin’s lymphoma",
      "@@non-Hodgkin's lymphoma##",
      ["non–Hodgkin’s lymphoma"],
    ],
    [
      "a dropped word before",
      "effects of bovine lactoferrin on gout",
      "effects of bovine @@gout##",
      ["gout"],
    ],
    [
      "a dropped word within",
      "acute renal tubular failure here",
      "@@acute tubular failure## here",
      ["acute renal tubular failure"],
    ],
    ["a doubled word behind", "KBF1 site ) and so on", "@@KBF1 site## site ) and so on", ["KBF1 site"]],
    ["a doubled word before", "the site KBF1 and so on", "the site @@site KBF1## and so on", ["site KBF1"]],
    [
      "an added article",
      "loss of insulin receptor",
      "loss of @@the insulin receptor##",
      ["insulin receptor"],
    ],
    [
      "an added full stop",
      "loss of insulin receptor now",
      "loss of @@insulin receptor.## now",
      ["insulin receptor"],
    ],
    ["a word replaced by another", "after MI they died", "after @@myocardial infarction## they died", ["MI"]],
    ["a swapped abbreviation", "depression ( MDP ) is", "depression ( @@MPD## ) is", ["MDP"]],
    ["a word of which a few letters are in the text", "mild gout", "@@zinc## deficiency", []],
    ["invented words", "Doxil is active", "Doxil ( @@Doxorubicin## ) is active", []],
    ["a longer last word", "mild gout", "mild @@gouts##", ["gout"]],
    ["nothing in common", "gout and asthma", "@@zzz## qqq", []],
  ])("%s", (_, text, answer, expected) => {
    expect(found(text, answer)).toEqual(expected.map((surface) => `${surface}|Disease|edited`));
  });

  it("states what the answer says instead", () => {
    const [mention] = alignAnswer("the rofecoxib group", "the @@refecoxib## group", signs).mentions;
    expect(mention).toEqual({ start: 4, end: 13, type: "Disease", stated: "refecoxib", alignment: "edited" });
  });
});

/** Time of the processor, because a test machine may be busy. */
function secondsOf(text: string, answer: string, markup: Markup): number {
  const before = process.cpuUsage();
  alignAnswer(text, answer, markup);
  return process.cpuUsage(before).user / 1e6;
}

const sentence = "Zinc and copper do not cure gout , whatever the papers say about asthma . ";
const often = sentence.repeat(1300);
const counted = Array.from({ length: 1100 }, (_, at) => `${sentence} ${at}`).join(" ");
const edited = (text: string): string => text.replaceAll("gout", "@@goutt##").replaceAll("papers", "paper");
/** Name, text, answer, markup, and how many mentions must be found. */
const longAnswers: [string, string, string, Markup, number][] = [
  ["a whole article", counted, edited(counted), signs, 1100],
  ["a sentence over and over in text and answer", often, edited(often), signs, 1300],
  ["a loop", sentence, edited(sentence).repeat(1300), signs, 1],
  ["two texts without anything in common", often, "@@x## yy zz ".repeat(9000), signs, 0],
  ["marks only", sentence, "@@gout## ".repeat(12_000), signs, 0],
  ["beginnings, then ends", sentence, "@@".repeat(25_000) + "##".repeat(25_000), signs, 0],
  ["names", sentence, "@disease".repeat(12_500), signs, 0],
  ["signs of the text's own", "a@b.org ".repeat(12_000), "a@b.org @@x## ".repeat(7000), signs, 0],
  ["begun elements", sentence, "<span class=".repeat(8500), spans, 0],
  ["an element full of blanks", sentence, `<span ${" ".repeat(100_000)}`, spans, 0],
  ["brackets", sentence, "< ".repeat(50_000), spans, 0],
  ["one letter", `${"a".repeat(5000)}b`, "a".repeat(100_000), signs, 0],
  ["astral characters", "🧬".repeat(3), "🧬".repeat(50_000), signs, 0],
];

describe("any answer", () => {
  const word = fc.constantFrom(
    "gout",
    "IL",
    "2",
    "-",
    ",",
    ".",
    "(",
    "of",
    "β",
    "🧬",
    "e\u0301",
    "Gout",
    "a",
    "'",
    "\n",
  );
  const blank = fc.constantFrom(" ", "", "  ");
  const words = fc.array(fc.tuple(word, blank), { maxLength: 25 });
  const joined = (parts: readonly (readonly [string, string])[]): string =>
    parts.map((part) => part.join("")).join("");
  const noise = fc.constantFrom(
    "@@",
    "##",
    "@",
    "#",
    "@disease@",
    "#disease#",
    "#chem",
    "<span",
    `<span class="disease">`,
    "</span>",
    "<mark>",
    "</mark>",
    "</think>",
    "\uD83E",
    "\uDDEC",
    "{",
    '"',
  );

  it("with an intact copy gives exactly the marks", () => {
    const item = fc.array(fc.tuple(word, blank, fc.constantFrom("", "", "(", ")")), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(item, fc.constantFrom(...markers), fc.boolean(), (parts, [markup, open, close], spaced) => {
        const { text, answer, expected } = marked(parts, open, close, spaced);
        const { mentions, counts, copy } = alignAnswer(text, answer, markup);
        const places = mentions.map(({ start, end }) => `${start}-${end}`);
        expect(places).toEqual(expected);
        expect(counts.rejected + counts.edited).toBe(0);
        if (text.trim() !== "") expect(copy).toMatch(/exact|cleanup|whitespace/);
      }),
      { numRuns: 1000, seed: 5 },
    );
  });

  it("never throws, keeps mentions inside of the text, and counts every mark once", () => {
    const mess = fc
      .array(fc.oneof(fc.tuple(word, blank), fc.tuple(noise, blank)), { maxLength: 40 })
      .map(joined);
    fc.assert(
      fc.property(
        fc.oneof(words.map(joined), mess, fc.string({ unit: "binary" })),
        mess,
        fc.constantFrom(signs, spans, marks),
        (text, answer, markup) => {
          const aligned = alignAnswer(text, answer, markup);
          expect(sum(aligned)).toBe(aligned.marks);
          for (const { start, end } of aligned.mentions) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 1000, seed: 6 },
    );
  });

  it.each(longAnswers)(
    "of 100,000 characters costs less than a second: %s",
    (_, text, answer, markup, least) => {
      expect(answer.length).toBeGreaterThan(90_000);
      const seconds = [1, 2].map(() => secondsOf(text, answer, markup));
      expect(Math.min(...seconds)).toBeLessThan(1);
      const aligned = alignAnswer(text, answer, markup);
      expect(aligned.mentions.length).toBeGreaterThanOrEqual(least);
      expect(sum(aligned)).toBe(aligned.marks);
    },
  );
});

const markers = [
  [signs, "@@", "##"],
  [signs, "@disease@", "#disease#"],
  [spans, `<span class="disease">`, "</span>"],
  [marks, "<mark>", "</mark>"],
] as const;

/** A text, its marked copy (with other spacing if asked for), and the places that are marked. */
function marked(
  parts: readonly (readonly [string, string, string])[],
  open: string,
  close: string,
  spaced: boolean,
): { text: string; answer: string; expected: string[] } {
  let [text, answer, start, end] = ["", "", -1, -1];
  const expected: string[] = [];
  const finish = (): void => {
    if (end > start) expected.push(`${start}-${end}`);
    answer += close;
    start = -1;
  };
  for (const [word, blank, sign] of parts) {
    if (sign === "(" && start < 0) {
      answer += open;
      [start, end] = [-2, -2];
    }
    if (start !== -1 && word.trim() !== "") {
      if (start === -2) start = text.length;
      end = text.length + word.length;
    }
    text += word + blank;
    answer += word + (spaced ? `${blank} ` : blank);
    if (sign === ")" && start !== -1) finish();
  }
  if (start !== -1) finish();
  return { text, answer, expected };
}

const folder = new URL("../../../shared/data/instruct/nerllama3.1/", import.meta.url);

describe.skipIf(!existsSync(folder))("566 real answers of a tuned Llama-3.1-8B", () => {
  it.each([
    ["bc2gm-gene-st", { exact: 11, cleanup: 228, edited: 28, truncated: 9, unclosed: 186 }],
    ["bc5cdr-disease-mt", { exact: 2, cleanup: 241, edited: 54, truncated: 13, unclosed: 2, stray: 7 }],
  ])("%s", (name, expected) => {
    const lines = readFileSync(new URL(`${name}.raw-answers.jsonl`, folder), "utf8")
      .trim()
      .split("\n");
    const sums = Object.fromEntries(markStatuses.map((status) => [status, 0]));
    for (const line of lines) {
      const { input, answer } = JSON.parse(line) as { input: string; answer: string };
      const aligned = alignAnswer(input, answer, signs);
      expect(sum(aligned)).toBe(aligned.marks);
      for (const status of markStatuses) sums[status]! += aligned.counts[status];
    }
    expect(sums).toMatchObject(expected);
  });
});
