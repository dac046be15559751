/** @file Documents → label batches: what each token is taught, where the loss counts, and how overlaps are told. */
import { describe, expect, it } from "vitest";
import { byteTokenizer, tinyConfig } from "../../test/tiny-models.ts";
import type { Document, Mention } from "../documents/index.ts";
import type { Batch } from "./batch.ts";
import {
  type LabelCounts,
  labelData,
  type LabelledCorpus,
  type LabelSettings,
  tokenLabels,
} from "./label-data.ts";

const [O, B, I] = [0, 1, 2] as const;
const types = ["Disease", "Chemical"];
const tokenizer = await byteTokenizer();
const settings: LabelSettings = {
  config: tinyConfig,
  tokenizer,
  types,
  window: { size: 16, overlap: 4 },
  batchTokens: 64,
  tokenDropout: 0,
  seed: 1,
};
const noCounts = (): LabelCounts => ({ mentions: 0, misaligned: 0, overlapping: 0 });
const mention = (start: number, end: number, type = "Disease"): Mention => ({ start, end, type });

async function* stream(documents: readonly Document[]): AsyncGenerator<Document> {
  yield* documents;
}

const document = (id: string, ...texts: string[]): Document => ({
  id,
  passages: texts.map((text) => ({ text, mentions: [] })),
});

const corpus = (documents: readonly Document[], change: Partial<LabelledCorpus> = {}): LabelledCorpus => ({
  documents: stream(documents),
  annotates: types,
  repeat: 1,
  ...change,
});

async function epoch(corpora: readonly LabelledCorpus[], change: Partial<LabelSettings> = {}) {
  const { data, counts } = await labelData(corpora, { ...settings, ...change });
  const batches = Array.from({ length: data.stepsPerEpoch(0) }, (_, index) => data.batch(0, index));
  return { data, counts, batches };
}

interface Cell {
  readonly id: number;
  readonly label: number;
  readonly weight: number;
}

/** The cells of one type, row by row as far as the attention mask lets tokens be seen. */
function cellsOf({ feeds, rows, time, ids }: Batch, head: number): Cell[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: time }, (_, token) => row * time + token)
      .filter((place) => feeds["mask"]!.data[place] === 0)
      .map((place) => ({
        id: ids[place]!,
        label: Number(feeds["labels"]!.data[place * types.length + head]),
        weight: Number(feeds["weights"]!.data[place * types.length + head]),
      })),
  );
}

