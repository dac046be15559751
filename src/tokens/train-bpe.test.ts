import { expect, test } from "vitest";
import { byteSymbols, bytesOfToken } from "./byte-alphabet.ts";
import { countPreTokens } from "./count-pre-tokens.ts";
import { mergePairs } from "./merge-pairs.ts";
import { splitPreTokens } from "./pre-tokens.ts";
import { sampleTexts, stream, trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import { trainBpe } from "./train-bpe.ts";
import type { TrainBpeProgress } from "./train-bpe.ts";

/** Byte-pair encoding as in the paper: all pairs are counted anew before every merge. */
function slowMerges(
  words: readonly (readonly [readonly number[], number])[],
  limit: number,
  steps: number,
): string[] {
  let current = words.map(([symbols, count]) => ({ symbols: [...symbols], count }));
  const merges: string[] = [];
  for (let step = 0; step < steps; step++) {
    const counts = new Map<number, number>();
    for (const { symbols, count } of current) {
      for (let index = 1; index < symbols.length; index++) {
        // Of overlapping equal pairs (a a a) each counts, as in the fast version's first count.
        const key = symbols[index - 1]! * limit + symbols[index]!;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const best = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0];
    if (best === undefined) break;
    const [left, right] = [Math.floor(best[0] / limit), best[0] % limit];
    merges.push(`${left}+${right}`);
    current = current.map(({ symbols, count }) => ({
      symbols: mergeAll(symbols, left, right, 50 + step),
      count,
    }));
  }
  return merges;
}

function mergeAll(symbols: readonly number[], left: number, right: number, merged: number): number[] {
  const result: number[] = [];
  for (let index = 0; index < symbols.length; index++) {
    const hit = symbols[index] === left && symbols[index + 1] === right;
    result.push(hit ? merged : symbols[index]!);
    if (hit) index++;
  }
  return result;
}

test("the merges are those of counting anew before each", async () => {
  const { counts } = await countPreTokens(stream(sampleTexts.slice(0, 4)), { maximumEntries: 1e6 });
  const words = [...counts]
    .filter(([word]) => /^[ a-z]+$/.test(word))
    .map(([word, count]) => [Array.from(word, (letter) => letter.charCodeAt(0) % 32), count] as const);
  const begins = new Int32Array(words.length + 1);
  words.forEach(([symbols], index) => (begins[index + 1] = begins[index]! + symbols.length));
  const list = {
    symbols: Int32Array.from(words.flatMap(([symbols]) => symbols)),
    begins,
    counts: Float64Array.from(words, ([, count]) => count),
  };
  let next = 50;
  const merges = mergePairs(list, 200, () => (next < 150 ? next++ : undefined));
  expect(merges.map(({ left, right }) => `${left}+${right}`)).toEqual(slowMerges(words, 200, 100));
});

test("a pair that overlaps itself is merged from the left", () => {
  const list = {
    symbols: Int32Array.of(1, 1, 1, 1, 1),
    begins: Int32Array.of(0, 5),
    counts: Float64Array.of(3),
  };
  let next = 2;
  const merges = mergePairs(list, 10, () => next++);
  expect(merges.map(({ left, right }) => [left, right])).toEqual([
    [1, 1],
    [2, 1],
    [2, 3],
  ]);
});

test("the order of the texts does not matter", async () => {
  expect(await trainSample(sampleTexts.toReversed())).toEqual(await trainSample());
});

test("special tokens come first, then all bytes, then the merged tokens in the order of the merges", async () => {
  const { model, added_tokens: added } = await trainSample();
  const tokens = Object.entries(model.vocab).sort((a, b) => a[1] - b[1]);
  expect(tokens.map(([, id]) => id)).toEqual([...Array(400).keys()]);
  expect(added.map(({ id, content }) => [content, id])).toEqual(tokens.slice(0, 4));
  expect(tokens.slice(4, 260).map(([token]) => token)).toEqual(byteSymbols.toSorted());
  const merged = new Set(model.merges.map(([left, right]) => left + right));
  expect(tokens.slice(260).map(([token]) => token)).toEqual([...merged]);
});

test("no token crosses the border of a pre-token", async () => {
  const { model } = await trainSample();
  for (const [token, id] of Object.entries(model.vocab)) {
    // Tokens that end inside of a character have no text to split.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOfToken(token));
    if (id >= 260 && !text.includes("\uFFFD")) expect(splitPreTokens(text)).toHaveLength(1);
  }
});

test("rare pre-tokens are ignored, and a vocabulary that finds too few pairs stays smaller", async () => {
  const texts = ["abc abc xyz"];
  const json = await trainBpe(stream(texts), { vocabularySize: 1000, specialTokens: ["<pad>"] });
  expect(json.model.merges).toEqual([]);
  const frequent = await trainBpe(stream(["abc,abc xyz"]), {
    vocabularySize: 1000,
    specialTokens: ["<pad>"],
  });
  expect(frequent.model.merges).toEqual([
    ["a", "b"],
    ["ab", "c"],
  ]);
  expect(Object.keys(frequent.model.vocab)).toHaveLength(259);
});

test("counting forgets the rarest pre-tokens beyond its bound and says how many occurrences that were", async () => {
  const progress: TrainBpeProgress[] = [];
  const texts = ["aa,aa,aa,bb,bb,cc,dd,ee,ff"];
  const onProgress = (event: TrainBpeProgress): number => progress.push(event);
  await trainBpe(stream(texts), { vocabularySize: 300, specialTokens: [], maximumPreTokens: 6, onProgress });
  // aa × 3, "," × 8 and bb × 2 stay; the four single ones go.
  expect(progress[0]).toEqual({ phase: "counted", texts: 1, occurrences: 17, pruned: 4 });
});

const train = (vocabularySize: number, specialTokens: readonly string[]): Promise<unknown> =>
  trainBpe(stream([]), { vocabularySize, specialTokens });

test("options that make no sense are refused", async () => {
  await expect(train(258, ["<pad>", "<unk>", "<mask>"])).rejects.toThrow(/259 .* got 258/);
  await expect(train(1000, ["<pad>", "<pad>"])).rejects.toThrow(/different strings/);
  await expect(train(1000, ["a"])).rejects.toThrow(/two characters/);
});

test("the byte alphabet is one to one", () => {
  expect(byteSymbols[0x20]).toBe("Ġ");
  expect(bytesOfToken(byteSymbols.join(""))).toEqual(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  expect(bytesOfToken("中")).toBeUndefined();
});
