/** @file A random model as a tagger: texts that come out as they went in, and mentions that no batching changes. */
import { describe, expect, it } from "vitest";
import { failureOf, tinyModel } from "../../test/tiny-models.ts";
import type { Document, Mention } from "../documents/index.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import { classifierNames } from "../models/token-classifier.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import type { Runtime } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { type LabelTaggerOptions, openLabelTagger } from "./label-tagger.ts";
import type { TagOptions } from "./types.ts";

const tiny = await tinyModel(["Disease", "Chemical"]);
const usualOptions: LabelTaggerOptions = { runtime: onnxRuntime, name: "tiny", threads: 1 };

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function tag(
  documents: readonly Document[],
  tagOptions: TagOptions = {},
  options: Partial<LabelTaggerOptions> = {},
  model: ModelFolder = tiny,
): Promise<Document[]> {
  await using tagger = await openLabelTagger(model, { ...usualOptions, ...options });
  const tagged: Document[] = [];
  for await (const document of tagger.tag(stream(documents), tagOptions)) tagged.push(document);
  return tagged;
}

function randomText(words: number, seed: number): string {
  const random = randomFrom(seed);
  const pick = (items: readonly string[]): string => items[Math.floor(random() * items.length)]!;
  const gaps = [" ", " ", " ", "  ", "\t", "\r\n", "\n\n", "\u00A0"];
  const pieces = [
    "gout",
    "renal",
    "IL-2",
    "\u{1F9E0}",
    "\u03B2-cell",
    "1,25",
    "\u{1D6FC}",
    "e\u0301",
    "(",
    "mTOR.",
  ];
  return Array.from({ length: words }, () => pick(pieces) + pick(gaps)).join("");
}

const textDocument = (id: string, ...texts: string[]): Document => ({
  id,
  passages: texts.map((text) => ({ text, mentions: [] })),
});

const short = Array.from({ length: 12 }, (_, index) =>
  textDocument(
    `${index}`,
    randomText(1 + (index % 5), index),
    randomText(2 + ((index * 7) % 11), 100 + index),
  ),
);

const allMentions = (documents: readonly Document[]): Mention[] =>
  documents.flatMap(({ passages }) => passages.flatMap(({ mentions }) => mentions));
const typesOf = (documents: readonly Document[]): Set<string> =>
  new Set(allMentions(documents).map(({ type }) => type));
const replaceMentions = (
  documents: readonly Document[],
  change: (mentions: readonly Mention[]) => Mention[],
) =>
  documents.map((document) => ({
    ...document,
    passages: document.passages.map((passage) => ({ ...passage, mentions: change(passage.mentions) })),
  }));
/** Scores may differ in their last digits where sums go in another order. */
const withoutScores = (documents: readonly Document[]) =>
  replaceMentions(documents, (mentions) => mentions.map(({ start, end, type }) => ({ start, end, type })));

/** "start-end type" of the mentions in a part of a text that begins at `offset`. */
async function placesIn(part: string, offset: number): Promise<string[]> {
  const [document] = await tag([textDocument("1", part)]);
  return document!.passages[0]!.mentions.map(
    ({ start, end, type }) => `${start + offset}-${end + offset} ${type}`,
  );
}
const startOf = (place: string): number => Number.parseInt(place, 10);
const endOf = (place: string): number => Number(/-(\d+)/.exec(place)![1]);

