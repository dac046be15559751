/** @file A made-up language with diseases in -itis and chemicals in -ol → corpora and recipes small enough to learn in seconds. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Document, Mention } from "../src/documents/index.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { type Random, randomFrom } from "../src/shared/random.ts";
import type { TrainingEvent } from "../src/training/events.ts";
import type { ResolvedRecipe } from "../src/training/recipe.ts";
import { resolveRecipe } from "../src/training/recipe.ts";
import { train, type TrainEffects } from "../src/training/train.ts";

const stems = ["gastr", "derm", "hepat", "nephr", "col", "arthr", "mening", "neur", "rhin", "ot"];
const plain = [
  "the",
  "patient",
  "had",
  "severe",
  "with",
  "treated",
  "by",
  "and",
  "of",
  "was",
  "given",
  "for",
];

/** `suffixes` names the types that occur: {"itis": "Disease"}. */
function passage(
  random: Random,
  words: number,
  suffixes: Readonly<Record<string, string>>,
): [string, Mention[]] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const mentions: Mention[] = [];
  let text = "";
  for (let word = 0; word < words; word++) {
    if (word > 0) text += " ";
    if (random() < 0.3) {
      const [suffix, type] = pick(Object.entries(suffixes));
      mentions.push({ start: text.length, end: text.length + pick(stems).length + suffix.length, type });
      text += "?".repeat(mentions.at(-1)!.end - text.length - suffix.length) + suffix;
    } else text += pick(plain);
  }
  return [fillStems(text, random), mentions];
}

/** A stem of the length that was left open for it. */
function fillStems(text: string, random: Random): string {
  return text.replaceAll(/\?+/g, (open) => {
    const fitting = stems.filter(({ length }) => length === open.length);
    return fitting[Math.floor(random() * fitting.length)]!;
  });
}

export interface TinyCorpus {
  readonly documents: number;
  readonly seed: number;
  /** Words of each of the two passages; 8 if absent. */
  readonly words?: number;
  readonly suffixes?: Readonly<Record<string, string>>;
}

export function tinyDocuments({
  documents,
  seed,
  words = 8,
  suffixes = { itis: "Disease" },
}: TinyCorpus): Document[] {
  const random = randomFrom(seed);
  return Array.from({ length: documents }, (_, index) => ({
    id: String(seed * 1000 + index),
    passages: ["title", "abstract"].map((kind) => {
      const [text, mentions] = passage(random, words, suffixes);
      return { kind, text, mentions };
    }),
  }));
}

/** PubTator by hand: the writer of the product is not what these tests are about. Texts must be without astral characters. */
export function pubTatorOf(documents: readonly Document[]): string {
  return documents
    .map(({ id, passages: [title, abstract] }) => {
      const offset = title!.text.length + 1;
      const rows = [
        ...title!.mentions.map(({ start, end, type }) => [start, end, title!.text.slice(start, end), type]),
        ...abstract!.mentions.map(({ start, end, type }) => [
          start + offset,
          end + offset,
          abstract!.text.slice(start, end),
          type,
        ]),
      ];
      return `${[`${id}|t|${title!.text}`, `${id}|a|${abstract!.text}`, ...rows.map((row) => [id, ...row].join("\t"))].join("\n")}\n\n`;
    })
    .join("");
}

export interface TinyFolder extends Disposable {
  readonly path: string;
  write(name: string, content: string | Uint8Array): string;
}

/** A temporary folder that goes with the test's scope; `write` gives the file's path. */
export function tinyFolder(): TinyFolder {
  const path = mkdtempSync(join(tmpdir(), "nerium-tiny-"));
  return {
    path,
    write(name, content) {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** One thread: sums are then added in the same order on every machine. */
export const tinyRecipe = `out: out
seed: 7
vocabularySize: 320
types: [Disease]
model: { hidden: 16, layers: 1, heads: 2, kvHeads: 1, intermediate: 32 }
data: [{ path: train.pubtator }]
window: { size: 24, overlap: 8 }
training: { steps: 12, batchTokens: 96, learningRate: 3e-3, average: 0.9, threads: 1 }
`;

export const tinyMaskedRecipe = tinyRecipe.replace("types: [Disease]\n", "task: masked\n");

export function resolveTiny(folder: TinyFolder, text: string, ...overrides: string[]): ResolvedRecipe {
  return resolveRecipe(text, {
    file: join(folder.path, "tiny.yaml"),
    overrides,
    workingDirectory: folder.path,
  });
}

/** Runs a recipe to its end or until `effects` stop it; there is no dev score unless `effects` give one. */
export async function trainTiny(
  resolved: ResolvedRecipe,
  effects: Partial<TrainEffects> = {},
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  const run = train(resolved, {
    runtime: onnxRuntime,
    now: () => 0,
    peakBytes: () => 0,
    signal: new AbortController().signal,
    restart: false,
    evaluate: async () => ({ mean: 0 }),
    ...effects,
  });
  for await (const event of run) events.push(event);
  return events;
}

type StepEnd = Extract<TrainingEvent, { type: "step-end" }>;

/** Steps and losses as they were told or logged. */
export function lossCurve(events: readonly TrainingEvent[]): [step: number, loss: number, norm: number][] {
  return events
    .filter((event): event is StepEnd => event.type === "step-end")
    .map(({ step, loss, gradientNorm }) => [step, loss, gradientNorm]);
}

export function readEvents(text: string): TrainingEvent[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainingEvent);
}