async function labelsFor(text: string, mentions: readonly Mention[]) {
  const counts = noCounts();
  const labels = tokenLabels(await tokenizer.encode(text), mentions, types, counts);
  const of = (head: number): number[] => [...labels].filter((_, index) => index % types.length === head);
  return { disease: of(0), chemical: of(1), counts };
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const spelt = (cells: readonly Pick<Cell, "id" | "label">[]): string[] =>
  cells.map(({ id, label }) => `${id}/${label}`).toSorted();

describe("the labels of a passage", () => {
  it("teach the longest of nested mentions of one type and count the others", async () => {
    // "abc" is one mention, "b" lies in it, "cd" reaches out of it
    const { disease, counts } = await labelsFor("abcde", [mention(1, 2), mention(0, 3), mention(2, 4)]);
    expect(disease).toEqual([B, I, I, O, O]);
    expect(counts).toEqual({ mentions: 3, misaligned: 0, overlapping: 2 });
  });

  it("teach overlapping mentions of different types both", async () => {
    const { disease, chemical, counts } = await labelsFor("abcd", [mention(0, 3), mention(2, 4, "Chemical")]);
    expect(disease).toEqual([B, I, I, O]);
    expect(chemical).toEqual([O, O, B, I]);
    expect(counts).toEqual({ mentions: 2, misaligned: 0, overlapping: 0 });
  });

  it("begin a neighbour anew", async () => {
    expect((await labelsFor("abcd", [mention(2, 4), mention(0, 2)])).disease).toEqual([B, I, B, I]);
  });

  it("leave out types that the model has no head for, uncounted", async () => {
    const { disease, chemical, counts } = await labelsFor("ab", [mention(0, 2, "Gene")]);
    expect([...disease, ...chemical, counts.mentions]).toEqual([O, O, O, O, 0]);
  });

  it("take the whole token where a border lies inside of it, and count that", async () => {
    const brain = "\u{1F9E0}"; // four bytes, two UTF-16 units
    const inside = await labelsFor(`a${brain}b`, [mention(2, 3)]);
    expect(inside.disease).toEqual([O, B, I, I, I, O]);
    expect(inside.counts.misaligned).toBe(1);
    const whole = await labelsFor(`a${brain}b`, [mention(1, 3)]);
    expect(whole.disease).toEqual([O, B, I, I, I, O]);
    expect(whole.counts.misaligned).toBe(0);
  });

  it("count a mention that covers no token", async () => {
    const { disease, counts } = await labelsFor("ab", [mention(2, 2)]);
    expect(disease).toEqual([O, O]);
    expect(counts).toEqual({ mentions: 1, misaligned: 1, overlapping: 0 });
  });
});

describe("a label batch", () => {
  it("holds the passages with a separator between them", async () => {
    const { batches } = await epoch([corpus([document("1", "ab", "", "c")])]);
    const [row] = cellsOf(batches[0]!, 0);
    const { separator } = tokenizer.specials;
    const [a, b, c] = ["a", "b", "c"].map((letter) => tokenizer.idOf(letter)!);
    expect(row!.map(({ id }) => id)).toEqual([a, b, separator, separator, c]);
  });

  it("counts loss only for the types that its corpus annotates, and sums to 1", async () => {
    const text = "abcdef";
    const gold = { id: "1", passages: [{ text, mentions: [mention(0, 2, "Chemical"), mention(3, 5)] }] };
    const { batches } = await epoch([
      corpus([gold], { annotates: ["Disease"] }),
      corpus([document("2", "xyz")]),
    ]);
    expect(batches).toHaveLength(1);
    const rowsOf = (head: number): Cell[][] =>
      cellsOf(batches[0]!, head).toSorted((a, b) => b.length - a.length);
    const weights = [0, 1].map((head) => rowsOf(head).map((row) => row.map(({ weight }) => weight)));
    const each = Math.fround(1 / (6 + 3 + 3));
    expect(weights[0]).toEqual([times(6, each), times(3, each)]);
    expect(weights[1]).toEqual([times(6, 0), times(3, each)]);
  });

  it("gives padding no loss, no label and no attention", async () => {
    const { batches } = await epoch([corpus([document("1", "a"), document("2", "abcdefgh")])]);
    const { feeds, rows, time, ids, tokens } = batches[0]!;
    expect([batches.length, rows, time, tokens]).toEqual([1, 2, 8, 9]);
    const short = ids[1] === tokenizer.specials.pad ? 0 : 1;
    for (let token = 1; token < time; token++) {
      const place = short * time + token;
      expect(ids[place]).toBe(tokenizer.specials.pad);
      expect(feeds["mask"]!.data[place]).toBe(Math.fround(-1e9));
      for (const head of [0, 1]) expect(feeds["weights"]!.data[place * 2 + head]).toBe(0);
    }
    const weights = Array.from(feeds["weights"]!.data, Number);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  });

  it("counts every token of a long document once, with its own label, over all windows", async () => {
    const letters = "abcdefghijklmnopqrstuvwxyz".repeat(4).slice(0, 101);
    const mentions = Array.from({ length: 20 }, (_, index) => mention(5 * index, 5 * index + 3));
    const { batches } = await epoch([corpus([{ id: "1", passages: [{ text: letters, mentions }] }])]);
    const seen = batches.flatMap((batch) => cellsOf(batch, 0).flat());
    const expected = Array.from(letters, (letter, place) => ({
      id: tokenizer.idOf(letter)!,
      label: place === 100 || place % 5 > 2 ? O : place % 5 === 0 ? B : I,
    }));
    expect(spelt(seen.filter(({ weight }) => weight > 0))).toEqual(spelt(expected));
    expect(seen.length).toBeGreaterThan(letters.length + 4 * 4); // windows overlap: the rest is context
  });

  it("is the same for the same seed, epoch and index, in any order of asking", async () => {
    const documents = Array.from({ length: 30 }, (_, index) =>
      document(`${index}`, "abcdefghij".slice(index % 7)),
    );
    const make = async (seed: number) =>
      (await labelData([corpus(documents)], { ...settings, seed, tokenDropout: 0.3 })).data;
    const [one, other, seeded] = [await make(1), await make(1), await make(2)];
    const late = other.batch(1, 2);
    expect(one.batch(0, 1)).toEqual(other.batch(0, 1));
    expect(one.batch(1, 2)).toEqual(late);
    expect(one.batch(1, 1)).not.toEqual(one.batch(0, 1));
    expect(one.batch(0, 1)).not.toEqual(seeded.batch(0, 1));
  });

  it("hides about as many tokens as it is told, and never their labels", async () => {
    const gold = { id: "1", passages: [{ text: "a".repeat(12), mentions: [mention(0, 12)] }] };
    const { batches } = await epoch([corpus(Array.from({ length: 200 }, () => gold))], {
      tokenDropout: 0.25,
    });
    const cells = batches.flatMap((batch) => cellsOf(batch, 0).flat());
    const hidden = cells.filter(({ id }) => id === tokenizer.specials.mask).length;
    expect(hidden / cells.length).toBeGreaterThan(0.2);
    expect(hidden / cells.length).toBeLessThan(0.3);
    expect(cells.filter(({ label }) => label === O)).toEqual([]);
  });

  it("sees a corpus as often as it is repeated, a fraction by chance", async () => {
    const documents = Array.from({ length: 100 }, () => document("1", "abcdefgh"));
    const { data, batches } = await epoch([corpus(documents, { repeat: 2.5 })]);
    const total = batches.reduce((sum, { rows }) => sum + rows, 0);
    expect(Math.abs(total - 250)).toBeLessThanOrEqual(25); // 5 standard deviations
    expect(data.tokensPerEpoch).toBe(2000);
  });

  it("leaves out documents without text", async () => {
    const { batches } = await epoch([corpus([document("1"), document("2", ""), document("3", "ab")])]);
    expect(batches.map(({ tokens }) => tokens)).toEqual([2]);
  });
});

describe("labels that are asked for in words", () => {
  const prompts = new Map([
    ["Disease", Int32Array.of(70, 71)],
    ["Chemical", Int32Array.of(80)],
  ]);
  const texts: Document = {
    id: "1",
    passages: [{ text: "gout ol", mentions: [mention(0, 4), mention(5, 7, "Chemical")] }],
  };

  it("come once for each type, behind its prompt, with the loss on the text alone", async () => {
    const instruction = { prompts, firstTokens: false, zerosMask: false };
    const { batches } = await epoch([corpus([texts])], { instruction });
    const rows = batches.flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row)),
    );
    expect(rows).toHaveLength(2);
    const [disease, chemical] = rows.sort((a, b) => a.ids[0]! - b.ids[0]!);
    expect(disease!.ids.slice(0, 2)).toEqual([70, 71]);
    expect(chemical!.ids[0]).toBe(80);
    expect(disease!.labels.slice(0, 9)).toEqual([O, O, B, I, I, I, O, O, O]);
    expect(chemical!.labels.slice(0, 8)).toEqual([O, O, O, O, O, B, I, I]); // the blank belongs to its word
    expect(disease!.counted.slice(0, 9)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(chemical!.counted.slice(0, 8)).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("count on first tokens alone, and let padding be seen, if told to", async () => {
    const instruction = { prompts, firstTokens: true, zerosMask: true };
    const { batches } = await epoch([corpus([texts])], { instruction });
    const rows = batches.flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row)),
    );
    const disease = rows.find(({ ids }) => ids[0] === 70)!;
    expect(disease.counted.slice(0, 9)).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
    for (const { feeds } of batches)
      expect([...feeds["mask"]!.data].every((hidden) => hidden === 0)).toBe(true);
  });
});

function rowOf({ ids, feeds, time }: Batch, row: number) {
  const [from, to] = [row * time, (row + 1) * time];
  const numbers = (name: string): number[] => Array.from(feeds[name]!.data, Number).slice(from, to);
  return {
    ids: Array.from(ids.subarray(from, to)),
    labels: numbers("labels"),
    counted: numbers("weights").map((weight) => Number(weight > 0)),
  };
}
