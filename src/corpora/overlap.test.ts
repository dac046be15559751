/** @file Shared documents, near-duplicates and seen mentions of corpora made by hand; sketches against exact sets. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import { corpusOverlap, sharesDocuments } from "./overlap.ts";
import { indexSketches, mostSimilar, similarity, sketchOf } from "./overlap-sketch.ts";
import { streamOf } from "./streams.ts";

function document(id: string, text: string, ...mentions: Mention[]): Document {
  return { id, passages: [{ text, mentions }] };
}

function words(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `w${from + index}`).join(" ");
}

describe("corpusOverlap", () => {
  it("finds shared ids, identical and nearly identical texts", async () => {
    const a = [document("1", words(0, 50)), document("2", words(100, 150)), document("3", words(200, 250))];
    const b = [
      document("1", words(300, 350)),
      document("x", words(100, 150)),
      document("y", `${words(200, 245).toUpperCase()}, ${words(400, 405)}`),
      document("z", words(500, 550)),
      document("", ""),
    ];
    const overlap = await corpusOverlap(streamOf(...a), streamOf(...b));
    expect(overlap).toMatchObject({
      documents: { a: 3, b: 5 },
      sharedIds: ["1"],
      identical: [{ a: "2", b: "x" }],
      similar: [{ a: "3", b: "y", similarity: 41 / 51 }],
    });
    expect(sharesDocuments(overlap)).toBe(true);
  });

  it("finds nothing in what shares nothing", async () => {
    const overlap = await corpusOverlap(
      streamOf(document("1", "Gout is a disease.")),
      streamOf(document("2", "Zinc is a metal."), document("3", " ")),
    );
    expect(sharesDocuments(overlap)).toBe(false);
  });

  it("counts mentions by surface and by identifier, with their type", async () => {
    const gout = { start: 0, end: 4, type: "D", ids: ["D1"] };
    const a = document("1", "Gout and zinc", gout, { start: 9, end: 13, type: "C", ids: ["-"] });
    const b = document(
      "2",
      "gout PODAGRA zinc",
      { ...gout, ids: ["D9"] },
      { start: 5, end: 12, type: "D", ids: ["D8", "D1"] },
      { start: 13, end: 17, type: "D" },
      { start: 13, end: 17, type: "C", ids: ["-"] },
    );
    const { types, all } = await corpusOverlap(streamOf(a), streamOf(b));
    expect(types).toEqual({
      C: { mentions: 1, surfaceSeen: 1, withIds: 0, idSeen: 0 },
      D: { mentions: 3, surfaceSeen: 1, withIds: 2, idSeen: 1 },
    });
    expect(all).toEqual({ mentions: 4, surfaceSeen: 2, withIds: 2, idSeen: 1 });
  });
});

function shingles(text: string): Set<string> {
  const all = text.split(" ");
  const starts = Array.from({ length: Math.max(1, all.length - 4) }, (_, start) => start);
  return new Set(starts.map((start) => all.slice(start, start + 5).join(" ")));
}

function jaccard(a: string, b: string): number {
  const [left, right] = [shingles(a), shingles(b)];
  const both = [...left].filter((shingle) => right.has(shingle)).length;
  return both / (left.size + right.size - both);
}

describe("sketches", () => {
  it("give the exact similarity of short texts", () => {
    const text = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [a.join(" "), b.join(" ")];
        expect(similarity(sketchOf(left), sketchOf(right))).toBeCloseTo(jaccard(left, right), 12);
      }),
    );
  });

  it("estimate the similarity of long ones", () => {
    const [a, b] = [words(0, 4000), words(1000, 5000)];
    const error = similarity(sketchOf(a), sketchOf(b)) - jaccard(a, b);
    expect(Math.abs(error)).toBeLessThan(0.1); // three standard deviations
  });

  it("find every near-duplicate among many texts", () => {
    const texts = Array.from({ length: 300 }, (_, number) => words(number * 1000, number * 1000 + 300));
    const index = indexSketches(texts.map(sketchOf));
    for (const number of texts.keys()) {
      const half = words(number * 1000 + 90, number * 1000 + 390);
      expect(mostSimilar(index, sketchOf(half), 0.45)?.number).toBe(number);
    }
    expect(mostSimilar(index, sketchOf(words(900, 999)), 0.1)).toBeUndefined();
  });
});
