/** @file Texts → masked batches: every chunk in its turn, whole words hidden, the hidden ids as labels. */
import { describe, expect, it } from "vitest";
import { byteTokenizer, tinyConfig } from "../../test/tiny-models.ts";
import type { Document } from "../documents/index.ts";
import { randomFrom } from "../shared/random.ts";
import type { Batch, TrainingData } from "./batch.ts";
import { maskedData, type MaskedSettings, tokenStream } from "./masked-data.ts";

const tokenizer = await byteTokenizer();
const { mask, separator } = tokenizer.specials;
const space = tokenizer.idOf("\u0120");
const settings: MaskedSettings = {
  config: tinyConfig,
  tokenizer,
  size: 32,
  batchTokens: 64,
  maskRate: 0.25,
  seed: 1,
};

async function* texts(all: readonly string[]): AsyncGenerator<Document> {
  for (const [index, text] of all.entries()) yield { id: `${index}`, passages: [{ text, mentions: [] }] };
}

/** Two texts of words from one to six letters. */
async function randomStream(tokens: number): Promise<Int32Array> {
  const random = randomFrom(8);
  const words: string[] = [];
  for (let length = 0; length < tokens; length += words.at(-1)!.length + 1)
    words.push(String.fromCharCode(97 + 26 * random()).repeat(1 + Math.floor(6 * random())));
  const half = words.length >> 1;
  return tokenStream(texts([words.slice(0, half).join(" "), words.slice(half).join(" ")]), tokenizer);
}

const stream = (await randomStream(32 * 42)).subarray(0, 32 * 40);
/** Lower bits hold the id, whatever flags the stream keeps in the others. */
const idsOf = (tokens: Int32Array): number[] => [...tokens].map((token) => token & 0xffff);
const chunks = Array.from({ length: 40 }, (_, index) => idsOf(stream.subarray(32 * index, 32 * index + 32)));
const sorted = (rows: readonly (readonly number[])[]): string[] => rows.map((row) => row.join()).toSorted();

/** A batch's ids with the labels put back in their places. */
function restored({ ids, feeds }: Batch): Int32Array {
  const original = ids.slice();
  feeds["targets"]!.data.forEach((place, index) => {
    original[Number(place)] = Number(feeds["labels"]!.data[index]);
  });
  return original;
}

/** What was fed, before it was hidden. */
function rowsOf(data: TrainingData, epoch: number): number[][] {
  const rows: number[][] = [];
  for (let index = 0; index < data.stepsPerEpoch(epoch); index++) {
    const batch = data.batch(epoch, index);
    const original = restored(batch);
    for (let row = 0; row < batch.rows; row++)
      rows.push([...original.subarray(row * batch.time, (row + 1) * batch.time)]);
  }
  return rows;
}

const seededData = (seed: number): TrainingData =>
  maskedData([{ stream, repeat: 1.5 }], { ...settings, seed });

describe("the token stream", () => {
  it("is the documents' tokens with a separator behind each", async () => {
    const found = idsOf(await tokenStream(texts(["ab", "", "c"]), tokenizer));
    const [a, b, c] = ["a", "b", "c"].map((letter) => tokenizer.idOf(letter)!);
    expect(found).toEqual([a, b, separator, separator, c, separator]);
  });
});

describe("masked data", () => {
  it("shows every chunk once in an epoch, in an order of the epoch's own, its hidden ids as labels", () => {
    const data = maskedData([{ stream, repeat: 1 }], settings);
    const [first, second] = [rowsOf(data, 0), rowsOf(data, 1)];
    expect(data.tokensPerEpoch).toBe(stream.length);
    expect(sorted(first)).toEqual(sorted(chunks));
    expect(sorted(second)).toEqual(sorted(chunks));
    expect(first).not.toEqual(second);
  });

  it("shows a text as often as it is repeated, and of a fraction another part in each epoch", () => {
    const data = maskedData([{ stream, repeat: 2.25 }], settings);
    const times = (epoch: number): number[] => {
      const rows = rowsOf(data, epoch).map((row) => row.join());
      return chunks.map((chunk) => rows.filter((row) => row === chunk.join()).length);
    };
    const [first, second] = [times(0), times(1)];
    expect(first.filter((count) => count === 2)).toHaveLength(30);
    expect(first.filter((count) => count === 3)).toHaveLength(10);
    expect(second.filter((count) => count === 3)).toHaveLength(10);
    expect(second).not.toEqual(first);
  });

  it("mixes several texts", () => {
    const sources = [
      { stream: stream.subarray(0, 64), repeat: 1 },
      { stream: stream.subarray(64, 128), repeat: 3 },
    ];
    const [a, b, c, d] = chunks as [number[], number[], number[], number[]];
    expect(sorted(rowsOf(maskedData(sources, settings), 0))).toEqual(sorted([a, b, c, c, c, d, d, d]));
  });

  it("hides whole words and nothing else, about as many tokens as it is told", () => {
    const data = maskedData([{ stream, repeat: 1 }], settings);
    const count = { targets: 0, masked: 0, kept: 0, random: 0, torn: 0, separators: 0 };
    for (let index = 0; index < data.stepsPerEpoch(0); index++) {
      const batch = data.batch(0, index);
      const original = restored(batch); // true chunks, as the test above says
      const chosen = new Set(Array.from(batch.feeds["targets"]!.data, Number));
      count.targets += chosen.size;
      expect(new Set(Array.from(batch.feeds["weights"]!.data, Number))).toEqual(
        new Set([Math.fround(1 / chosen.size)]),
      );
      batch.ids.forEach((id, place) => {
        if (chosen.has(place)) count[id === mask ? "masked" : id === original[place] ? "kept" : "random"]++;
        if (chosen.has(place) && original[place] === separator) count.separators++;
        // A word is a run of one letter with the space before it: of one word all is chosen or nothing.
        const begins = [space, separator].includes(original[place]) || original[place - 1] === separator;
        if (place % batch.time > 0 && !begins && chosen.has(place) !== chosen.has(place - 1)) count.torn++;
      });
    }
    expect([count.torn, count.separators]).toEqual([0, 0]);
    expect(count.targets / stream.length).toBeGreaterThan(0.22);
    expect(count.targets / stream.length).toBeLessThan(0.33); // the last word of a chunk may be long
    expect(count.masked / count.targets).toBeGreaterThan(0.7);
    expect(count.masked / count.targets).toBeLessThan(0.9);
    expect(Math.min(count.kept, count.random)).toBeGreaterThan(0);
  });

  it("hides something even where the rate would round to nothing", () => {
    const { feeds } = maskedData([{ stream, repeat: 1 }], { ...settings, maskRate: 0.01 }).batch(0, 0);
    expect(feeds["labels"]!.data.length).toBeGreaterThan(0);
  });

  it("is the same for the same seed, epoch and index, in any order of asking", () => {
    const [one, other, seeded] = [seededData(1), seededData(1), seededData(2)];
    const late = other.batch(2, 3);
    expect(one.batch(0, 3)).toEqual(other.batch(0, 3));
    expect(one.batch(2, 3)).toEqual(late);
    expect(one.batch(2, 3)).not.toEqual(one.batch(0, 3));
    expect(one.batch(0, 3)).not.toEqual(seeded.batch(0, 3));
  });
});
