/**
 * @file The markup engine against token-by-token greedy decoding by the same network: answers compared first, then passes
 * and time; and texts full of tags' own signs, which must come out unchanged.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openCorpus } from "../src/corpora/index.ts";
import type { Document } from "../src/documents/index.ts";
import { type StyleName, styles, typesOf } from "../src/instructions/index.ts";
import { type LanguageNetwork, openLanguageNetwork } from "../src/models/language-model-network.ts";
import type { Memory } from "../src/models/language-model-memory.ts";
import { encodePrompt } from "../src/models/language-model-rows.ts";
import type { LlamaConfig } from "../src/models/llama.ts";
import { readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { randomFrom } from "../src/shared/random.ts";
import type { Question } from "../src/tagging/engine.ts";
import { builtinModels } from "../src/hub/index.ts";
import { openSentenceTagger } from "../src/tagging/index.ts";
import { openMarkupEngine } from "../src/tagging/markup/markup-engine.ts";
import { chooseGreedily } from "../src/tagging/markup/walk.ts";
import { openTokenizer, type Tokenizer } from "../src/tokens/index.ts";
import type { Parameters } from "../src/training/parameters.ts";
import { decodeTokenByToken } from "../test/reference-markup.ts";
import { toySentences, toyTypes } from "../test/toy-marking.ts";
import { interleaved, machine, type Timing } from "./measure.ts";

const rounds = 3;
const shared = fileURLToPath(new URL("../../shared/data/corpora/ncbi-disease/bio/dev.tsv", import.meta.url));

interface Model {
  readonly name: string;
  readonly style: StyleName;
  readonly config: LlamaConfig;
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
  readonly types: readonly string[];
  readonly texts: readonly string[];
}

/** `count`: how many texts full of signs are tagged, 10,000 if absent. */
export async function benchMarkup([count = "10000"]: readonly string[]): Promise<void> {
  console.log(machine());
  for (const model of [await trained(sparse), await trained(dense), await builtin()]) {
    for (const atOnce of [64, 1]) await compare(model, model.texts.slice(0, atOnce === 1 ? 32 : 128), atOnce);
  }
  await checkTexts(await trained(dense), Number(count));
}

/** Mentions a word: of abstracts (NCBI-disease has one a sentence), and of the language that the tests' model learnt. */
const sparse = 0.05;
const dense = 0.3;

/** The tests' model, which has learnt to mark a made-up language. */
async function trained(density: number): Promise<Model> {
  const folder = fileURLToPath(new URL("../test/fixtures/markup", import.meta.url));
  const { config, parameters, tokenizer } = await readModelFolder(folder);
  const texts = toySentences(128, 5, 50, density).map(({ text }) => text);
  return {
    name: "trained, 60 thousand weights",
    style: "nerllama",
    config: { ...config, maximumLength: 1024 },
    parameters,
    tokenizer: openTokenizer(tokenizer),
    types: toyTypes,
    texts,
  };
}

/** The built-in model's markup edition, on sentences that it has not learnt. */
async function builtin(): Promise<Model> {
  const { config, parameters, tokenizer, nerium } = await readModelFolder(
    builtinModels.get("built-in-markup")!,
  );
  const texts = existsSync(shared)
    ? await sentencesOf(shared)
    : toySentences(128, 5, 30).map(({ text }) => text);
  return {
    name: "built-in, markup edition",
    style: nerium.instruction!.style,
    config: { ...config, maximumLength: 1024 },
    parameters,
    tokenizer: openTokenizer(tokenizer),
    types: ["Disease"],
    texts,
  };
}

async function sentencesOf(path: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { passages } of openCorpus(path, { type: "Disease" }))
    texts.push(...passages.map(({ text }) => text.trim()));
  return texts.slice(0, 128);
}

const newNetwork = ({ config, parameters }: Model): LanguageNetwork =>
  openLanguageNetwork(config, parameters, { runtime: onnxRuntime, threads: 2 });

