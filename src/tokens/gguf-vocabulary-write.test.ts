/** @file Tokenizers that Nerium trained → refused as GGUF, because none of llama.cpp's ways to cut texts is theirs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import { hasLlamaCpp } from "../../test/llama-cpp.ts";
import { llamaCppPreTokenizers, openUnderName } from "../../test/llama-cpp-pre-tokens.ts";
import { ggufVocabulary } from "./gguf-vocabulary-write.ts";
import { type LooseTokenizerJson, parseTokenizerJson } from "./parse-tokenizer-json.ts";
import { openTokenizer } from "./tokenizer.ts";

/** Dates, doses and counts: the merges of any corpus join digits, and digits with the space before them. */
const numbers = Array.from({ length: 300 }, (_, index) => `of ${index % 50}-${(index * 7) % 100}`);
const json: LooseTokenizerJson = parseTokenizerJson(await trainSample([numbers.join(" ")]));

const available = await hasLlamaCpp();
const describeWithLlamaCpp = available
  ? describe
  : (name: string, body: () => void) =>
      describe.skip(`${name} (skipped: node-llama-cpp is not installed)`, body);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nerium-vocabulary-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a tokenizer that Nerium trained", () => {
  it("is refused as GGUF, with the reason and what to do", () => {
    const size = Object.keys(json.model.vocab).length;
    const write = () => ggufVocabulary({ json, size, namedTokens: {}, addBosToken: false });
    expect(write).toThrow(/up to three digits with the space before them are one.*run the model with Nerium/);
    const unknown = { ...json, pre_tokenizer: { type: "Whitespace" } };
    expect(() => ggufVocabulary({ json: unknown, size, namedTokens: {}, addBosToken: false })).toThrow(
      /pre-tokens that llama.cpp can make .*, got others$/,
    );
  });
});

describeWithLlamaCpp("llama.cpp", () => {
  // Should one of them agree some day, the refusal can go.
  it.each(llamaCppPreTokenizers)(
    "reads other tokens than a tokenizer that Nerium trained: %s",
    async (name) => {
      const text = "of 1234567 in 98765432 of 45671239876";
      const ours = await openTokenizer(json).encodeBatch([text]);
      await using theirs = await openUnderName(json, name, join(folder, `${name}.gguf`));
      expect(theirs.tokenize(text)).not.toEqual([...ours[0]!.ids]);
    },
  );

  it("agrees under GPT-2's name where no number is long: it is the vocabulary that was written", async () => {
    const texts = ["of 12 in", "in (45) and 345", "or 123 of"];
    await using theirs = await openUnderName(json, "gpt-2", join(folder, "short.gguf"));
    for (const { text, ids } of await openTokenizer(json).encodeBatch(texts))
      expect(theirs.tokenize(text)).toEqual([...ids]);
  });
});
