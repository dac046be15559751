/** @file The report: verdicts that add up, error classes, strata, calibration, several corpora, and plain data. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import type { CorpusInput, EvaluationReport, ReportOptions } from "./index.ts";
import { conventionNames, evaluate, spansOf, verdictsOf } from "./index.ts";

const text = "Breast and ovarian cancer respond to cisplatin, as does gout to colchicine.";

function documentOf(id: string, ...mentions: Mention[]): Document {
  return { id, passages: [{ text, mentions }] };
}

function at(words: string, type: string, more: Partial<Mention> = {}): Mention {
  const start = text.indexOf(words);
  return { start, end: start + words.length, type, ...more };
}

const options: ReportOptions = { conventions: ["strict"], seed: 1, resamples: 0 };

function corpus(gold: Document[], ...predicted: Document[][]): CorpusInput {
  const predictions = predicted.map((documents) => ({ file: "predicted", documents }));
  return { name: "gold", file: "gold", documents: gold, predictions };
}

function report(
  gold: Document[],
  predicted: Document[],
  more: Partial<ReportOptions> = {},
): EvaluationReport {
  return evaluate(["A"], [corpus(gold, predicted)], { ...options, ...more });
}

function verdict(gold: Mention, predicted: Mention): object {
  return verdictsOf(spansOf(documentOf("1", gold)), spansOf(documentOf("1", predicted))).gold[0]!;
}

describe("a verdict", () => {
  const gold = at("ovarian cancer", "Disease");

  test.each([
    ["correct", at("ovarian cancer", "Disease"), { class: "correct", partner: 0 }],
    ["another type", at("ovarian cancer", "Gene"), { class: "type", partner: 0 }],
    ["too long", at("and ovarian cancer", "Disease"), { class: "boundary", extent: "too-long", partner: 0 }],
    ["too short", at("cancer", "Disease"), { class: "boundary", extent: "too-short", partner: 0 }],
    ["shifted", at("cancer respond", "Disease"), { class: "boundary", extent: "shifted", partner: 0 }],
    ["both wrong", at("cancer", "Gene"), { class: "boundary-type", extent: "too-short", partner: 0 }],
    ["missed", at("gout", "Disease"), { class: "missed" }],
  ])("%s", (_, predicted, expected) => {
    expect(verdict(gold, predicted)).toEqual(expected);
  });

  test("knows the gap of a discontinuous mention", () => {
    const fragments = [
      { start: 0, end: 6 },
      { start: 19, end: 25 },
    ];
    const parted: Mention = { start: 0, end: 25, type: "Disease", fragments };
    expect(verdict(parted, at("ovarian", "Disease"))).toEqual({ class: "missed" });
    expect(verdict(parted, at("Breast and ovarian cancer", "Disease"))).toMatchObject({
      class: "boundary",
      extent: "too-long",
    });
  });

  test("goes to the best partner, not to the first", () => {
    const predicted = [
      at("ovarian", "Disease"),
      at("cancer respond", "Disease"),
      at("ovarian cancer", "Gene"),
    ];
    const verdicts = verdictsOf(spansOf(documentOf("1", gold)), spansOf(documentOf("1", ...predicted)));
    expect(verdicts.gold[0]).toMatchObject({ class: "type" });
    expect(verdicts.predicted.map((verdict) => verdict.class)).toEqual(["spurious", "type", "spurious"]);
  });
});

const mentions = fc.array(
  fc
    .tuple(fc.nat(30), fc.integer({ min: 1, max: 10 }), fc.constantFrom("Disease", "Chemical", "Gene"))
    .map(([start, length, type]) => ({ start, end: start + length, type })),
  { maxLength: 8 },
);
const pairs = fc.array(fc.tuple(mentions, fc.option(mentions)), { minLength: 1, maxLength: 4 });

describe("whatever the corpus", () => {
  test("every mention gets one verdict, partners agree, and all sums add up", () => {
    fc.assert(
      fc.property(pairs, (lists) => {
        const gold = lists.map(([list], index) => documentOf(String(index), ...list));
        const predicted = lists.flatMap(([, list], index) =>
          list === null ? [] : [documentOf(String(index), ...list)],
        );
        const conventions = conventionNames;
        const { documents, results } = report(gold, predicted, { conventions }).corpora[0]!;
        const strict = results[0]!.conventions[0]!.micro.counts;
        const count = (name: string): number =>
          results[0]!.errors
            .filter((group) => group.class === name)
            .reduce((sum, group) => sum + group.count, 0);
        expect(count("correct")).toBe(strict.correct);
        const paired = count("correct") + count("type") + count("boundary") + count("boundary-type");
        expect(paired + count("missed")).toBe(strict.possible);
        expect(paired + count("spurious")).toBe(strict.actual);
        const cells = results[0]!.confusion.reduce((sum, cell) => sum + cell.count, 0);
        expect(cells).toBe(paired + count("missed") + count("spurious"));
        for (const document of documents) {
          for (const [index, { verdicts }] of document.gold.entries()) {
            const { partner } = verdicts[0]!;
            if (partner === undefined) expect(verdicts[0]!.class).toBe("missed");
            else {
              expect(document.predicted[0]![partner]!.verdict).toEqual({ ...verdicts[0], partner: index });
            }
          }
        }
        for (const { micro, types } of results[0]!.conventions) {
          for (const { counts } of [micro, ...types]) {
            const both = counts.correct + counts.incorrect + counts.partial;
            expect(counts.possible).toBe(both + counts.missed);
            expect(counts.actual).toBe(both + counts.spurious);
          }
        }
        for (const { strata, by } of results[0]!.strata) {
          expect(
            strata.reduce((sum, stratum) => sum + stratum.gold, 0),
            by,
          ).toBe(strict.possible);
          expect(
            strata.reduce((sum, stratum) => sum + stratum.correct, 0),
            by,
          ).toBe(strict.correct);
        }
      }),
    );
  });

  test("strict ≤ exact ≤ partial and strict ≤ type, in F1", () => {
    fc.assert(
      fc.property(pairs, (lists) => {
        const gold = lists.map(([list], index) => documentOf(String(index), ...list));
        const predicted = lists.map(([, list], index) => documentOf(String(index), ...(list ?? [])));
        const { conventions } = report(gold, predicted, { conventions: conventionNames }).corpora[0]!
          .results[0]!;
        const [strict, exact, partial, type] = conventions.map(({ micro }) => micro.f1.value);
        expect(exact).toBeGreaterThanOrEqual(strict!);
        expect(partial).toBeGreaterThanOrEqual(exact!);
        expect(type).toBeGreaterThanOrEqual(strict!);
      }),
    );
  });
});

describe("the report", () => {
  const gold = [
    documentOf(
      "1",
      at("ovarian cancer", "Disease", { ids: ["D1"] }),
      at("cisplatin", "Chemical", { ids: ["-1"] }),
    ),
    documentOf("2", at("gout", "Disease", { ids: ["D2"] })),
  ];
  const predicted = [
    documentOf("1", at("ovarian cancer", "Disease", { score: 0.9 }), at("gout", "Disease", { score: 0.2 })),
    documentOf("3"),
  ];

  test("is plain data", () => {
    const whole = report(gold, predicted, { resamples: 10, conventions: conventionNames });
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  });

  test("tells missing and extra documents, and shows that a system lacks one", () => {
    const { results, documents } = report(gold, predicted).corpora[0]!;
    expect(results[0]).toMatchObject({ missing: ["2"], extra: ["3"] });
    expect(documents.map((document) => document.predicted[0]?.length ?? null)).toEqual([2, null]);
  });

  test("tells seen from unseen by surface and by identifier", () => {
    const train = [{ file: "train", documents: [documentOf("9", at("gout", "Disease", { ids: ["D1"] }))] }];
    const { strata } = report(gold, predicted, { train }).corpora[0]!.results[0]!;
    expect(strata[0]).toMatchObject({
      by: "seen-surface",
      strata: [
        { name: "seen", gold: 1, predicted: 1, correct: 0 },
        { name: "unseen", gold: 2, predicted: 1, correct: 1, precision: 1, recall: 0.5 },
      ],
    });
    expect(strata[1]).toEqual({
      by: "seen-id",
      strata: [
        { name: "seen", gold: 1, predicted: 0, correct: 1, recall: 1 },
        { name: "unseen", gold: 1, predicted: 0, correct: 0, recall: 0 },
        { name: "no identifier", gold: 1, predicted: 0, correct: 0, recall: 0 },
      ],
    });
    expect(strata[3]!.by).toBe("train-frequency");
  });

  test("tells length in words", () => {
    const { strata } = report(gold, predicted).corpora[0]!.results[0]!;
    expect(strata[0]).toMatchObject({
      by: "length",
      strata: [
        { name: "1 word", gold: 2, predicted: 1, correct: 0 },
        { name: "2 words", gold: 1, predicted: 1, correct: 1 },
      ],
    });
  });

  test("measures calibration, keeping equal scores together", () => {
    const calibration = report(gold, predicted).corpora[0]!.results[0]!.calibration!;
    expect(calibration).toMatchObject({ scored: 2, unscored: 0 });
    expect(calibration.ece).toBeCloseTo((0.1 + 0.2) / 2, 12);
    expect(report(gold, gold).corpora[0]!.results[0]!.calibration).toBeUndefined();
    const same = [
      documentOf("1", at("gout", "Disease", { score: 0.5 }), at("cancer", "Disease", { score: 0.5 })),
    ];
    expect(report(gold, same).corpora[0]!.results[0]!.calibration!.bins).toHaveLength(1);
  });

  test("has a matrix of corpora and systems, with means", () => {
    const corpora = [corpus(gold, gold, predicted), { ...corpus(gold, gold, gold), name: "other" }];
    const { matrix, means } = evaluate(["A", "B"], corpora, options);
    expect(matrix.map((cell) => [cell.corpus, cell.system, cell.f1.value])).toEqual([
      [0, 0, 1],
      [0, 1, 0.4],
      [1, 0, 1],
      [1, 1, 1],
    ]);
    expect(means[1]).toEqual({ system: 1, f1: 0.7, corpora: 2 });
  });

  test("compares the first two systems if asked", () => {
    const compared = evaluate(["A", "B"], [corpus(gold, gold, predicted)], {
      ...options,
      compare: true,
      resamples: 100,
    });
    expect(compared.corpora[0]!.comparisons[0]!.sentence).toMatch(/^A .* by 60\.0 F1 \[.*\], p = /);
  });

  test("refuses a gold file without documents and a text that differs", () => {
    expect(() => report([], [])).toThrow(/got none/);
    const other: Document = { id: "1", passages: [{ text: "Else.", mentions: [] }] };
    expect(() => report(gold, [other])).toThrow(/document 1: gold and predicted text differ/);
  });
});