function questionsFor({ style, types }: Model, texts: readonly string[]): Question[] {
  const named = typesOf(style, types);
  return texts.map((text) => {
    const [instruction] = styles[style].render({ text, mentions: [] }, named, {});
    return { text, instruction: instruction!, types: named, seeds: [0] };
  });
}

async function compare(model: Model, texts: readonly string[], atOnce: number): Promise<void> {
  const questions = questionsFor(model, texts);
  const groups = Array.from({ length: Math.ceil(texts.length / atOnce) }, (_, at) =>
    questions.slice(at * atOnce, (at + 1) * atOnce),
  );
  const [ours, again, theirs] = [newNetwork(model), newNetwork(model), newNetwork(model)];
  const { style } = model;
  await using engine = await openMarkupEngine({ network: ours, tokenizer: model.tokenizer, style });
  await using forgetful = await openMarkupEngine({
    network: again,
    tokenizer: model.tokenizer,
    style,
    remembers: false,
  });
  await using _ = theirs;
  const found = new Map<string, string[]>();
  const ask = (name: string, one: typeof engine) => async () => {
    const all: string[] = [];
    for (const group of groups) {
      const replies = await one.ask(group, { temperature: 0 });
      all.push(...replies.map(({ mentions }) => places(mentions)));
    }
    found.set(name, all);
  };
  const start = await promptStart(model, theirs, questions);
  const byToken = async () => {
    const all: string[] = [];
    for (const group of groups) all.push(...(await tokenByToken(model, theirs, group, start)));
    found.set("theirs", all);
  };
  const works = { ours: ask("ours", engine), theirs: byToken, again: ask("again", forgetful) };
  const times = await interleaved(works, rounds);
  const [fast, slow, plain] = [found.get("ours")!, found.get("theirs")!, found.get("again")!];
  const same = fast.filter((one, at) => one === slow[at] && one === plain[at]).length;
  const mentions = fast.reduce((sum, one) => sum + one.split(";").length - 1, 0);
  const perSentence = (count: number): string => (count / texts.length).toFixed(2);
  const line = (name: string, passes: number, { median, processor }: Timing): void => {
    const [clock, used] = [median, processor].map((time) => (time / 1000).toFixed(2));
    const each = perSentence(passes / (rounds + 1));
    console.log(`  ${name} ${each} passes a sentence, ${clock} s, ${used} s of the processor`);
  };
  console.log(
    `${model.name}; ${texts.length} sentences, ${atOnce} at once, ${perSentence(mentions)} mentions each`,
  );
  console.log(`  equal answers: ${same} of ${texts.length}`);
  line("markup engine:     ", engine.cost.passes, times.ours);
  line("without its memory:", forgetful.cost.passes, times.again);
  line("token by token:    ", theirs.cost.rows, times.theirs);
  const [clock, used] = [
    times.theirs.median / times.ours.median,
    times.theirs.processor / times.ours.processor,
  ].map((ratio) => ratio.toFixed(1));
  console.log(`  ${clock} times as fast, with ${used} times less of the processor`);
}

function places(mentions: readonly { start: number; end: number; type: string }[]): string {
  return mentions.map(({ start, end, type }) => `${start}-${end} ${type};`).join("");
}

/** What all prompts begin with, read once: neither way of decoding has to read it again. */
async function promptStart(
  { tokenizer }: Model,
  network: LanguageNetwork,
  questions: readonly Question[],
): Promise<Memory> {
  const prompts = await Promise.all(
    questions.map(async ({ instruction }) => [...(await encodePrompt(tokenizer, instruction))]),
  );
  const first = prompts[0]!;
  const parts = first.findIndex((id, at) => prompts.some((prompt) => prompt[at] !== id));
  const tokens = first.slice(0, parts < 0 ? -1 : parts);
  const [read] = await network.next([{ tokens, places: [] }]);
  return read!.memory;
}

