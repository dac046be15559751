/** @file llama.cpp in this process on a random model: answers that a grammar holds to their texts, and free ones. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasLlamaCpp } from "../../../test/llama-cpp.ts";
import { failureOf } from "../../../test/tiny-models.ts";
import { type TinyGguf, writeTinyGguf } from "../../../test/tiny-gguf.ts";
import { styles, typesOf } from "../../instructions/index.ts";
import { openAnswerEngine } from "../answers/answer-engine.ts";
import type { Answer, TooLong } from "../answers/types.ts";
import type { Question } from "../engine.ts";
import { openTagger } from "../index.ts";
import { type LlamaCppOptions, openLlamaCppAnswerer } from "./llama-cpp-answerer.ts";
import { loadLlamaCpp } from "./load.ts";

const available = await hasLlamaCpp();
const describeWithLlamaCpp = available
  ? describe
  : (name: string, body: () => void) =>
      describe.skip(`${name} (skipped: node-llama-cpp is not installed)`, body);

let folder = "";
let files: TinyGguf = { model: "", adapter: "" };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nerium-llama-"));
  if (available) files = await writeTinyGguf(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const texts = [
  "Gout after zinc.",
  'we write <mark> and "@@" and \\ here ##',
  "🧬 TGF-β1\tcauses (e\u0301) gout",
  "x",
];

function questionsFor(
  style: "nerllama" | "bioner-llama" | "list",
  types: readonly string[],
  all = texts,
): Question[] {
  const named = typesOf(style, types);
  return all.map((text, at) => {
    const [instruction] = styles[style].render({ text, mentions: [] }, named, {});
    return { text, instruction: instruction!, types: named, seeds: [at] };
  });
}

async function answersOf(
  options: Partial<LlamaCppOptions>,
  questions: readonly Question[],
  temperature = 0,
): Promise<(Answer | TooLong)[]> {
  const given: LlamaCppOptions = { model: files.model, style: "nerllama", threads: 1, ...options };
  await using answerer = await openLlamaCppAnswerer(given);
  const answers: (Answer | TooLong)[] = [];
  await answerer.answer(questions, { temperature, onAnswer: (at, answer) => void (answers[at] = answer) });
  return answers;
}

const textOf = (answer: Answer | TooLong): string => ("text" in answer ? answer.text : "");

describeWithLlamaCpp("llama.cpp", () => {
  it.each([
    ["nerllama", ["Disease"]],
    ["nerllama", ["Disease", "Chemical", "Gene"]],
    ["bioner-llama", ["Disease", "Gene"]],
  ] as const)("copies texts as they are and closes every tag: %s %o", async (style, types) => {
    const questions = questionsFor(style, types);
    const { tags, end } = styles[style].signsOf!(questions[0]!.types);
    const signs = Array.from(tags.values(), ({ open, close }) => [open, close] as const);
    const counts = new Set<number>();
    for (const temperature of [0, 1, 1.5]) {
      const answers = await answersOf({ style }, questions, temperature);
      for (const [at, answer] of answers.entries()) {
        expect(answer).toMatchObject({ ending: "stop", inputTokens: expect.any(Number) as number });
        const text = texts[at]! + end;
        const pieces = untagged(textOf(answer), text, signs);
        expect(pieces).toBeDefined();
        counts.add(pieces!);
      }
    }
    expect(counts.size).toBeGreaterThan(2);
  });

  it("gives the tagger exact places, and what it cost", async () => {
    await using tagger = await openTagger({
      model: files.model,
      types: ["gene", "Disease"],
      samples: 2,
      seed: 4,
      threads: 1,
    });
    async function* documents() {
      for (const text of texts) yield { id: text, passages: [{ text, mentions: [] }] };
    }
    let mentions = 0;
    for await (const { id, passages } of tagger.tag(documents())) {
      expect(passages[0]!.text).toBe(id);
      for (const { type } of passages[0]!.mentions) expect(["Gene", "Disease"]).toContain(type);
      mentions += passages[0]!.mentions.length;
    }
    expect(mentions).toBeGreaterThan(0);
    const { cost, marks, truncated } = tagger.report!();
    expect(cost.questions).toBe(2 * texts.length);
    expect(cost.outputTokens).toBeGreaterThan(50);
    expect(cost.cachedTokens).toBeGreaterThan(0);
    expect(truncated).toBe(0);
    expect(marks!.unclosed + marks!.truncated + marks!.edited).toBe(0);
  });

  it("draws the same for the same seeds, another for others, the likeliest at temperature 0", async () => {
    const [question] = questionsFor("nerllama", ["Disease"], ["Gout after zinc and iron and gout"]);
    const seeded = (...seeds: number[]): Question[] => seeds.map((seed) => ({ ...question!, seeds: [seed] }));
    const drawn = await answersOf({ sequences: 1 }, seeded(1, 2, 3, 4, 5, 1), 1.5);
    expect(textOf(drawn[5]!)).toBe(textOf(drawn[0]!));
    expect(new Set(drawn.map(textOf)).size).toBeGreaterThan(2);
    const likeliest = await answersOf({}, seeded(1, 2), 0);
    expect(textOf(likeliest[1]!)).toBe(textOf(likeliest[0]!));
  });

  it("applies an adapter", async () => {
    const questions = questionsFor(
      "nerllama",
      ["Disease"],
      ["Gout after zinc and iron and gout in rats with asthma"],
    );
    const [plain] = await answersOf({ grammar: false }, questions);
    const [adapted] = await answersOf({ grammar: false, lora: files.adapter }, questions);
    expect(textOf(adapted!)).not.toBe(textOf(plain!));
  });

  it("writes freely if asked to, as long as it may; the aligner makes the best of it", async () => {
    const questions = questionsFor("list", ["Disease"]);
    const answers = await answersOf({ style: "list" }, questions);
    expect(answers.some((answer) => "ending" in answer && answer.ending === "length")).toBe(true);
    const answerer = await openLlamaCppAnswerer({ model: files.model, style: "list", threads: 1 });
    await using engine = openAnswerEngine({ answerer, style: "list" });
    const replies = await engine.ask(questions, { temperature: 0 });
    expect(replies).toHaveLength(texts.length);
  });

  it("says so where prompt and text are too long", async () => {
    const [long, short] = await answersOf(
      { contextSize: 512 },
      questionsFor("nerllama", ["Disease"], ["gout ".repeat(400), "x"]),
    );
    expect(long).toMatchObject({ tooLong: expect.stringMatching(/512/) as string });
    expect(short).toHaveProperty("text");
  });

  it("names the file that it cannot open", async () => {
    const bad = join(folder, "bad.gguf");
    await writeFile(bad, "GGUF, but not for long");
    const error = await failureOf(openLlamaCppAnswerer({ model: bad, style: "nerllama" }));
    expect(error).toMatchObject({ code: "MODEL_FORMAT", file: bad });
  });
});

it("tells how to install the package where it is not there", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  const error = await failureOf(loadLlamaCpp(() => Promise.reject(missing)));
  expect(error).toMatchObject({ code: "USAGE" });
  expect((error as Error).message).toMatch(/npm install node-llama-cpp@3\.\d+\.\d+ --ignore-scripts/);
  await expect(loadLlamaCpp(() => Promise.reject(new Error("other")))).rejects.toThrow("other");
});

/** The number of mentions of an answer that is the text with well-formed tags; undefined if it is not. */
function untagged(
  answer: string,
  text: string,
  signs: readonly (readonly [string, string])[],
): number | undefined {
  // All ways to read an answer: the text may hold signs itself.
  let states = [{ answer: 0, text: 0, open: -1, mentions: 0 }];
  while (states.length > 0) {
    const next: typeof states = [];
    for (const state of states) {
      if (state.answer === answer.length && state.text === text.length && state.open < 0)
        return state.mentions;
      if (answer[state.answer] === text[state.text] && state.text < text.length)
        next.push({ ...state, answer: state.answer + 1, text: state.text + 1 });
      for (const [at, [open, close]] of signs.entries()) {
        if (state.open < 0 && answer.startsWith(open, state.answer))
          next.push({ ...state, answer: state.answer + open.length, open: at });
        if (state.open === at && answer.startsWith(close, state.answer))
          next.push({
            ...state,
            answer: state.answer + close.length,
            open: -1,
            mentions: state.mentions + 1,
          });
      }
    }
    states = next;
  }
  return undefined;
}
