/** @file Votes over samples and what becomes of overlaps: by hand and by properties. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutOverlaps } from "./overlaps.ts";
import { voteOver } from "./votes.ts";

const mention = (start: number, end: number, type = "Disease") => ({ start, end, type });

describe("voteOver", () => {
  it("keeps what at least half of the samples have, with its share as score", () => {
    const voted = voteOver([
      [mention(0, 4)],
      [mention(0, 4), mention(9, 12)],
      [mention(0, 4)],
      [mention(9, 12)],
    ]);
    expect(voted).toEqual([
      { ...mention(0, 4), votes: 3, score: 0.75 },
      { ...mention(9, 12), votes: 2, score: 0.5 },
    ]);
  });

  it("prefers votes to length, and length where votes are equal", () => {
    const short = mention(2, 4);
    const long = mention(0, 6);
    expect(voteOver([[long], [short], [short]], { threshold: 0.3 }).map(({ start }) => start)).toEqual([2]);
    expect(voteOver([[long], [short]], { threshold: 0.3 }).map(({ start }) => start)).toEqual([0]);
  });

  it("gives each sample one vote, and counts samples that found nothing", () => {
    expect(voteOver([[mention(0, 4), mention(0, 4)], []], { threshold: 0.6 })).toEqual([]);
    expect(voteOver([[mention(0, 4)]], { samples: 4, threshold: 0.25 })[0]!.score).toBe(0.25);
    expect(voteOver([])).toEqual([]);
  });

  it("holds its rules for any samples", () => {
    const one = fc.record({
      start: fc.nat(20),
      length: fc.integer({ min: 1, max: 6 }),
      type: fc.constantFrom("Disease", "Gene"),
    });
    const sample = fc.array(one, { maxLength: 6 });
    const property = fc.property(
      fc.array(sample, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (drawn, threshold) => {
        const samples = drawn.map((list) =>
          list.map(({ start, length, type }) => mention(start, start + length, type)),
        );
        const voted = voteOver(samples, { threshold });
        for (const [at, { start, end, type, score, votes }] of voted.entries()) {
          const having = samples.filter((list) =>
            list.some((one) => one.start === start && one.end === end && one.type === type),
          ).length;
          expect(votes).toBe(having);
          expect(score).toBeGreaterThanOrEqual(threshold - 1e-9);
          if (at > 0) expect(voted[at - 1]!.end).toBeLessThanOrEqual(start);
        }
        expect(voteOver([...samples].reverse(), { threshold }).map(({ score }) => score)).toEqual(
          voted.map(({ score }) => score),
        );
        const unanimous = voteOver([samples[0]!, samples[0]!, samples[0]!], { overlappingTypes: true });
        expect(unanimous.every(({ score }) => score === 1)).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 500, seed: 11 });
  });
});

describe("withoutOverlaps", () => {
  it("keeps overlaps of different types where they are wanted", () => {
    const both = [mention(0, 6), mention(2, 4, "Gene")];
    expect(withoutOverlaps(both)).toEqual([both[0]]);
    expect(withoutOverlaps(both, false)).toEqual(both);
  });
});
