/** @file The markup engine against plain token-by-token constrained decoding, on random models and on a trained one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeTokenByToken } from "../../../test/reference-markup.ts";
import { byteTokenizer, tinyConfig } from "../../../test/tiny-models.ts";
import { toySentences, toyTypes } from "../../../test/toy-marking.ts";
import type { Mention, Passage } from "../../documents/index.ts";
import { builtinModels } from "../../hub/builtin-models.ts";
import {
  type BionerVariant,
  markedText,
  sentencesOf,
  type StyleName,
  styles,
  typesOf,
} from "../../instructions/index.ts";
import { openLanguageNetwork } from "../../models/language-model-network.ts";
import { encodeContinuations, encodePrompt } from "../../models/language-model-rows.ts";
import { languageParameters, type LlamaConfig } from "../../models/llama.ts";
import { openModelTokenizer } from "../../models/hugging-face-tokenizer.ts";
import { readModelFolder } from "../../models/model-folder.ts";
import { onnxRuntime } from "../../runtime/onnxruntime.ts";
import { randomFrom } from "../../shared/random.ts";
import { openTokenizer, type Tokenizer } from "../../tokens/index.ts";
import { initialParameters, type Parameters } from "../../training/parameters.ts";
import type { Question, Reply } from "../engine.ts";
import { type MarkupEngineOptions, openMarkupEngine } from "./markup-engine.ts";
import { chooseAtRandom, chooseGreedily } from "./walk.ts";

interface Model {
  readonly config: LlamaConfig;
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
}

interface Asked {
  readonly style: StyleName;
  readonly variant?: BionerVariant;
  readonly types: readonly string[];
}

function questionsFor(texts: readonly string[], { style, variant, types }: Asked): Question[] {
  const named = typesOf(style, types);
  return texts.map((text, at) => {
    const [instruction] = styles[style].render({ text, mentions: [] }, named, { variant });
    return { text, instruction: instruction!, types: named, seeds: [5, at] };
  });
}

type AskOptions = Partial<MarkupEngineOptions> & { batchTokens?: number };

async function openEngine(
  { config, parameters, tokenizer }: Model,
  asked: Asked,
  { batchTokens, ...rest }: AskOptions = {},
) {
  const network = openLanguageNetwork(config, parameters, { runtime: onnxRuntime, threads: 1, batchTokens });
  return { network, engine: await openMarkupEngine({ network, tokenizer, ...asked, ...rest }) };
}

async function ask(
  model: Model,
  asked: Asked,
  questions: readonly Question[],
  temperature = 0,
  options: AskOptions = {},
) {
  const { engine } = await openEngine(model, asked, options);
  await using _ = engine;
  const replies = await engine.ask(questions, { temperature });
  return { replies, cost: engine.cost };
}

/** The same questions, token by token. */
async function reference(
  { config, parameters, tokenizer }: Model,
  { style, variant }: Asked,
  questions: readonly Question[],
  temperature = 0,
): Promise<Reply["mentions"][]> {
  await using network = openLanguageNetwork(config, parameters, { runtime: onnxRuntime, threads: 1 });
  const found: Reply["mentions"][] = [];
  for (const { text, instruction, types, seeds } of questions) {
    const { tags, end } = styles[style].signsOf!(types, variant);
    const { mentions, ids } = await decodeTokenByToken({
      text,
      end,
      signs: tags,
      tokenizer,
      prompt: [...(await encodePrompt(tokenizer, instruction))],
      choose: temperature === 0 ? chooseGreedily : chooseAtRandom(randomFrom(...seeds), temperature),
      next: async (tokens) => {
        const [row] = await network.next([{ tokens, places: [{ at: tokens.length - 1, candidates: [] }] }]);
        return row!.scores[0]!;
      },
    });
    // Llama 2's tokenizer puts a blank before everything that it is given.
    const probe = await encodeContinuations(tokenizer, ["x", "x"]);
    if ((await tokenizer.decode(probe.flat())) === "xx")
      expect(await tokenizer.decode(ids)).toBe(markedText({ text: text + end, mentions }, tags));
    found.push(mentions.map((mention) => ({ ...mention, alignment: "exact" })));
  }
  return found;
}

function expectSame(replies: readonly Reply[], expected: readonly Reply["mentions"][]): void {
  const places = (mentions: readonly Mention[]) =>
    mentions.map(({ start, end, type }) => ({ start, end, type }));
  expect(replies.map(({ mentions }) => places(mentions))).toEqual(expected.map(places));
  for (const [at, { mentions }] of replies.entries()) {
    mentions.forEach(({ score }, place) => expect(score).toBeCloseTo(expected[at]![place]!.score!, 3));
  }
}

const awkward = [
  "Gout after zinc.",
  "anti-BRCA1 (TGF-β1), non-Hodgkin's",
  "two  blanks and\ttab \n",
  "",
  " ",
  "x",
  "👩‍🔬 𝛽-cell 🧬🧬 e\u0301",
  "IL-2,IL-6;p53",
];
/** Texts that hold tags themselves. */
const tagged = [
  "a @@b## c @@ ## d#disease#",
  'we write <span class="disease"> or <mark>, </span> <',
  "@@@@ a@b.org C# ##",
];

