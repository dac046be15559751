/** @file Models and adapters as GGUF → llama.cpp continues as transformers does, and tokenizes as we do. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awkwardTexts, trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import { openLanguageModel } from "../../test/language-model.ts";
import { hasLlamaCpp, openLlamaCpp } from "../../test/llama-cpp.ts";
import { formulaLora, readFamilies, writeFormulaModel } from "../../test/model-folders.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { openGguf } from "../formats/gguf-source.ts";
import type { WrittenType } from "../formats/gguf-write.ts";
import { ggufPreTokenizers } from "../tokens/gguf-pre-tokenizers.ts";
import { type LooseTokenizerJson, parseTokenizerJson } from "../tokens/parse-tokenizer-json.ts";
import { sentencePieceJson } from "../tokens/sentencepiece-json.ts";
import { parseSentencePiece } from "../tokens/sentencepiece-model.ts";
import { openTokenizer } from "../tokens/tokenizer.ts";
import { exportGgufAdapter } from "./gguf-adapter.ts";
import { exportGguf } from "./gguf-export.ts";
import { openLanguageModelFiles } from "./hugging-face-model.ts";
import { type LanguageModelTokenizer, openModelTokenizer } from "./hugging-face-tokenizer.ts";

const families = readFamilies();
const trained = parseTokenizerJson(await trainSample());

/** Bytes and a few merges under a split that llama.cpp knows. */
function byteLevel(pre: string, size: number): LooseTokenizerJson {
  const { preTokenizer, normalizer, ignoreMerges } = ggufPreTokenizers.find(({ names }) => names[0] === pre)!;
  const vocab = Object.entries(trained.model.vocab as Record<string, number>).filter(([, id]) => id < size);
  const known = new Set(vocab.map(([token]) => token));
  const merges = trained.model.merges!.filter(
    (merge) => typeof merge !== "string" && known.has(merge.join("")),
  );
  return {
    ...trained,
    normalizer,
    pre_tokenizer: preTokenizer,
    model: { ...trained.model, ignore_merges: ignoreMerges, vocab: Object.fromEntries(vocab), merges },
  };
}

