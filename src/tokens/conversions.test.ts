/** @file SentencePiece, tiktoken and llama2.c vocabularies → the ids that those libraries give, and exact offsets. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { awkwardTexts } from "../../test/fixtures/tokens/awkward-texts.ts";
import { describeWithShared, sharedFile } from "../../test/shared-data.ts";
import { NeriumError } from "../errors.ts";
import { bytesOfToken } from "./byte-alphabet.ts";
import { parseLlama2cVocabulary } from "./llama2c-vocabulary.ts";
import { sentencePieceJson } from "./sentencepiece-json.ts";
import { looksLikeSentencePiece, parseSentencePiece } from "./sentencepiece-model.ts";
import { looksLikeTiktoken, tiktokenJson } from "./tiktoken-json.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { Encoding, Tokenizer } from "./types.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "test", "fixtures", "tokens", name), "utf8"));
const parity = fixture("parity.json") as { strings: string[] } & Record<string, (number[] | null)[]>;
const small = fixture("sentencepiece.json") as Record<string, { model: string; ids: number[][] }>;

const shared = (...parts: string[]): string => sharedFile("tokenizers", ...parts);
const bytesOf = (path: string): Uint8Array =>
  path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path);
const sentencePiece = (bytes: Uint8Array): Tokenizer =>
  openTokenizer(sentencePieceJson(parseSentencePiece(bytes)));

const published: Record<string, { path: string; open: (bytes: Uint8Array) => Tokenizer }> = {
  llama2: { path: shared("llama2", "tokenizer.model"), open: sentencePiece },
  llama3: { path: shared("llama3", "tokenizer.model"), open: (bytes) => openTokenizer(tiktokenJson(bytes)) },
  llama4: {
    path: shared("llama4", "tokenizer.model.gz"),
    open: (bytes) => openTokenizer(tiktokenJson(bytes)),
  },
  qwen: { path: shared("qwen", "qwen.tiktoken"), open: (bytes) => openTokenizer(tiktokenJson(bytes)) },
  gpt2: {
    path: shared("gpt2", "tokenizer.json"),
    open: (bytes) => openTokenizer(Buffer.from(bytes).toString("utf8")),
  },
  stories260K: {
    path: shared("stories260K", "tok512.bin"),
    open: (bytes) => openTokenizer(sentencePieceJson(parseLlama2cVocabulary(bytes))),
  },
};

async function expectParity(tokenizer: Tokenizer, expected: readonly (number[] | null)[]): Promise<void> {
  const encodings = await tokenizer.encodeBatch(parity.strings);
  for (const [index, ids] of expected.entries()) {
    const text = parity.strings[index]!;
    if (ids !== null) expect({ text, ids: [...encodings[index]!.ids] }).toEqual({ text, ids });
  }
}

const byteToken = /^<0x([0-9A-F]{2})>$/;
/** Bytes that a token stands for, whichever kind of vocabulary it is from. */
function tokenBytes(token: string, isByteLevel: boolean): Uint8Array {
  if (isByteLevel) return bytesOfToken(token)!;
  const byte = byteToken.exec(token);
  return byte ? Uint8Array.of(Number.parseInt(byte[1]!, 16)) : Buffer.from(token.replaceAll("▁", " "));
}

/**
 * Every token's span is where its bytes stand in the text: the tokens' bytes, one after the other, are the text's
 * (behind SentencePiece's prefix), and each span holds the characters that its bytes belong to, trimmed.
 */
function expectExactSpans(encoding: Encoding, tokenizer: Tokenizer, isByteLevel: boolean): void {
  const { text, ids, starts, ends } = encoding;
  const characters: { byte: number; start: number; end: number }[] = [];
  let [byte, unit] = [0, 0];
  for (const character of text) {
    const length = Buffer.byteLength(character);
    for (let part = 0; part < length; part++)
      characters.push({ byte: byte + part, start: unit, end: unit + character.length });
    byte += length;
    unit += character.length;
  }
  let at = isByteLevel || text === "" ? 0 : -1; // the prefix is a space that is not in the text
  ids.forEach((id, index) => {
    const { length } = tokenBytes(tokenizer.tokenOf(id), isByteLevel);
    const covered = characters.slice(Math.max(at, 0), Math.max(at + length, 0));
    at += length;
    const expected = text.slice(covered[0]?.start ?? 0, covered.at(-1)?.end ?? 0);
    const span = text.slice(starts[index], ends[index]);
    expect({ text, token: index, span }).toEqual({
      text,
      token: index,
      span: expected.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, ""),
    });
    if (span !== "") expect(starts[index]).toBeGreaterThanOrEqual(covered[0]!.start);
    if (span !== "") expect(ends[index]).toBeLessThanOrEqual(covered.at(-1)!.end);
  });
  expect(at).toBe(characters.length);
}

describe("small SentencePiece models", () => {
  it.each(Object.entries(small))("%s: the ids that SentencePiece gives", async (_, { model, ids }) => {
    const bytes = Buffer.from(model, "base64");
    expect(looksLikeSentencePiece(bytes)).toBe(true);
    await expectParity(sentencePiece(bytes), ids);
  });
});