const askedFor: Asked[] = [
  { style: "nerllama", types: ["Disease"] },
  { style: "nerllama", types: ["Disease", "Chemical", "Gene"] },
  { style: "bioner-llama", types: ["Disease", "Gene"] },
  { style: "bioner-llama", variant: "mark", types: ["Gene"] },
];

/** Weights are large, so that the choices are decided ones; tags are a little likelier than by chance. */
function randomModel(tokenizer: Tokenizer, seed: number): Model {
  const config: LlamaConfig = {
    ...tinyConfig,
    vocabularySize: tokenizer.vocabularySize,
    layers: 2,
    attention: "causal",
    maximumLength: 1200,
  };
  const parameters = initialParameters(languageParameters(config), config.layers, seed);
  for (const [name, data] of parameters)
    if (!name.includes("norm")) data.forEach((weight, at) => (data[at] = 20 * weight));
  return { config, parameters, tokenizer };
}

const tokenizers = fileURLToPath(new URL("../../../../shared/data/tokenizers", import.meta.url));
const fixture = fileURLToPath(new URL("../../../test/fixtures/markup", import.meta.url));

async function trainedModel(): Promise<Model> {
  const { config, parameters, tokenizer } = await readModelFolder(fixture);
  return { config, parameters, tokenizer: openTokenizer(tokenizer) };
}

describe("on random models", () => {
  it.each(askedFor)("decides as token-by-token decoding does, greedily and at random: %o", async (asked) => {
    const model = randomModel(await byteTokenizer(), 3);
    const questions = questionsFor([...awkward, ...tagged], asked);
    for (const temperature of [0, 0.7]) {
      const { replies } = await ask(model, asked, questions, temperature);
      expectSame(replies, await reference(model, asked, questions, temperature));
      expect(replies.flatMap(({ mentions }) => mentions).length).toBeGreaterThan(3);
    }
  });

  it.skipIf(!existsSync(tokenizers)).each(["gpt2", "llama3", "llama2", "qwen"])(
    "does so with the tokenizer of %s (needs ../shared)",
    async (family) => {
      const { tokenizer } = await openModelTokenizer(join(tokenizers, family));
      const model = randomModel(tokenizer, 4);
      for (const asked of askedFor.slice(0, 3)) {
        const questions = questionsFor([...awkward.slice(0, 4), tagged[0]!], asked);
        const { replies } = await ask(model, asked, questions, 1);
        expectSame(replies, await reference(model, asked, questions, 1));
      }
    },
  );
});

describe.skipIf(!existsSync(fixture))("on a trained model", async () => {
  const model = await trainedModel();
  const both: Asked = { style: "nerllama", types: [...toyTypes] };
  const dev = toySentences(120, 99);
  const texts = dev.map(({ text }) => text);

  it("decides as token-by-token decoding does, greedily and at random", async () => {
    const questions = questionsFor([...texts.slice(0, 25), ...awkward, ...tagged], both);
    for (const temperature of [0, 1]) {
      const { replies } = await ask(model, both, questions, temperature);
      expectSame(replies, await reference(model, both, questions, temperature));
    }
  });

  it("needs at most two passes for each mention and one more, and one where it finds nothing", async () => {
    for (const types of [["Disease"], ["Chemical"], [...toyTypes]]) {
      const asked: Asked = { ...both, types };
      for (const question of questionsFor(texts.slice(0, 40), asked)) {
        const { replies, cost } = await ask(model, asked, [question]);
        const { length } = replies[0]!.mentions;
        expect(cost.passes).toBeGreaterThan(length);
        expect(cost.passes).toBeLessThanOrEqual(2 * length + 1);
      }
    }
  });

  it("finds what it was taught to find, and in one pass for all types no worse than type by type", async () => {
    const together = f1(dev, (await ask(model, both, questionsFor(texts, both))).replies);
    const apart: Mention[][] = texts.map(() => []);
    for (const type of toyTypes) {
      const asked: Asked = { ...both, types: [type] };
      const { replies } = await ask(model, asked, questionsFor(texts, asked));
      replies.forEach(({ mentions }, at) => apart[at]!.push(...mentions));
    }
    const single = f1(
      dev,
      apart.map((mentions) => ({ mentions })),
    );
    expect(together).toBeGreaterThan(0.9);
    expect(together).toBeGreaterThan(single - 0.01);
  });

  it("finds the same whatever is remembered, batched or asked beside it", async () => {
    const questions = questionsFor(texts.slice(0, 30), both);
    const usual = await ask(model, both, questions);
    const others = [
      await ask(model, both, questions, 0, { remembers: false }),
      await ask(model, both, questions, 0, { batchTokens: 200 }),
    ];
    for (const { replies } of others)
      expectSame(
        replies,
        usual.replies.map(({ mentions }) => mentions),
      );
    expect(others[0]!.cost.passes).toBe(usual.cost.passes);
    expect(usual.cost.inputTokens).toBeLessThan(others[0]!.cost.inputTokens / 2);
    const single = await ask(model, both, questions.slice(7, 8));
    expectSame(single.replies, [usual.replies[7]!.mentions]);
  });

  it("reads what prompts begin with once, whether they come together, one by one, or for types in turn", async () => {
    const questions = questionsFor(texts.slice(0, 12), both);
    const { network, engine } = await openEngine(model, both);
    await using _ = engine;
    const single: Reply[] = [];
    for (const question of questions) single.push(...(await engine.ask([question], { temperature: 0 })));
    const { replies, cost } = await ask(model, both, questions);
    expectSame(
      single,
      replies.map(({ mentions }) => mentions),
    );
    expect(engine.cost.inputTokens).toBeLessThan(1.05 * cost.inputTokens);
    const inTurn = toyTypes.map((type) => ({ style: both.style, types: [type] }));
    const before = network.cost.tokens;
    for (const text of texts.slice(0, 12)) {
      for (const asked of inTurn) await engine.ask(questionsFor([text], asked), { temperature: 0 });
    }
    const apart = await Promise.all(
      inTurn.map((asked) => ask(model, asked, questionsFor(texts.slice(0, 12), asked))),
    );
    const together = apart.reduce((sum, one) => sum + one.cost.inputTokens, 0);
    expect(network.cost.tokens - before).toBeLessThan(1.1 * together);
  });

  it("shares the passes of samples that go the same way, and gives them votes of their own", async () => {
    const [question] = questionsFor([texts[0]!], both);
    const samples = Array.from({ length: 20 }, (_, sample) => ({ ...question!, seeds: [sample] }));
    const { replies, cost } = await ask(model, both, samples, 1);
    expect(replies).toHaveLength(20);
    expect(cost.inputTokens).toBeLessThan(20 * 100);
    const again = await ask(model, both, samples, 1);
    expect(again.replies).toEqual(replies);
    const hot = await ask(model, both, samples, 30);
    expect(new Set(hot.replies.map(({ mentions }) => JSON.stringify(mentions))).size).toBeGreaterThan(10);
  });

  it("says so where a text is too long for the model", async () => {
    const { replies } = await ask(model, both, questionsFor([texts.join(" "), texts[0]!], both));
    expect(replies[0]).toMatchObject({ mentions: [], failed: { tooLong: true } });
    expect(replies[1]!.failed).toBeUndefined();
  });
});

