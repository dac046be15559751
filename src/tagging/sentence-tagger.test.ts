/** @file Documents through a fake engine: exact places, texts that come out as they went in, passes, samples, votes, shots. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import { noCost, type Engine, type Question, type Reply } from "./engine.ts";
import { openSentenceTagger, type SentenceTaggerOptions } from "./sentence-tagger.ts";
import { shotSource } from "./shot-source.ts";

type Answer = (question: Question, temperature: number) => Reply;

/** Marks each "gout" and "zinc" that is asked for. */
const marker: Answer = ({ text, types }) => ({
  mentions: [...text.matchAll(/gout|zinc/g)].flatMap(({ 0: word, index: start }) => {
    const type = word === "gout" ? "Disease" : "Chemical";
    if (!types.some((one) => one.type === type)) return [];
    return [{ start, end: start + 4, type, alignment: "exact" as const }];
  }),
});

function engineOf(answer: Answer, asked: Question[][] = [], atOnce = 8): Engine {
  return {
    name: "fake",
    atOnce,
    cost: noCost,
    async ask(questions, { temperature }) {
      asked.push([...questions]);
      return questions.map((question) => answer(question, temperature));
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function tag(
  documents: readonly Document[],
  options: Partial<SentenceTaggerOptions> & { answer?: Answer; asked?: Question[][]; atOnce?: number } = {},
  tagOptions = {},
) {
  const { answer = marker, asked, atOnce, ...rest } = options;
  const engine = engineOf(answer, asked, atOnce);
  const types = ["Disease", "Chemical"];
  await using tagger = openSentenceTagger({ engine, name: "fake", style: "nerllama", types, ...rest });
  async function* stream(): AsyncGenerator<Document> {
    yield* documents;
  }
  const tagged: Document[] = [];
  for await (const document of tagger.tag(stream(), tagOptions)) tagged.push(document);
  return { tagged, report: tagger.report() };
}

const documentOf = (...texts: string[]): Document => ({
  id: "d",
  passages: texts.map((text) => ({ text, mentions: [] })),
});

const found = ({ passages }: Document): string[] =>
  passages.flatMap(({ text, mentions }) =>
    mentions.map(({ start, end, type }) => `${start} ${text.slice(start, end)} ${type}`),
  );

describe("places", () => {
  it("are exact in whole passages, whatever the sentences", async () => {
    const text = "  Zinc? zinc!\n\n 🧬 cures gout.  E. coli has no gout. ";
    const { tagged, report } = await tag([documentOf(text, "", "gout")]);
    expect(found(tagged[0]!)).toEqual([
      "8 zinc Chemical",
      "25 gout Disease",
      "47 gout Disease",
      "0 gout Disease",
    ]);
    expect(report.sentences).toBeGreaterThan(3);
  });

  it("hold for any text, and texts, kinds and separators come out as they went in", async () => {
    const piece = fc.constantFrom(
      "gout",
      "zinc",
      ". ",
      "A",
      " ",
      "\n",
      "🧬",
      "e\u0301",
      "\uD83E",
      "! ",
      "@@",
      "##",
      "<",
    );
    const texts = fc.array(
      fc.array(piece, { maxLength: 20 }).map((parts) => parts.join("")),
      { maxLength: 3 },
    );
    const property = fc.asyncProperty(texts, async (texts) => {
      const passages = texts.map((text) => ({ text, kind: "abstract", mentions: [] as Mention[] }));
      const given: Document = { id: "x", separator: "\n", passages };
      const { tagged } = await tag([given]);
      const expected = texts.map((text) => [...text.matchAll(/gout|zinc/g)].map(({ index }) => index));
      expect(tagged[0]!.passages.map(({ mentions }) => mentions.map(({ start }) => start))).toEqual(expected);
      const bare = tagged[0]!.passages.map((passage) => ({ ...passage, mentions: [] }));
      expect({ ...tagged[0]!, passages: bare }).toEqual(given);
    });
    await fc.assert(property, { numRuns: 200, seed: 2 });
  });

  it("let no gold mention through, not even to where sentences end", async () => {
    const text = "The gout. Is bad.";
    const gold: Mention[] = [{ start: 4, end: 12, type: "Disease", ids: ["D1"] }];
    const asked: Question[][] = [];
    const given: Document = { id: "g", passages: [{ text, mentions: gold }] };
    expect((await tag([given], { asked })).tagged).toEqual(
      (await tag([{ ...given, passages: [{ text, mentions: [] }] }])).tagged,
    );
    expect(asked.flat().map(({ text }) => text)).toEqual(["The gout.", "Is bad."]);
  });

  it("keep the order of documents, those without text too", async () => {
    const given = Array.from({ length: 20 }, (_, at) => ({
      ...documentOf(at % 3 === 0 ? "" : "gout"),
      id: String(at),
    }));
    const { tagged } = await tag(given);
    expect(tagged.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
    expect(tagged.map(({ passages }) => passages[0]!.mentions.length)).toEqual(
      given.map((_, at) => (at % 3 === 0 ? 0 : 1)),
    );
  });
});

describe("questions", () => {
  it("ask for all types at once, or for one type each, and for those only that are wanted", async () => {
    const asked: Question[][] = [];
    const typesAsked = () => asked.splice(0).map(([first]) => first!.types.map(({ type }) => type).join());
    await tag([documentOf("gout")], { asked });
    expect(typesAsked()).toEqual(["Disease,Chemical"]);
    await tag([documentOf("gout")], { asked, perType: true });
    expect(typesAsked()).toEqual(["Disease", "Chemical"]);
    const { tagged } = await tag([documentOf("gout zinc")], { asked }, { types: ["Chemical"] });
    expect(typesAsked()).toEqual(["Chemical"]);
    expect(found(tagged[0]!)).toEqual(["5 zinc Chemical"]);
  });

  it("show demonstrations that differ from sample to sample, but not from run to run", async () => {
    const pool = Array.from({ length: 30 }, (_, at) => ({ text: `shot ${at}`, mentions: [] }));
    for (const by of ["random", "similar"] as const) {
      const prompts = async () => {
        const asked: Question[][] = [];
        await tag([documentOf("a gout"), documentOf("a gout"), documentOf("no zinc")], {
          asked,
          samples: 4,
          shots: shotSource(pool, { count: 3, by }),
        });
        return asked.flat().map(({ instruction }) => instruction.prompt);
      };
      const first = await prompts();
      expect(new Set(first.slice(0, 4)).size).toBeGreaterThan(1);
      expect(first.slice(4, 8)).toEqual(first.slice(0, 4));
      expect(await prompts()).toEqual(first);
      expect(first[0]!.match(/^Output:/gm)).toHaveLength(3);
    }
  });

  it("come in groups of the engine's size", async () => {
    const asked: Question[][] = [];
    await tag(
      Array.from({ length: 10 }, () => documentOf("a. B. C.")),
      { asked, atOnce: 12, samples: 2 },
    );
    expect(asked.splice(0).map(({ length }) => length)).toEqual([12, 12, 12, 12, 12]);
    await tag([documentOf("A b. ".repeat(20))], { asked, atOnce: 12, samples: 2 });
    expect(asked.map(({ length }) => length)).toEqual([12, 12, 12, 4]);
  });

  it("are refused for a type that nobody offers", async () => {
    await expect(tag([documentOf("x")], {}, { types: ["Gene"] })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("samples", () => {
  const halfSure: Answer = (question, temperature) => {
    const { mentions } = marker(question, temperature);
    const sample = question.seeds.at(-1)!;
    return { mentions: mentions.filter(({ type }) => type === "Disease" || sample < 2) };
  };

  it("vote, and their share is the score", async () => {
    const one = documentOf("gout zinc");
    const scores = async (voteThreshold?: number) => {
      const { tagged } = await tag([one], { answer: halfSure, samples: 5, voteThreshold });
      return tagged[0]!.passages[0]!.mentions.map(({ type, score }) => [type, score]);
    };
    expect(await scores()).toEqual([["Disease", 1]]);
    expect(await scores(0.4)).toEqual([
      ["Disease", 1],
      ["Chemical", 0.4],
    ]);
  });

  it("are drawn, a single one is the likeliest", async () => {
    const temperatures: number[] = [];
    const answer: Answer = (question, temperature) => {
      temperatures.push(temperature);
      return marker(question, temperature);
    };
    await tag([documentOf("gout")], { answer });
    await tag([documentOf("gout")], { answer, samples: 2 });
    await tag([documentOf("gout")], { answer, samples: 2, temperature: 0.5 });
    expect(temperatures).toEqual([0, 1, 1, 0.5, 0.5]);
  });
});

describe("trouble", () => {
  const choosy: Answer = (question, temperature) =>
    question.text.length > 20
      ? { mentions: [], failed: { tooLong: true, problem: "too long" } }
      : marker(question, temperature);

  it("with the length is met by cutting at white space, as often as it takes", async () => {
    const text = `${"word ".repeat(8)}gout ${"word ".repeat(8)}zinc`;
    const { tagged, report } = await tag([documentOf(text)], { answer: choosy });
    expect(found(tagged[0]!)).toEqual(["40 gout Disease", "85 zinc Chemical"]);
    expect(report.cut).toBeGreaterThan(2);
  });

  it("that nothing helps against is an error", async () => {
    await expect(tag([documentOf("x".repeat(30))], { answer: choosy })).rejects.toThrow(
      /no answer for "xxx.*too long/,
    );
  });

  it("with marks and ends is counted", async () => {
    const answer: Answer = (question, temperature) => ({ ...marker(question, temperature), truncated: true });
    expect((await tag([documentOf("gout")], { answer })).report).toMatchObject({ truncated: 1 });
  });
});
