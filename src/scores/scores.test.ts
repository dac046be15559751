/** @file Strict scoring, checked on hand-made documents and on properties that hold for every corpus. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { compareDocuments, scoreCorpus } from "./index.ts";

const text = "Breast and ovarian cancer respond to cisplatin.";
const disease: Mention = { start: 11, end: 25, type: "Disease" };
const drug: Mention = { start: 37, end: 46, type: "Chemical" };

function documentOf(id: string, ...mentions: Mention[]): Document {
  return { id, passages: [{ text, mentions }] };
}

async function* streamOf(...documents: Document[]): AsyncGenerator<Document> {
  yield* documents;
}

function countsOf(gold: Document, predicted: Document | undefined): object {
  return Object.fromEntries(compareDocuments(gold, predicted));
}

describe("compareDocuments", () => {
  test("counts equal spans as found, per type", () => {
    expect(countsOf(documentOf("1", disease, drug), documentOf("1", disease))).toEqual({
      Disease: { truePositives: 1, falsePositives: 0, falseNegatives: 0 },
      Chemical: { truePositives: 0, falsePositives: 0, falseNegatives: 1 },
    });
  });

  test("counts a span of another extent or type as both invented and missed", () => {
    expect(countsOf(documentOf("1", disease), documentOf("1", { ...disease, start: 19 }))).toEqual({
      Disease: { truePositives: 0, falsePositives: 1, falseNegatives: 1 },
    });
    expect(countsOf(documentOf("1", disease), documentOf("1", { ...disease, type: "Chemical" }))).toEqual({
      Disease: { truePositives: 0, falsePositives: 0, falseNegatives: 1 },
      Chemical: { truePositives: 0, falsePositives: 1, falseNegatives: 0 },
    });
  });

  test("counts the same span and type once on either side", () => {
    const twice = documentOf("1", disease, { ...disease, score: 0.3 });
    const once = { Disease: { truePositives: 1, falsePositives: 0, falseNegatives: 0 } };
    expect(countsOf(twice, documentOf("1", disease))).toEqual(once);
    expect(countsOf(documentOf("1", disease), twice)).toEqual(once);
  });

  test("wants equal fragments of discontinuous mentions", () => {
    const split: Mention = {
      start: 0,
      end: 25,
      type: "Disease",
      fragments: [
        { start: 0, end: 6 },
        { start: 19, end: 25 },
      ],
    };
    const whole: Mention = { start: 0, end: 25, type: "Disease" };
    expect(countsOf(documentOf("1", split), documentOf("1", split))).toMatchObject({
      Disease: { truePositives: 1 },
    });
    expect(countsOf(documentOf("1", split), documentOf("1", whole))).toMatchObject({
      Disease: { truePositives: 0, falsePositives: 1, falseNegatives: 1 },
    });
    const wholeAsFragment = { ...whole, fragments: [{ start: 0, end: 25 }] };
    expect(countsOf(documentOf("1", whole), documentOf("1", wholeAsFragment))).toMatchObject({
      Disease: { truePositives: 1 },
    });
  });

  test("compares in document offsets, however the text is divided into passages", () => {
    const divided: Document = {
      id: "1",
      passages: [
        { text: text.slice(0, 10), mentions: [] },
        { text: text.slice(11), mentions: [{ start: 0, end: 14, type: "Disease" }] },
      ],
    };
    expect(countsOf(documentOf("1", disease), divided)).toMatchObject({ Disease: { truePositives: 1 } });
  });

  test("refuses another text, naming document and place", () => {
    const other = { id: "7", passages: [{ text: text.replace("ovarian", "Ovarian"), mentions: [] }] };
    expect(() => compareDocuments(documentOf("7"), other)).toThrow(/document 7: .* character 11 .*"ovarian/);
    expect(() => compareDocuments(documentOf("7"), other)).toThrow(NeriumError);
    const shorter = { id: "7", passages: [{ text: text.slice(0, 5), mentions: [] }] };
    expect(() => compareDocuments(documentOf("7"), shorter)).toThrow(/character 5 on.*predicted ends there/);
  });

  test("misses everything where there is no prediction", () => {
    expect(countsOf(documentOf("1", disease), undefined)).toEqual({
      Disease: { truePositives: 0, falsePositives: 0, falseNegatives: 1 },
    });
  });

  test("looks only at the types asked for", () => {
    const gold = documentOf("1", disease, drug);
    const counts = compareDocuments(gold, documentOf("1"), { types: ["Chemical"] });
    expect([...counts.keys()]).toEqual(["Chemical"]);
  });
});

describe("scoreCorpus", () => {
  test("gives micro, macro and per-type scores with what they rest on", async () => {
    const gold = [documentOf("1", disease, drug), documentOf("2", disease)];
    const predicted = [documentOf("2", disease), documentOf("1", drug, { ...drug, start: 38 })];
    const scores = await scoreCorpus(streamOf(...gold), streamOf(...predicted));
    expect(scores.micro.counts).toEqual({ truePositives: 2, falsePositives: 1, falseNegatives: 1 });
    expect(scores.types["Disease"]).toMatchObject({ precision: 1, recall: 0.5, support: 2 });
    expect(scores.types["Chemical"]).toMatchObject({ precision: 0.5, recall: 1, support: 1 });
    expect(scores.macro).toEqual({ precision: 0.75, recall: 0.75, f1: 2 / 3 });
    expect(scores).toMatchObject({ documents: 2, missing: [], extra: [] });
    expect(JSON.parse(JSON.stringify(scores))).toEqual(scores);
  });

  test("names missing and extra documents, and counts the former's mentions as missed", async () => {
    const scores = await scoreCorpus(
      streamOf(documentOf("1", disease), documentOf("2", disease)),
      streamOf(documentOf("1", disease), documentOf("3", disease, drug)),
    );
    expect(scores).toMatchObject({ documents: 2, missing: ["2"], extra: ["3"] });
    expect(scores.micro.counts).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 1 });
  });

  test("matches documents of the same id in order of occurrence", async () => {
    const gold = [documentOf("1", disease), documentOf("1", drug)];
    expect((await scoreCorpus(streamOf(...gold), streamOf(...gold))).micro.f1).toBe(1);
    const turned = await scoreCorpus(streamOf(...gold), streamOf(...gold.toReversed()));
    expect(turned.micro.f1).toBe(0);
    expect((await scoreCorpus(streamOf(...gold), streamOf(gold[0]!))).missing).toEqual(["1"]);
  });

  test("takes a type called __proto__ as any other", async () => {
    const odd = documentOf("1", { ...disease, type: "__proto__" });
    const scores = await scoreCorpus(streamOf(odd), streamOf(odd));
    expect(Object.keys(scores.types)).toEqual(["__proto__"]);
  });
});

const mentions = fc.array(
  fc
    .tuple(fc.nat(20), fc.integer({ min: 1, max: 10 }), fc.constantFrom("Disease", "Chemical", "Gene"))
    .map(([start, length, type]) => ({ start, end: start + length, type })),
  { maxLength: 8 },
);
const corpus = fc.array(mentions, { minLength: 1, maxLength: 5 });
const asDocuments = (lists: Mention[][]): Document[] =>
  lists.map((list, at) => documentOf(String(at), ...list));

describe("whatever the corpus", () => {
  test("a perfect prediction scores 1 and an empty one 0", async () => {
    await fc.assert(
      fc.asyncProperty(
        corpus.filter((lists) => lists.some((list) => list.length > 0)),
        async (lists) => {
          const gold = asDocuments(lists);
          const perfect = await scoreCorpus(streamOf(...gold), streamOf(...gold));
          expect([perfect.micro.precision, perfect.micro.recall, perfect.micro.f1]).toEqual([1, 1, 1]);
          expect(perfect.macro.f1).toBe(1);
          const empty = await scoreCorpus(streamOf(...gold), streamOf(...asDocuments(lists.map(() => []))));
          expect([empty.micro.precision, empty.micro.recall, empty.micro.f1]).toEqual([0, 0, 0]);
        },
      ),
    );
  });

  test("swapping gold and prediction swaps precision and recall and keeps F1", async () => {
    const pair = fc.array(fc.tuple(mentions, mentions), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pair, async (lists) => {
        const a = asDocuments(lists.map(([list]) => list));
        const b = asDocuments(lists.map(([, list]) => list));
        const there = await scoreCorpus(streamOf(...a), streamOf(...b));
        const back = await scoreCorpus(streamOf(...b), streamOf(...a));
        for (const [one, other] of [
          [there.micro, back.micro],
          [there.macro, back.macro],
        ] as const) {
          expect(one.precision).toBe(other.recall);
          expect(one.recall).toBe(other.precision);
          expect(one.f1).toBe(other.f1);
        }
      }),
    );
  });
});