describe("on the built-in model's markup edition", async () => {
  const { config, parameters, tokenizer, nerium } = await readModelFolder(
    builtinModels.get("built-in-markup")!,
  );
  const model: Model = { config, parameters, tokenizer: openTokenizer(tokenizer) };
  const asked: Asked = { style: nerium.instruction!.style, types: nerium.instruction!.types };
  const abstract = readFileSync(new URL("../../../examples/abstract.txt", import.meta.url), "utf8");
  const sentences = sentencesOf({ text: abstract, mentions: [] }).map(({ text }) => text);

  it.each([asked.types, ["Disease"], ["Gene"]].map((types) => ({ types })))(
    "decides as token-by-token decoding does, in at most two passes for each mention and one more: $types",
    async ({ types }) => {
      for (const question of questionsFor([...sentences.slice(0, 5), ...tagged], { ...asked, types })) {
        const { replies, cost } = await ask(model, asked, [question]);
        expectSame(replies, await reference(model, asked, [question]));
        expect(cost.passes).toBeLessThanOrEqual(2 * replies[0]!.mentions.length + 1);
      }
    },
  );

  it("finds diseases, chemicals, genes and species", async () => {
    const { replies } = await ask(model, asked, questionsFor(sentences, asked));
    const found = replies.flatMap(({ mentions }) => mentions.map(({ type }) => type));
    expect(new Set(found)).toEqual(new Set(asked.types));
  });
});

function f1(gold: readonly Passage[], found: readonly { readonly mentions: readonly Mention[] }[]): number {
  const keyOf = ({ start, end, type }: Mention): string => `${start} ${end} ${type}`;
  let [right, predicted, wanted] = [0, 0, 0];
  for (const [at, { mentions }] of gold.entries()) {
    const keys = new Set(mentions.map(keyOf));
    right += found[at]!.mentions.filter((mention) => keys.has(keyOf(mention))).length;
    predicted += found[at]!.mentions.length;
    wanted += mentions.length;
  }
  return (2 * right) / (predicted + wanted);
}

it("refuses styles and models that it cannot work with", async () => {
  const { config, parameters, tokenizer } = randomModel(await byteTokenizer(), 1);
  const open = (asked: Asked, bidirectional = false) => {
    const attention = bidirectional ? "bidirectional" : "causal";
    const network = openLanguageNetwork({ ...config, attention }, parameters, { runtime: onnxRuntime });
    return openMarkupEngine({ network, tokenizer, ...asked });
  };
  await expect(open({ style: "list", types: ["Gene"] })).rejects.toMatchObject({ code: "USAGE" });
  await expect(open({ style: "nerllama", types: ["Gene"] }, true)).rejects.toMatchObject({
    code: "MODEL_FORMAT",
  });
});
