/** @file Counts of a corpus made by hand. */
import { expect, it } from "vitest";
import type { Document } from "../documents/index.ts";
import { corpusStats } from "./stats.ts";
import { streamOf } from "./streams.ts";

const words = (text: string): number => text.split(" ").length;

const documents: Document[] = [
  {
    id: "1",
    passages: [
      { text: "Renal failure.", mentions: [{ start: 0, end: 13, type: "D", ids: ["x"] }] },
      {
        text: "It was acute renal failure. No doubt. ",
        mentions: [
          { start: 7, end: 26, type: "D", ids: ["x", "y"] },
          { start: 13, end: 18, type: "A" },
          { start: 7, end: 18, type: "A" },
        ],
      },
    ],
  },
  {
    id: "2",
    passages: [
      {
        text: "skin and lung cancer cells",
        mentions: [
          {
            start: 0,
            end: 20,
            type: "D",
            fragments: [
              { start: 0, end: 4 },
              { start: 14, end: 20 },
            ],
          },
          { start: 14, end: 26, type: "A" },
        ],
      },
    ],
  },
  { id: "3", passages: [] },
];

it("counts documents, sentences, tokens and mentions by type", async () => {
  const stats = await corpusStats(streamOf(...documents), words);
  expect(stats).toMatchObject({ documents: 3, passages: 3, characters: 78, sentences: 4, tokens: 15 });
  expect(stats.types).toEqual({
    A: {
      mentions: 3,
      documents: 2,
      surfaces: 3,
      ids: 0,
      nested: 2,
      overlapping: 1,
      discontinuous: 0,
      words: { mean: 5 / 3, longest: 2, histogram: [1, 2, 0, 0, 0] },
    },
    D: {
      mentions: 3,
      documents: 2,
      surfaces: 3,
      ids: 2,
      nested: 0,
      overlapping: 1,
      discontinuous: 1,
      words: { mean: 7 / 3, longest: 3, histogram: [0, 2, 1, 0, 0] },
    },
  });
  expect(stats.all).toMatchObject({ mentions: 6, documents: 2, words: { mean: 2, longest: 3 } });
});

it("counts nothing in nothing", async () => {
  const stats = await corpusStats(streamOf<Document>(), words);
  expect(stats).toMatchObject({ documents: 0, types: {}, all: { mentions: 0, words: { mean: 0 } } });
});