/** Every sentence writes one token in each pass, with all before it remembered; the rest of its prompt is read in one. */
async function tokenByToken(
  model: Model,
  network: LanguageNetwork,
  questions: readonly Question[],
  start: Memory,
): Promise<string[]> {
  const { style, tokenizer } = model;
  const waiting: {
    tokens: number[];
    memory: Memory | undefined;
    done: (scores: Float32Array, memory: Memory) => void;
  }[] = [];
  let writing = questions.length;
  const runWhenAllWait = async (): Promise<void> => {
    if (waiting.length < writing || writing === 0) return;
    const rows = waiting.splice(0);
    const scored = await network.next(
      rows.map(({ tokens, memory }) => ({
        tokens,
        memory,
        places: [{ at: tokens.length - 1, candidates: [] }],
      })),
    );
    scored.forEach(({ scores, memory }, at) => rows[at]!.done(scores[0]!, memory));
  };
  const decode = async ({ text, instruction, types }: Question): Promise<string> => {
    const { tags, end } = styles[style].signsOf!(types);
    let read = start.length;
    let memory: Memory | undefined = start;
    let scores = new Float32Array();
    const next = async (ids: readonly number[]): Promise<Float32Array> => {
      while (read < ids.length) {
        const tokens = ids.slice(read, Math.max(prompt.length, read + 1));
        await new Promise<void>((resolve) => {
          waiting.push({
            tokens,
            memory,
            done: (found, grown) => {
              [scores, memory] = [found as Float32Array<ArrayBuffer>, grown];
              resolve();
            },
          });
          void runWhenAllWait();
        });
        read += tokens.length;
      }
      return scores;
    };
    const prompt = [...(await encodePrompt(tokenizer, instruction))];
    const decoded = await decodeTokenByToken({
      text,
      end,
      signs: tags,
      tokenizer,
      prompt,
      next,
      choose: chooseGreedily,
    });
    await next([...prompt, ...decoded.ids]); // what was decided last is written too
    writing--;
    void runWhenAllWait();
    return places(decoded.mentions);
  };
  return Promise.all(questions.map(decode));
}

/** Signs of all styles, emoji, halves of them, white space: whatever the model says, texts stay as they are. */
async function checkTexts(model: Model, count: number): Promise<void> {
  const { style } = model;
  const pieces = [
    "gout",
    "with",
    "given",
    "@@",
    "##",
    "@disease@",
    "#chem#",
    "<",
    "</span>",
    "🧬",
    "👩‍🔬",
    "𝛽",
    "e\u0301",
    "\uD83E",
    " ",
    "  ",
    "\t",
    ".",
    "TGF-β1",
    "<mark>",
  ];
  const random = randomFrom(8);
  const textOf = (): string =>
    Array.from(
      { length: 1 + Math.floor(random() * 14) },
      () => pieces[Math.floor(random() * pieces.length)]! + (random() < 0.7 ? " " : ""),
    ).join("");
  const texts = Array.from({ length: count }, textOf);
  async function* documents(): AsyncGenerator<Document> {
    for (const [at, text] of texts.entries())
      yield { id: String(at), passages: [{ text, kind: "sentence", mentions: [] }] };
  }
  const engine = await openMarkupEngine({ network: newNetwork(model), tokenizer: model.tokenizer, style });
  await using tagger = openSentenceTagger({
    engine,
    name: "bench",
    style,
    types: model.types,
    temperature: 1,
  });
  let [unchanged, mentions] = [0, 0];
  for await (const { id, passages } of tagger.tag(documents())) {
    const [passage] = passages;
    const apart = passage!.mentions.every(
      ({ start, end }, at) =>
        start >= (passage!.mentions[at - 1]?.end ?? 0) && end > start && end <= passage!.text.length,
    );
    if (passage!.text === texts[Number(id)] && apart) unchanged++;
    mentions += passage!.mentions.length;
  }
  console.log(
    `texts full of signs and emoji: ${unchanged} of ${count} unchanged, ${mentions} mentions drawn in them`,
  );
}
