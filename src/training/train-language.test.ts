/** @file Whole tiny runs that teach a language model to mark: what they write, how it is scored, and tagging with it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TinyFolder, resolveTiny, tinyFolder, trainTiny } from "../../test/tiny-training.ts";
import { toySentences } from "../../test/toy-marking.ts";
import { readAdaptedModel } from "../adapters/read-adapted.ts";
import { devScores } from "../cli/dev-scores.ts";
import type { Passage } from "../documents/index.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { openTagger, tagText } from "../tagging/index.ts";
import type { TrainingEvent } from "./events.ts";

/** A tiny model that marks -itis as Disease and -ol as Chemical (scripts/make-markup-fixture.ts). */
const marker = join(import.meta.dirname, "../../test/fixtures/markup");

/** What the marker has to learn anew: the two types have changed places. */
const swapped: Readonly<Record<string, string>> = { Disease: "Chemical", Chemical: "Disease" };

const recipeText = `task: language
from: ${JSON.stringify(marker)}
out: out
seed: 3
types: [Disease, Chemical]
instruction: { style: nerllama }
data: [{ path: train.jsonl, annotates: [Disease, Chemical] }]
dev: [{ path: dev.jsonl, name: toy, annotates: [Disease, Chemical] }]
window: { size: 300, overlap: 0 }
training: { steps: 60, batchTokens: 2048, learningRate: 0.01, dropout: 0, average: 0, evaluateEvery: 0.2, threads: 1 }
`;
const lora = "adapter={rank: 8, alpha: 16, dropout: 0}";

const jsonLines = (sentences: readonly Passage[]): string =>
  sentences
    .map(({ text, mentions }, at) => {
      const entities = mentions.map(({ start, end, type }) => ({ start, end, label: swapped[type] }));
      return `${JSON.stringify({ id: `s${at}`, text, entities })}\n`;
    })
    .join("");

let folder: TinyFolder;
beforeAll(() => {
  folder = tinyFolder();
  folder.write("train.jsonl", jsonLines(toySentences(1500, 1)));
  folder.write("dev.jsonl", jsonLines(toySentences(40, 2)));
});
afterAll(() => folder[Symbol.dispose]());

const run = (...overrides: string[]): Promise<TrainingEvent[]> =>
  trainTiny(resolveTiny(folder, recipeText, ...overrides), {
    evaluate: (model, resolved) => devScores(model, resolved, onnxRuntime),
  });
const means = (events: readonly TrainingEvent[]): number[] =>
  events.flatMap((event) => (event.type === "evaluation-end" ? [event.scores["mean"]!] : []));

describe("a run that teaches marks", () => {
  it.each([
    ["all weights", [], "model.safetensors"],
    ["an adapter", [lora, "training.learningRate=0.02"], "adapter_model.safetensors"],
    [
      "an adapter, rows packed, over NF4, block by block",
      [
        lora,
        "training.learningRate=0.02",
        "window.packing=true",
        "quantize.storage=nf4",
        "training.execution=blocks",
      ],
      "adapter_model.safetensors",
    ],
  ])(
    "learns with %s, is scored by marking dev, and leaves what tags",
    async (name, overrides, file) => {
      const out = name.replaceAll(/\W/g, "-");
      const events = await run(`out=${out}`, ...overrides);
      const scores = means(events);
      expect(scores.at(-1)).toBeGreaterThan(0.3); // of 0, where it began
      const model = join(folder.path, out, "model");
      expect(existsSync(join(model, file))).toBe(true);
      expect(JSON.parse(readFileSync(join(model, "nerium.json"), "utf8"))).toMatchObject({
        task: "language",
        instruction: { style: "nerllama", types: ["Disease", "Chemical"], perType: false },
      });
      const { recipe } = resolveTiny(folder, recipeText);
      const again = await devScores(await readAdaptedModel(model), recipe, onnxRuntime);
      expect(again["mean"]).toBeCloseTo(Math.max(...scores), 1); // kept as bfloat16, or over weights that were not quantised
      await using tagger = await openTagger({ model, threads: 1 });
      expect(tagger.info.types).toEqual(["Disease", "Chemical"]);
      const text = "the patient with gastritis was given dermol.";
      for (const { start, end } of await tagText(tagger, text)) expect(text.slice(start, end)).not.toBe("");
    },
    600_000,
  );

  it("says what it leaves out", async () => {
    const events = await run(
      "out=short",
      "window.size=150",
      "training.steps=1",
      "instruction.negatives=0.5",
      "dev=[]",
    );
    const notes = events.flatMap((event) => (event.type === "run-start" ? event.notes : []));
    const [, sentences, asked, tooLong, negatives] =
      /^(\d+) sentences, (\d+) instructions; (\d+) are longer .* (\d+) without a mention/
        .exec(notes[0]!)!
        .map(Number);
    expect(sentences).toBe(1500);
    expect(asked! + negatives!).toBe(1500);
    expect(negatives).toBeGreaterThan(80);
    expect(tooLong).toBeGreaterThan(0);
    expect(tooLong).toBeLessThan(asked!);
  });

  it("does not know the task before", async () => {
    const { recipe } = resolveTiny(folder, recipeText);
    const scores = await devScores(await readAdaptedModel(marker), recipe, onnxRuntime);
    expect(scores["mean"]).toBeLessThan(0.05);
  });
});
