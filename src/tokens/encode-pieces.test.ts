/** @file Prompts of texts and special tokens: ids only where they were asked for, offsets in the whole prompt. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import { NeriumError } from "../errors.ts";
import { openLibraryTokenizer } from "./library-tokenizer.ts";
import { parseTokenizerJson } from "./parse-tokenizer-json.ts";
import { sentencePieceJson } from "./sentencepiece-json.ts";
import { parseSentencePiece } from "./sentencepiece-model.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { Piece, Tokenizer } from "./types.ts";

const json = await trainSample();
const fixture = join(import.meta.dirname, "..", "..", "test", "fixtures", "tokens", "sentencepiece.json");
const models = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, { model: string }>;
const sentencePiece = (name: string) =>
  sentencePieceJson(parseSentencePiece(Buffer.from(models[name]!.model, "base64")));

/** The same vocabulary as a chat model has it: further special tokens beyond it, found whole by `ignore_merges`. */
function chatFile(): string {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return JSON.stringify({
    ...json,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
    added_tokens: [
      ...json.added_tokens,
      { ...added, id: 400, content: "<|eot_id|>" },
      { ...added, id: 401, content: "<|start|>" },
    ],
    model: { ...json.model, ignore_merges: true },
  });
}

const tokenizers: Record<string, { tokenizer: Tokenizer; special: string }> = {
  own: { tokenizer: openTokenizer(json), special: "<sep>" },
  library: { tokenizer: openLibraryTokenizer(parseTokenizerJson(json)), special: "<sep>" },
  chat: { tokenizer: openTokenizer(chatFile()), special: "<|eot_id|>" },
  "SentencePiece BPE": { tokenizer: openTokenizer(sentencePiece("bpe")), special: "<s>" },
  "SentencePiece with user-defined pieces": {
    tokenizer: openTokenizer(sentencePiece("bpe, user-defined, no prefix")),
    special: "</s>",
  },
  "SentencePiece unigram": {
    tokenizer: openTokenizer(sentencePiece("unigram, bytes, rules")),
    special: "<ctl>",
  },
};

describe.each(Object.entries(tokenizers))("pieces for %s", (_, { tokenizer, special }) => {
  const id = tokenizer.specialTokens.get(special)!;

  it("hold special tokens where they were asked for and nowhere else", async () => {
    const { ids, text, starts, ends, wordStart } = await tokenizer.encodePieces([
      { special },
      `a ${special} b`,
      { special },
    ]);
    expect([...ids].flatMap((found, index) => (found === id ? [index] : []))).toEqual([0, ids.length - 1]);
    expect(text).toBe(`${special}a ${special} b${special}`);
    expect(text.slice(starts[0], ends[0])).toBe(special);
    expect(text.slice(starts.at(-1), ends.at(-1))).toBe(special);
    expect(wordStart.at(-1)).toBe(1);
    expect(await tokenizer.decode(ids)).toBe(text);
  });

  it("never find one in a text that is nothing but its name", async () => {
    for (const name of tokenizer.specialTokens.keys()) {
      for (const text of [name, ` ${name}`, `${name}${name}`, `x${name}`]) {
        const { ids } = await tokenizer.encode(text);
        const found = [...ids].filter((one) => one === tokenizer.specialTokens.get(name));
        if (name !== "<unk>") expect({ text, found }).toEqual({ text, found: [] });
      }
    }
  });

  it("of text alone are that text, however it was cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), async (parts) => {
        const text = parts.join("");
        expect(await tokenizer.encodePieces(parts)).toEqual(await tokenizer.encode(text));
      }),
      { numRuns: 60 },
    );
  });

  it("have offsets that go up and lie in the prompt", async () => {
    const anyPiece: fc.Arbitrary<Piece> = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constant({ special }),
      fc.constant(special),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyPiece), async (pieces) => {
        const { text, ids, starts, ends } = await tokenizer.encodePieces(pieces);
        expect(text).toBe(
          pieces.map((piece) => (typeof piece === "string" ? piece : piece.special)).join(""),
        );
        const asked = pieces.filter((piece) => typeof piece !== "string").length;
        expect([...ids].filter((one) => one === id)).toHaveLength(asked);
        let last = 0;
        starts.forEach((start, index) => {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(ends[index]).toBeGreaterThanOrEqual(start);
          expect(ends[index]).toBeLessThanOrEqual(text.length);
          last = start;
        });
      }),
      { numRuns: 60 },
    );
  });

  it("say which special tokens there are", async () => {
    const wrong = tokenizer.encodePieces([{ special: "<|nothing|>" }]);
    await expect(wrong).rejects.toBeInstanceOf(NeriumError);
    await expect(wrong).rejects.toThrow(
      /expected a special token of this tokenizer \(<.*got "<\|nothing\|>"/,
    );
  });

  it("of nothing are nothing", async () => {
    expect((await tokenizer.encodePieces([])).ids).toHaveLength(0);
    expect((await tokenizer.encodePieces(["", ""])).ids).toHaveLength(0);
  });
});

it("only the prompt's start gets a dummy prefix where the file says so", async () => {
  const base = sentencePiece("bpe");
  const first = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false };
  const tokenizer = openTokenizer({ ...base, normalizer: null, pre_tokenizer: first });
  const tokens = async (pieces: Piece[]) =>
    Array.from((await tokenizer.encodePieces(pieces)).ids, (id) => tokenizer.tokenOf(id)).join("");
  expect(await tokens(["cells", { special: "<s>" }, "cells"])).toBe("▁cells<s>cells");
  expect(await tokens([{ special: "<s>" }, "cells"])).toBe("<s>cells");
});

it("words of SentencePiece begin where a mention may begin", async () => {
  const { tokenizer } = tokenizers["SentencePiece BPE"]!;
  const { text, starts, ends, wordStart } = await tokenizer.encode("the TP53-cells (IL2)");
  const words: string[] = [];
  starts.forEach((start, index) => {
    if (wordStart[index] === 1) words.push("");
    words[words.length - 1] += text.slice(start, ends[index]);
  });
  expect(words.filter((word) => word !== "")).toEqual(["the", "TP", "53", "-", "cells", "(", "IL", "2", ")"]);
});
