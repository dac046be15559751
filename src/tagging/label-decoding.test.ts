/** @file Label probabilities → mentions: the best legal sequence, whole words, exact offsets, scores that are probabilities. */
import { describe, expect, it } from "vitest";
import { byteTokenizer } from "../../test/tiny-models.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import type { Encoding } from "../tokens/index.ts";
import { bestLabels, decodeMentions } from "./label-decoding.ts";

const labels = [0, 1, 2]; // O, B, I

/** [tokens, heads, 3], the sum of each head's three is 1. */
function randomProbabilities(tokens: number, heads: number, random: Random): Float32Array {
  const values = new Float32Array(tokens * heads * 3);
  for (let row = 0; row < tokens * heads; row++) {
    const draws = labels.map(() => random() ** 3 + 1e-3);
    const total = draws.reduce((sum, draw) => sum + draw, 0);
    draws.forEach((draw, label) => (values[row * 3 + label] = draw / total));
  }
  return values;
}

/** A word is O…O, BI…I or II…I; a word of I's continues a mention. */
function isLegal(sequence: readonly number[], wordStart: Uint8Array): boolean {
  return sequence.every((label, token) => {
    const previous = token === 0 ? 0 : sequence[token - 1]!;
    const continues = label === 2;
    if (token > 0 && wordStart[token] === 0) return previous === 0 ? label === 0 : continues;
    return !continues || previous !== 0;
  });
}

function bruteForce(wordStart: Uint8Array, values: Float32Array, heads: number, head: number): number[] {
  let sequences: number[][] = [[]];
  for (let token = 0; token < wordStart.length; token++)
    sequences = sequences.flatMap((sequence) => labels.map((label) => [...sequence, label]));
  const score = (sequence: readonly number[]): number =>
    sequence.reduce((sum, label, token) => sum + Math.log(values[(token * heads + head) * 3 + label]!), 0);
  return sequences
    .filter((sequence) => isLegal(sequence, wordStart))
    .reduce((best, sequence) => (score(sequence) > score(best) ? sequence : best));
}

function encodingOf(wordStart: Uint8Array): Encoding {
  const starts = Int32Array.from(wordStart, (_, token) => token);
  const text = "x".repeat(wordStart.length);
  return { text, ids: starts, starts, ends: starts.map((start) => start + 1), wordStart };
}

/** For "a renal failure gout" in bytes: a word's space belongs to it. */
function twoMentions(place: number): readonly number[] {
  if (place === 0) return [0.9, 0.05, 0.05];
  return place === 1 || place === 15 ? [0.1, 0.8, 0.1] : [0.1, 0.1, 0.8];
}

describe("the best labels", () => {
  it("are those of a search through all legal sequences", () => {
    const random = randomFrom(11);
    for (let trial = 0; trial < 150; trial++) {
      const tokens = 1 + Math.floor(random() * 6);
      const wordStart = Uint8Array.from({ length: tokens }, (_, token) =>
        Number(token === 0 || random() < 0.6),
      );
      const values = randomProbabilities(tokens, 2, random);
      for (const head of [0, 1]) {
        const found = bestLabels(encodingOf(wordStart), { values, heads: 2 }, head);
        expect([...found]).toEqual(bruteForce(wordStart, values, 2, head));
      }
    }
  });

  it("begin legally even where the first token is no word start", () => {
    const values = Float32Array.of(0, 0, 1, 0, 0, 1);
    expect(bestLabels(encodingOf(Uint8Array.of(0, 0)), { values, heads: 1 }, 0)).toEqual(Uint8Array.of(1, 2));
  });

  it("of no token are none", () => {
    expect(
      bestLabels(encodingOf(new Uint8Array(0)), { values: new Float32Array(0), heads: 1 }, 0),
    ).toHaveLength(0);
  });
});

describe("mentions", () => {
  it("of random probabilities are whole words of the text without white space around them", async () => {
    const random = randomFrom(12);
    const text = "  Fam\u00EDlial\u00A0gastritis\t(\u{1F9E0} MRI)\r\n\r\nIL-2\u2009levels  of 1200 mg  \n";
    const encoding = await (await byteTokenizer()).encode(text);
    const words = new Set(text.match(/[\p{L}\p{M}]+|\p{N}{1,3}|[^\p{L}\p{M}\p{N}\s]/gu));
    let count = 0;
    for (let trial = 0; trial < 60; trial++) {
      const values = randomProbabilities(encoding.ids.length, 1, random);
      for (const { start, end, type, score } of decodeMentions(encoding, { values, heads: 1 }, 0, "T")) {
        const surface = text.slice(start, end);
        expect(surface).toBe(surface.trim());
        for (const word of surface.match(/[\p{L}\p{M}]+|\p{N}{1,3}|[^\p{L}\p{M}\p{N}\s]/gu)!)
          expect(words).toContain(word);
        expect(type).toBe("T");
        expect(score! > 0 && score! <= 1).toBe(true);
        count++;
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  it("have the exact offsets of what was labelled, two neighbours included", async () => {
    const text = "a renal failure gout";
    const encoding = await (await byteTokenizer()).encode(text);
    const values = Float32Array.from(Array.from(text, (_, place) => twoMentions(place)).flat());
    const found = decodeMentions(encoding, { values, heads: 1 }, 0, "Disease");
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(["renal failure", "gout"]);
    expect(found[0]!.score).toBeCloseTo(0.8 ** 14 * (1 - 0.1), 6); // it also ends where it does
    expect(found[1]!.score).toBeCloseTo(0.8 ** 5, 6); // the text ends there anyway
  });

  it("are not made of white space alone", async () => {
    const encoding = await (await byteTokenizer()).encode(" \n\n ");
    const values = Float32Array.from([...encoding.ids].flatMap(() => [0.1, 0.8, 0.1]));
    expect(decodeMentions(encoding, { values, heads: 1 }, 0, "Disease")).toEqual([]);
  });
});
