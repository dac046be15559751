/**
 * @file Our counts against the frozen counts of the scorers that the field uses: seqeval, nervaluate, and independent
 * implementations of conlleval's and BioCreative II's (scripts/make-score-fixtures.py).
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import type { ConventionName, DocumentsInput, EvaluationReport, LabelConvention } from "./index.ts";
import { evaluate, labelSpans } from "./index.ts";

const folder = new URL("../../test/fixtures/scores/", import.meta.url);
function cases<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Case[];
}

type Triple = [number, number, string];
const text = "x".repeat(100);

function documents(lists: readonly (readonly Mention[])[]): DocumentsInput {
  const list = lists.map((mentions, at): Document => ({ id: String(at), passages: [{ text, mentions }] }));
  return { file: "test", documents: list };
}

function mentions(triples: readonly Triple[]): Mention[] {
  return triples.map(([start, end, type]) => ({ start, end, type }));
}

function scores(
  convention: ConventionName,
  gold: DocumentsInput,
  predicted: DocumentsInput,
  alternatives?: DocumentsInput,
): EvaluationReport["corpora"][number]["results"][number]["conventions"][number] {
  const corpus = {
    ...gold,
    name: "test",
    predictions: [predicted],
    alternatives: alternatives?.documents,
  };
  const report = evaluate(["test"], [corpus], { conventions: [convention], seed: 1, resamples: 0 });
  return report.corpora[0]!.results[0]!.conventions[0]!;
}

interface SeqevalScores {
  readonly micro: [number, number, number, number];
  readonly macro: [number, number, number];
}

interface LabelCase {
  readonly gold: string[][];
  readonly predicted: string[][];
  readonly seqeval: SeqevalScores;
  readonly iob2?: SeqevalScores;
  readonly conlleval: Record<string, { correct: number; gold: number; predicted: number }>;
}

function labelled(sentences: readonly string[][], convention: LabelConvention): DocumentsInput {
  return documents(sentences.map((labels) => labelSpans(labels, convention)));
}

function expectSeqeval(found: ReturnType<typeof scores>, expected: SeqevalScores): void {
  const { micro, macro } = found;
  const rates = [micro.precision.value, micro.recall.value, micro.f1.value, micro.support];
  const means = [macro.precision.value, macro.recall.value, macro.f1.value];
  for (const [at, value] of expected.micro.entries()) expect(rates[at]).toBeCloseTo(value, 12);
  for (const [at, value] of expected.macro.entries()) expect(means[at]).toBeCloseTo(value, 12);
}

describe("token labels", () => {
  const all = cases<LabelCase>("seqeval.json");

  test("there are cases enough", () => {
    expect(all.length).toBe(200);
    expect(all.filter(({ iob2 }) => iob2 !== undefined).length).toBe(150);
  });

  test.each(all.map((one, at) => [at, one] as const))("case %i as seqeval and conlleval count", (_, one) => {
    const lenient = scores(
      "conlleval",
      labelled(one.gold, "conlleval"),
      labelled(one.predicted, "conlleval"),
    );
    expectSeqeval(lenient, one.seqeval);
    const counts = lenient.types.map(({ type, counts }) => [
      type,
      { correct: 0, gold: 0, predicted: 0, ...one.conlleval[type] },
      { correct: counts.correct, gold: counts.possible, predicted: counts.actual },
    ]);
    for (const [, expected, found] of counts) expect(found).toEqual(expected);
    expect(counts.length).toBe(Object.keys(one.conlleval).length);
    if (one.iob2 === undefined) return;
    expectSeqeval(scores("iob2", labelled(one.gold, "iob2"), labelled(one.predicted, "iob2")), one.iob2);
  });

  test("IOB2 refuses labels that it does not know", () => {
    expect(() => labelSpans(["S-X"], "iob2")).toThrow(/IOB2/);
    expect(labelSpans(["S-X"], "conlleval")).toEqual([{ start: 0, end: 1, type: "X" }]);
  });
});

type Five = [number, number, number, number, number];
interface SpanCase {
  readonly nested: boolean;
  readonly documents: { readonly gold: Triple[]; readonly predicted: Triple[] }[];
  readonly counts: Record<
    "strict" | "exact" | "partial" | "type",
    { all: Five; types: Record<string, Five> }
  >;
}

describe("SemEval-2013", () => {
  const all = cases<SpanCase>("nervaluate.json");
  const names = ["strict", "exact", "partial", "type"] as const;

  function counted({ documents: pairs }: SpanCase, name: (typeof names)[number]) {
    const gold = documents(pairs.map((pair) => mentions(pair.gold)));
    const predicted = documents(pairs.map((pair) => mentions(pair.predicted)));
    const { micro, types } = scores(name, gold, predicted);
    const five = ({ counts }: { counts: typeof micro.counts }): Five => [
      counts.correct,
      counts.incorrect,
      counts.partial,
      counts.missed,
      counts.spurious,
    ];
    return { all: five(micro), types: Object.fromEntries(types.map((row) => [row.type, five(row)])) };
  }

  test.each(all.filter(({ nested }) => !nested).map((one, at) => [at, one] as const))(
    "flat case %i as nervaluate counts",
    (_, one) => {
      for (const name of names) expect(counted(one, name)).toEqual(one.counts[name]);
    },
  );

  test("where mentions overlap, what is equal is never given away to what merely overlaps", () => {
    let different = 0;
    for (const one of all.filter(({ nested }) => nested)) {
      for (const name of names) {
        const ours = counted(one, name);
        const theirs = one.counts[name];
        if (name !== "type") expect(ours.all[0]).toBeGreaterThanOrEqual(theirs.all[0]);
        if (JSON.stringify(ours.all) !== JSON.stringify(theirs.all)) different++;
      }
    }
    // 100 nested cases, 4 conventions: the quirk that semeval.ts describes.
    expect(different).toMatchInlineSnapshot(`40`);
  });

  test("an overlap counts however small its share of the gold mention is", () => {
    const long = documents([[{ start: 0, end: 99, type: "Gene" }]]);
    const short = documents([[{ start: 0, end: 1, type: "Gene" }]]);
    expect(scores("partial", long, short).micro.counts).toMatchObject({ partial: 1, missed: 0 });
  });
});

interface Bc2Case {
  readonly sentences: {
    readonly gold: [number, number][];
    readonly alternatives: [number, number][];
    readonly predicted: [number, number][];
  }[];
  readonly counts: [found: number, wrong: number, missed: number];
}

function genes(pairs: readonly [number, number][]): Mention[] {
  return pairs.map(([start, end]) => ({ start, end, type: "Gene" }));
}

describe("BioCreative II", () => {
  test.each(cases<Bc2Case>("bc2.json").map((one, at) => [at, one] as const))(
    "case %i as the task's scorer counts",
    (_, { sentences, counts }) => {
      const { micro } = scores(
        "bc2",
        documents(sentences.map(({ gold }) => genes(gold))),
        documents(sentences.map(({ predicted }) => genes(predicted))),
        documents(sentences.map(({ alternatives }) => genes(alternatives))),
      );
      const { correct, spurious, missed } = micro.counts;
      expect([correct, spurious, missed]).toEqual(counts);
    },
  );
});