function tokenizerOf(json: LooseTokenizerJson, bos: string, eos: string): LanguageModelTokenizer {
  return {
    json,
    tokenizer: openTokenizer(json),
    namedTokens: { bos_token: bos, eos_token: eos, unk_token: "<unk>" },
    addBosToken: true,
    chatTemplate: undefined,
    chatTemplateSource: "{{ messages[0].content }}",
  };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nerium-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The family's model as GGUF; returns the file's path. */
async function exported(
  family: string,
  type: WrittenType,
  tokenizer = tokenizerOf(byteLevel("gpt-2", 300), "<sep>", "<pad>"),
  more: Record<string, unknown> = {},
): Promise<string> {
  const source = join(folder, `${family}-${Object.values(more).join("-")}`);
  await writeFormulaModel(source, { ...families[family]!.config, ...more });
  await using files = await openLanguageModelFiles(source);
  const path = join(folder, `${family}-${type}-${Object.values(more).join("-")}.gguf`);
  await exportGguf(path, { ...files, tokenizer, type, name: family });
  return path;
}

const available = await hasLlamaCpp();
const describeWithLlamaCpp = available
  ? describe
  : (name: string, body: () => void) =>
      describe.skip(`${name} (skipped: node-llama-cpp is not installed)`, body);

// llama.cpp does not know Mistral's window.
const runnable = Object.keys(families).filter((name) => name !== "mistral-window");

describeWithLlamaCpp("llama.cpp", () => {
  it.each(runnable)("continues as transformers does: %s", async (name) => {
    const { prompt, greedy } = families[name]!;
    await using model = await openLlamaCpp(await exported(name, "F32"));
    expect(await model.greedy(prompt, greedy.length)).toEqual(greedy);
  });

  it.each(runnable.filter((name) => name !== "llama-biased"))(
    "applies adapters as PEFT does: %s",
    async (name) => {
      const { config, prompt, lora } = families[name]!;
      const base = await exported(name, "F32");
      await using files = await openLanguageModelFiles(join(folder, `${name}-`));
      const adapter = join(folder, `${name}-adapter.gguf`);
      await exportGgufAdapter(adapter, files.config, lora.alpha, formulaLora(config, lora.rank));
      await using model = await openLlamaCpp(base);
      expect(await model.greedy(prompt, lora.greedy.length, adapter)).toEqual(lora.greedy);
    },
  );

  it.each(["F16", "Q8_0"] as const)("takes matrices in %s and says the same for a while", async (type) => {
    const { prompt, greedy } = families["llama3"]!;
    await using model = await openLlamaCpp(await exported("llama3", type));
    expect((await model.greedy(prompt, 4)).slice(0, type === "F16" ? 4 : 1)).toEqual(
      greedy.slice(0, type === "F16" ? 4 : 1),
    );
  });

  it("computes with four bits what we compute from the same file", async () => {
    const path = await exported("llama", "Q4_0");
    await using file = await openLanguageModelFiles(path);
    await using ours = await openLanguageModel(file.config.network, file.weights);
    await using theirs = await openLlamaCpp(path);
    const scores = await ours.next(families["llama"]!.prompt);
    const [first] = await theirs.greedy(families["llama"]!.prompt, 1);
    // Activations have eight bits there: near the best, if not the best.
    const best = Math.max(...scores);
    expect(best - scores[first!]!).toBeLessThan(0.15);
  });

  const texts = [
    "Metformin (1000 mg/day) isn't TP53-mutant; β-catenin 🧬 12345",
    "  two  spaces\n\nand\r\nlines\t",
    // The package ends texts at a zero byte; lone surrogates have no bytes.
    ...awkwardTexts(60, 9).filter((text) => !text.includes("\0") && Buffer.from(text).toString() === text),
  ];

  it.each(["gpt-2", "llama-bpe", "qwen2", "smollm"])("tokenizes as we do: %s", async (pre) => {
    const tokenizer = tokenizerOf(byteLevel(pre, 300), "<sep>", "<pad>");
    await using model = await openLlamaCpp(await exported("qwen2", "F16", tokenizer, { pre }));
    const composed = texts.filter((text) => pre !== "qwen2" || text.normalize("NFC") === text);
    for (const { text, ids } of await tokenizer.tokenizer.encodeBatch(composed)) {
      expect({ text, ids: model.tokenize(text) }).toEqual({ text, ids: [...ids] });
    }
  });

  it("tokenizes as we do: SentencePiece", async () => {
    const fixture = join(import.meta.dirname, "..", "..", "test", "fixtures", "tokens", "sentencepiece.json");
    const models = JSON.parse(await readFile(fixture, "utf8")) as Record<string, { model: string }>;
    const json = sentencePieceJson(parseSentencePiece(Buffer.from(models["bpe"]!.model, "base64")));
    const tokenizer = tokenizerOf(json, "<s>", "</s>");
    const size = tokenizer.tokenizer.vocabularySize;
    const path = await exported("llama", "F16", tokenizer, { vocab_size: size });
    await using model = await openLlamaCpp(path);
    const encodings = await tokenizer.tokenizer.encodeBatch(texts.filter((text) => !text.includes("▁")));
    for (const { text, ids } of encodings) {
      expect({ text, ids: model.tokenize(text) }).toEqual({ text, ids: [...ids] });
    }
    // And back: what is in the file is the tokenizer.
    const { tokenizer: again, namedTokens, chatTemplate } = await openModelTokenizer(path);
    expect(await again.encodeBatch(texts)).toEqual(await tokenizer.tokenizer.encodeBatch(texts));
    expect(namedTokens).toEqual(tokenizer.namedTokens);
    expect(chatTemplate!.render([{ role: "user", content: "x" }]).text).toBe("x");
  });
});

describe("a model as GGUF", () => {
  it.each(Object.keys(families))("is read back as it was: %s", async (name) => {
    const path = await exported(name, "F32");
    await using before = await openLanguageModelFiles(join(folder, `${name}-`));
    await using after = await openLanguageModelFiles(path);
    const { slidingWindow, ...network } = before.config.network;
    expect(after.config.network).toEqual({
      ...network,
      normEpsilon: Math.fround(network.normEpsilon),
      maximumLength: slidingWindow ?? network.maximumLength,
    });
    for (const parameter of before.weights.entries.keys()) {
      expect(await after.weights.read(parameter)).toEqual(await before.weights.read(parameter));
    }
  });

  it("has a tokenizer that is read back as it was, padded to the embedding's rows", async () => {
    const tokenizer = tokenizerOf(byteLevel("llama-bpe", 300), "<sep>", "<pad>");
    const path = await exported("llama3", "F16", tokenizer);
    const again = await openModelTokenizer(path);
    const texts = awkwardTexts(100, 4);
    expect(await again.tokenizer.encodeBatch(texts)).toEqual(await tokenizer.tokenizer.encodeBatch(texts));
    expect(again.tokenizer.vocabularySize).toBe(320);
    expect(again.addBosToken).toBe(true);
    await using file = await openGguf(path);
    const types = file.metadata.get("tokenizer.ggml.token_type")!.value as number[];
    expect([types[0], types[1], types[4], types[319]]).toEqual([3, 2, 1, 5]);
  });

  it("keeps norms in single precision and the vocabulary's matrices finer than the rest", async () => {
    await using file = await openGguf(await exported("llama", "Q4_0"));
    const dtype = (name: string) => file.entries.get(name)!.dtype;
    expect(dtype("model.embed_tokens.weight")).toBe("Q8_0");
    expect(dtype("lm_head.weight")).toBe("Q8_0");
    expect(dtype("model.layers.1.mlp.down_proj.weight")).toBe("Q4_0");
    expect(dtype("model.norm.weight")).toBe("F32");
  });

  it("is refused where llama.cpp would compute something else", async () => {
    const refusal = async (promise: Promise<unknown>, message: RegExp) => {
      const error = await failureOf(promise);
      expect(error).toBeInstanceOf(NeriumError);
      expect((error as Error).message).toMatch(message);
    };
    await refusal(exported("llama", "F32", undefined, { is_causal: false }), /expected a causal model/);
    await refusal(exported("qwen3", "F32", undefined, { attention_bias: true }), /no biases in a qwen3/);
    const own = tokenizerOf(trained, "<sep>", "<pad>");
    await refusal(exported("llama", "F32", own, { vocab_size: 400 }), /pre-tokens that llama.cpp can make/);
    const large = tokenizerOf({ ...byteLevel("gpt-2", 400) }, "<sep>", "<pad>");
    await refusal(exported("llama", "F32", large), /ids below the embedding's 320 rows/);
    const files = await openLanguageModelFiles(join(folder, "llama-"));
    const strange = [
      { name: "model.rotary.weight", rank: 1, a: new Float32Array(1), b: new Float32Array(1) },
    ];
    await refusal(exportGgufAdapter(join(folder, "x.gguf"), files.config, 1, strange), /has names for/);
    await files[Symbol.asyncDispose]();
  });
});