for (const [name, { path, open }] of Object.entries(published)) {
  describeWithShared(`the tokenizer of ${name}`, path, () => {
    const tokenizer = existsSync(path) ? open(bytesOf(path)) : undefined!;
    const isByteLevel = !["llama2", "stories260K"].includes(name);

    it("gives the ids of the library it was made for", async () => {
      await expectParity(tokenizer, parity[name]!);
    });

    it("gives spans that hold the tokens' own bytes", async () => {
      const texts = [...parity.strings, ...awkwardTexts(300, 5)].map((text) => Buffer.from(text).toString());
      // Composition changes the bytes (its spans are tested below), and so does a mark that is read as a space.
      const exact = texts.filter((text) =>
        isByteLevel ? name !== "qwen" || text.normalize("NFC") === text : !text.includes("▁"),
      );
      for (const encoding of await tokenizer.encodeBatch(exact))
        expectExactSpans(encoding, tokenizer, isByteLevel);
    });

    it("never turns text into special tokens", async () => {
      const names = [...tokenizer.specialTokens.keys()];
      const ids = new Set(tokenizer.specialTokens.values());
      const text = ["a", ...names.slice(0, 300), "b"].join(" ") + names.slice(0, 300).join("");
      for (const { ids: found } of await tokenizer.encodeBatch([text, ...names.slice(0, 300)])) {
        // "unknown" is special too, but what SentencePiece does with what it cannot spell
        expect([...found].filter((id) => ids.has(id) && id !== 0)).toEqual([]);
      }
    });
  });
}

describeWithShared("Qwen's composition", published["qwen"]!.path, () => {
  it("leaves offsets in the text as it was given", async () => {
    const tokenizer = published["qwen"]!.open(bytesOf(published["qwen"]!.path));
    const text = "Sjo\u0308gren e\u0301";
    const { starts, ends, ids } = await tokenizer.encode(text);
    expect(await tokenizer.decode(ids)).toBe("Sjögren é");
    const spans = Array.from(starts, (start, index) => text.slice(start, ends[index]));
    expect(spans.join("").replaceAll(" ", "")).toContain("e\u0301");
    expect(ends.at(-1)).toBe(text.length);
  });
});

describeWithShared("Llama 2's two vocabulary files", shared("llama2", "tokenizer.llama2c.bin"), () => {
  it("give the same tokenizer", async () => {
    const [model, bin] = ["tokenizer.model", "tokenizer.llama2c.bin"].map((name) => shared("llama2", name));
    const one = sentencePiece(bytesOf(model!));
    const other = openTokenizer(sentencePieceJson(parseLlama2cVocabulary(bytesOf(bin!))));
    const texts = [...parity.strings, ...awkwardTexts(100, 3)];
    expect(await other.encodeBatch(texts)).toEqual(await one.encodeBatch(texts));
    expect(other.specialTokens).toEqual(one.specialTokens);
  });
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const someRanks = Array.from({ length: 256 }, (_, byte) => `${Buffer.of(byte).toString("base64")} ${byte}`);

describe("a broken file is refused:", () => {
  it.each([
    ["a SentencePiece model of garbage", () => parseSentencePiece(utf8("\n\uFFFFgarbage"))],
    ["an empty SentencePiece model", () => parseSentencePiece(new Uint8Array())],
    [
      "a model that is cut off",
      () => parseSentencePiece(Buffer.from(small["bpe"]!.model, "base64").subarray(0, 999)),
    ],
    ["nested groups without end", () => parseSentencePiece(new Uint8Array(1e6).fill(0x0b))],
    ["a llama2.c vocabulary that is cut off", () => parseLlama2cVocabulary(new Uint8Array(11))],
    [
      "a llama2.c piece without end",
      () => parseLlama2cVocabulary(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127)),
    ],
    ["an empty llama2.c vocabulary", () => parseLlama2cVocabulary(new Uint8Array(4))],
    ["tiktoken lines of something else", () => tiktokenJson(utf8("hello world\n"))],
    ["tiktoken ranks with a gap", () => tiktokenJson(utf8([...someRanks, "YWI= 300"].join("\n")))],
    ["a tiktoken token twice", () => tiktokenJson(utf8([...someRanks, "AA== 256"].join("\n")))],
    [
      "tiktoken without all bytes",
      () =>
        tiktokenJson(
          utf8(
            someRanks
              .slice(1)
              .map((line, rank) => line.replace(/ .*/, ` ${rank}`))
              .join("\n"),
          ),
        ),
    ],
    ["a tiktoken vocabulary of nobody's", () => tiktokenJson(utf8(someRanks.join("\n")))],
    [
      "a tiktoken token of 2,000 bytes",
      () => tiktokenJson(utf8(`${Buffer.alloc(2000).toString("base64")} 0`)),
    ],
  ])("%s", (_, parse) => {
    expect(parse).toThrow(NeriumError);
    expect(parse).toThrow(expect.objectContaining({ code: "TOKENIZER" }));
  });

  it("a SentencePiece model of which any bytes were changed, or it is a tokenizer", async () => {
    const whole = Buffer.from(small["bpe"]!.model, "base64");
    const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          await sentencePiece(bytes).encode("a protein of mice");
        } catch (error) {
          expect(error).toBeInstanceOf(NeriumError);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("but a family that is named is taken", async () => {
    const lines = utf8([...someRanks, "YWI= 256"].join("\n"));
    expect(looksLikeTiktoken(lines)).toBe(true);
    expect(looksLikeSentencePiece(lines)).toBe(false);
    const tokenizer = openTokenizer(tiktokenJson(lines, "qwen"));
    expect([...(await tokenizer.encode("abé")).ids]).toEqual([256, 0xc3, 0xa9]);
    expect(tokenizer.specialTokens.get("<|im_start|>")).toBe(258);
    expect(tokenizer.vocabularySize).toBe(257 + 208);
  });
});
