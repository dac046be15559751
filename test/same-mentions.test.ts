/** @file The built-in model on sentences of a real abstract, put together at random: the same mentions however it is run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Document, Mention } from "../src/documents/index.ts";
import { readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { workerRuntime } from "../src/runtime/worker-runtime.ts";
import { randomFrom, shuffle } from "../src/shared/random.ts";
import { type LabelTaggerOptions, openLabelTagger } from "../src/tagging/label-tagger.ts";
import { precisions } from "../src/tagging/precision.ts";
import { builtinFolder } from "../src/hub/index.ts";

const model = await readModelFolder(builtinFolder);
const abstract = readFileSync(join(import.meta.dirname, "../examples/abstract.txt"), "utf8");
const sentences = abstract.split(/(?<=\.)\s+/).filter((sentence) => sentence.length > 20);

/** From one sentence to several windows. */
const documents: Document[] = [1, 2, 3, 1, 5, 2, 12, 4, 1, 3].map((count, index) => {
  const random = randomFrom(index);
  const texts = Array.from({ length: count }, () => sentences[Math.floor(random() * sentences.length)]!);
  return {
    id: `${index}`,
    passages: [texts.slice(0, 1), texts.slice(1)].map((part) => ({ text: part.join(" "), mentions: [] })),
  };
});

async function mentionsOf(
  given: readonly Document[],
  options: Partial<LabelTaggerOptions>,
): Promise<Map<string, readonly Mention[]>> {
  await using tagger = await openLabelTagger(model, { runtime: workerRuntime, name: "built-in", ...options });
  async function* stream(): AsyncGenerator<Document> {
    yield* given;
  }
  const found = new Map<string, readonly Mention[]>();
  for await (const { id, passages } of tagger.tag(stream())) {
    found.set(
      id,
      passages.flatMap(({ mentions }) => mentions),
    );
  }
  return found;
}

const shuffled = (): Document[] => {
  const all = [...documents];
  shuffle(all, randomFrom(7));
  return all;
};

it.each(precisions)(
  "finds the same mentions whatever threads, batches, groups and order: %s",
  async (precision) => {
    const usual = await mentionsOf(documents, { precision, threads: 1 });
    expect([...usual.values()].flat().length).toBeGreaterThan(40);
    expect(new Set([...usual.values()].flat().map(({ type }) => type)).size).toBeGreaterThan(1);
    const others: [readonly Document[], Partial<LabelTaggerOptions>][] = [
      [documents, { threads: 2 }],
      [documents, { threads: 2, runtime: onnxRuntime }], // one session of two threads
      [documents, { threads: 2, batchTokens: 300 }],
      [documents, { threads: 1, batchTokens: 1e5 }],
      [shuffled(), { threads: 2, documentsAtOnce: 1 }],
      [shuffled(), { threads: 2, documentsAtOnce: 3 }],
    ];
    let worst = 0;
    for (const [given, options] of others) {
      const found = await mentionsOf(given, { precision, ...options });
      for (const [id, mentions] of usual) {
        const other = found.get(id)!;
        const places = (all: readonly Mention[]) => all.map(({ start, end, type }) => ({ start, end, type }));
        expect(places(other)).toEqual(places(mentions));
        const apart = mentions.map(({ score }, index) => Math.abs(score! - other[index]!.score!));
        worst = Math.max(worst, ...apart);
      }
    }
    expect(worst).toBeLessThan(1e-4);
  },
  120_000,
);