describe("a label tagger", () => {
  it("finds the same whatever the batches, the groups and the order of the documents", async () => {
    const usual = await tag(short);
    expect(allMentions(usual).length).toBeGreaterThan(20);
    expect(typesOf(usual).size).toBe(2);
    const settings = [
      { batchTokens: 1 },
      { batchTokens: 1e5 },
      { documentsAtOnce: 1 },
      { documentsAtOnce: 5 },
    ];
    for (const setting of settings) {
      const other = await tag(short, {}, setting);
      expect(withoutScores(other)).toEqual(withoutScores(usual));
      allMentions(other).forEach(({ score }, index) => {
        expect(score).toBeCloseTo(allMentions(usual)[index]!.score!, 4);
      });
    }
    expect(withoutScores((await tag(short.toReversed())).toReversed())).toEqual(withoutScores(usual));
  });

  it("tags a text of thousands of tokens in windows, to its very end", async () => {
    const text = randomText(700, 3);
    const [document] = await tag([textDocument("long", text)]);
    const { mentions, text: after } = document!.passages[0]!;
    expect(after).toBe(text);
    expect(Buffer.byteLength(text)).toBeGreaterThan(3000); // a byte is a token here
    expect(new Set(mentions.map(({ start }) => Math.floor((10 * start) / text.length))).size).toBe(10);
  });

  it("answers for each token of a long text with the window that is meant to", async () => {
    // 80 tokens in two windows of 48: 0-47 and 32-79, which part in the middle of what they share, at 40.
    const text = "gout (renal) mTOR IL-2 beta; ".repeat(3).slice(0, 80);
    const [whole, first, second] = [
      await placesIn(text, 0),
      await placesIn(text.slice(0, 48), 0),
      await placesIn(text.slice(32), 32),
    ];
    const left = whole.filter((place) => endOf(place) < 36);
    const right = whole.filter((place) => startOf(place) > 44);
    expect(Math.min(left.length, right.length)).toBeGreaterThan(0);
    expect(first).toEqual(expect.arrayContaining(left));
    expect(second).toEqual(expect.arrayContaining(right));
  });

  it("gives texts, kinds, ids and separators back as they came, empty ones included", async () => {
    const documents: Document[] = [
      {
        id: "a",
        separator: "\r\n",
        passages: [{ text: "\uFEFFCR\r\n\t \u{1F9E0} ", kind: "title", mentions: [] }],
      },
      { id: "b", passages: [{ text: "", kind: "abstract", mentions: [] }] },
      { id: "c", passages: [] },
      textDocument("d", "", "x", "", ""),
      textDocument("e", "   ", "\n"),
    ];
    const tagged = await tag(documents);
    expect(replaceMentions(tagged, () => [])).toEqual(documents);
    expect(allMentions([tagged[1]!, tagged[2]!, tagged[4]!])).toEqual([]);
  });

  it("marks whole stretches without white space at their ends, in text order, with probabilities", async () => {
    for (const { passages } of await tag(short)) {
      for (const { text, mentions } of passages) {
        const starts = mentions.map(({ start }) => start);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
        for (const { start, end, score } of mentions) {
          const surface = text.slice(start, end);
          expect(surface).toBe(surface.trim());
          expect(surface).not.toBe("");
          expect(Buffer.from(surface).toString("utf8")).toBe(surface); // no half of an astral character
          expect(score! >= 0 && score! <= 1).toBe(true);
        }
      }
    }
  });

  it("lets neither gold mentions nor carried lines through", async () => {
    const carried = [{ format: "pubtator", lines: ["1\tCID\tD1\tD2"] }];
    const gold: Mention = { start: 0, end: 4, type: "Disease", ids: ["MESH:D1"], carried };
    const plain = textDocument("1", "gout and renal failure");
    const given: Document = { ...plain, carried, passages: [{ ...plain.passages[0]!, mentions: [gold] }] };
    expect(await tag([given])).toEqual(await tag([plain]));
  });

  it("marks the types that are asked for, once each", async () => {
    const all = allMentions(await tag(short));
    const chemicals = allMentions(await tag(short, { types: ["Chemical", "Chemical"] }));
    expect(chemicals).toEqual(all.filter(({ type }) => type === "Chemical"));
    expect(allMentions(await tag(short, { types: [] }))).toEqual([]);
  });

  it("marks by default what the model's card says, and everything else when asked", async () => {
    const model: ModelFolder = { ...tiny, nerium: { ...tiny.nerium, tagged: ["Chemical"] } };
    expect(typesOf(await tag(short, {}, {}, model))).toEqual(new Set(["Chemical"]));
    expect(typesOf(await tag(short, { types: ["Disease"] }, {}, model))).toEqual(new Set(["Disease"]));
  });

  it("gives a span one of the default types, and whatever a further type marks by itself", async () => {
    // Heads with the same weights mark the same spans: of two default types only one can have each.
    const parameters = new Map(tiny.parameters);
    for (const name of Object.values(classifierNames)) {
      const values = parameters.get(name)!.slice();
      values.copyWithin(values.length / 2, 0, values.length / 2);
      parameters.set(name, values);
    }
    const twins: ModelFolder = { ...tiny, parameters };
    const spansOf = (documents: readonly Document[], type: string): string[] =>
      documents.flatMap(({ id, passages }) =>
        passages.flatMap(({ mentions }, at) =>
          mentions.filter((one) => one.type === type).map(({ start, end }) => `${id} ${at} ${start} ${end}`),
        ),
      );
    const both = await tag(short, {}, {}, twins);
    const spans = [...spansOf(both, "Disease"), ...spansOf(both, "Chemical")];
    expect(spans.length).toBeGreaterThan(0);
    expect(new Set(spans).size).toBe(spans.length);
    const model: ModelFolder = { ...twins, nerium: { ...twins.nerium, tagged: ["Disease"] } };
    const layers = await tag(short, { types: ["Disease", "Chemical"] }, {}, model);
    expect(spansOf(layers, "Chemical")).toEqual(spansOf(layers, "Disease"));
    expect(spansOf(layers, "Disease").length).toBeGreaterThan(0);
  });

  it("drops mentions below the threshold and no other", async () => {
    const all = allMentions(await tag(short));
    const threshold = all.map(({ score }) => score!).toSorted((a, b) => a - b)[all.length >> 1]!;
    const kept = allMentions(await tag(short, { threshold }));
    expect(kept).toEqual(all.filter(({ score }) => score! >= threshold));
    expect(kept.length).toBeLessThan(all.length);
  });

  it("drops mentions below the model's own threshold of their type unless another one is asked for", async () => {
    const all = allMentions(await tag(short));
    const scores = all.filter(({ type }) => type === "Disease").map(({ score }) => score!);
    const middle = scores.toSorted((a, b) => a - b)[scores.length >> 1]!;
    const model: ModelFolder = { ...tiny, nerium: { ...tiny.nerium, thresholds: { Disease: middle } } };
    const kept = allMentions(await tag(short, {}, {}, model));
    expect(kept).toEqual(all.filter(({ type, score }) => type !== "Disease" || score! >= middle));
    expect(kept.length).toBeLessThan(all.length);
    expect(allMentions(await tag(short, { threshold: 0 }, {}, model))).toEqual(all);
  });

  it("gives all mentions of a name one score where the model pools its type", async () => {
    const only = { ...tiny.nerium, tagged: ["Disease"] };
    const alone = await tag(short, {}, {}, { ...tiny, nerium: only });
    const pooled = await tag(short, {}, {}, { ...tiny, nerium: { ...only, pooled: ["Disease"] } });
    expect(withoutScores(pooled)).toEqual(withoutScores(alone));
    /** The most scores that a name has in a document. */
    const mostScores = (documents: readonly Document[]): number => {
      const counts = documents.flatMap(({ passages }) => {
        const byName = new Map<string, Set<number>>();
        for (const { text, mentions } of passages) {
          for (const { start, end, score } of mentions) {
            const name = text.slice(start, end);
            byName.set(name, (byName.get(name) ?? new Set()).add(score!));
          }
        }
        return Array.from(byName.values(), (scores) => scores.size);
      });
      return Math.max(...counts);
    };
    expect(mostScores(alone)).toBeGreaterThan(1);
    expect(mostScores(pooled)).toBe(1);
  });

  it("refuses a type that the model does not have", async () => {
    const error = await failureOf(tag(short, { types: ["Disease", "Gene"] }));
    const message = expect.stringContaining('"Gene"; it has Disease, Chemical') as string;
    expect(error).toMatchObject({ code: "USAGE", message });
  });

  it("refuses a model without heads, and a tokenizer of another model", async () => {
    const masked: ModelFolder = { ...tiny, nerium: { ...tiny.nerium, task: "masked" } };
    const smaller: ModelFolder = { ...tiny, config: { ...tiny.config, vocabularySize: 200 } };
    for (const model of [masked, smaller])
      expect(await failureOf(openLabelTagger(model, usualOptions))).toMatchObject({ code: "MODEL_FORMAT" });
  });

  it("begins to answer before all documents are read", async () => {
    await using tagger = await openLabelTagger(tiny, { ...usualOptions, documentsAtOnce: 2 });
    let read = 0;
    async function* endless(): AsyncGenerator<Document> {
      for (;;) yield textDocument(`${read++}`, "gout");
    }
    for await (const { id } of tagger.tag(endless())) if (id === "5") break;
    expect(read).toBeLessThanOrEqual(10); // two groups ahead
  });

  it("gives what comes before a document that cannot be read, and then its error", async () => {
    await using tagger = await openLabelTagger(tiny, { ...usualOptions, documentsAtOnce: 2 });
    async function* broken(): AsyncGenerator<Document> {
      yield* short.slice(0, 5);
      throw new Error("torn");
    }
    const ids: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { id } of tagger.tag(broken())) ids.push(id);
    };
    expect(await failureOf(loop())).toMatchObject({ message: "torn" });
    expect(ids).toEqual(["0", "1", "2", "3"]);
  });

  it("ends with the signal's reason, between documents and while it waits for one", async () => {
    await using tagger = await openLabelTagger(tiny, { ...usualOptions, documentsAtOnce: 2 });
    async function* slow(): AsyncGenerator<Document> {
      yield* short.slice(0, 4);
      await new Promise(() => {});
    }
    for (const last of ["0", "3"]) {
      const abortion = new AbortController();
      const loop = async (): Promise<void> => {
        for await (const { id } of tagger.tag(slow(), { signal: abortion.signal }))
          if (id === last) setImmediate(() => abortion.abort(`after ${last}`));
      };
      if (last === "0") abortion.abort("after 0");
      expect(await failureOf(loop())).toBe(`after ${last}`);
    }
  });

  it("rejects, and leaves nothing unhandled, when the engine fails in a group that was read ahead", async () => {
    let runs = 0;
    const runtime: Runtime = {
      name: "failing",
      async open(graph, sessionOptions) {
        const session = await onnxRuntime.open(graph, sessionOptions);
        return {
          ...session,
          run: async (feeds) => (++runs > 1 ? Promise.reject(new Error("out")) : session.run(feeds)),
        };
      },
    };
    await using tagger = await openLabelTagger(tiny, { ...usualOptions, runtime, documentsAtOnce: 2 });
    const ids: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { id } of tagger.tag(stream(short))) ids.push(id);
    };
    expect(await failureOf(loop())).toMatchObject({ message: "out" });
    expect(ids).toEqual(["0", "1"]);
  });

  it("knows a model from another one", async () => {
    const fingerprint = async (model: ModelFolder): Promise<string> => {
      await using tagger = await openLabelTagger(model, usualOptions);
      return tagger.resumption!.fingerprint;
    };
    const [name, values] = [...tiny.parameters][3]!;
    const changed = new Map(tiny.parameters).set(
      name,
      values.map((value) => value + 1e-3),
    );
    const usual = await fingerprint(tiny);
    expect(await fingerprint({ ...tiny, parameters: new Map([...tiny.parameters].toReversed()) })).toBe(
      usual,
    );
    expect(await fingerprint({ ...tiny, parameters: changed })).not.toBe(usual);
    expect(await fingerprint({ ...tiny, nerium: { ...tiny.nerium, tagged: [] } })).not.toBe(usual);
  });
});
