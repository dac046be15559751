/** @file A tiktoken file (`base64 rank` a line) → the byte-level BPE `tokenizer.json` of the model family it belongs to. */
import { NeriumError } from "../errors.ts";
import { byteSymbols } from "./byte-alphabet.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import type { TiktokenFamily } from "./tiktoken-families.ts";
import { familyOf } from "./tiktoken-families.ts";

const maxTokens = 2_000_000;
/** The longest token of Llama 4 has 256 bytes; a token has as many splits as bytes. */
const maxTokenBytes = 1_000;

/** Whether the bytes may be such a file: a line of base64, a space and a number. */
export function looksLikeTiktoken(bytes: Uint8Array): boolean {
  return /^[A-Za-z0-9+/]+=* \d+\r?\n/.test(String.fromCharCode(...bytes.subarray(0, 200)));
}

/**
 * Converted as Hugging Face's converter does: a whole pre-token that is in the vocabulary is a token (`ignore_merges`),
 * else pairs are merged. The file does not say which pattern and special tokens it goes with: its size does, or `family`.
 */
export function tiktokenJson(bytes: Uint8Array, family?: TiktokenFamily, file?: string): LooseTokenizerJson {
  const ranks = parseRanks(bytes, file);
  const { pattern, normalizer, specialTokens } = familyOf(ranks.size, family, file);
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, index) => ({ id: ranks.size + index, content, ...added })),
    normalizer,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(ranks),
      merges: mergesOf(ranks),
    },
  };
}

/** Tokens, spelled in the byte alphabet, in the order of their ranks. */
function parseRanks(bytes: Uint8Array, file?: string): Map<string, number> {
  const refuse = (line: number, problem: string): NeriumError =>
    new NeriumError("TOKENIZER", problem, { ...(file !== undefined && { file }), line: line + 1 });
  const tokens: string[] = [];
  const lines = new TextDecoder("latin1").decode(bytes).split("\n");
  if (lines.length > maxTokens) throw refuse(maxTokens, `expected at most ${maxTokens} lines`);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const [, base64, rank] = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})\s*$/.exec(line) ?? [];
    if (base64 === undefined || base64.length % 4 !== 0 || base64.length > maxTokenBytes)
      throw refuse(index, `expected base64, a space and a rank, got ${JSON.stringify(line.slice(0, 40))}`);
    if (Number(rank) !== tokens.length)
      throw refuse(index, `expected rank ${tokens.length}, got ${rank}: ranks go up from 0 one by one`);
    tokens.push(Array.from(atob(base64), (byte) => byteSymbols[byte.charCodeAt(0)]!).join(""));
  }
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  if (ranks.size < tokens.length) throw refuse(0, "expected different tokens, got one twice");
  if (byteSymbols.every((symbol) => ranks.has(symbol))) return ranks;
  throw refuse(0, "expected a token for each of the 256 bytes, got fewer; was the file cut off?");
}

/** For each token every pair of tokens that spells it, by the pair's own ranks. */
function mergesOf(ranks: ReadonlyMap<string, number>): [string, string][] {
  const merges: [string, string][] = [];
  for (const token of ranks.keys()) {
    const pairs: {
      readonly left: string;
      readonly right: string;
      readonly key: readonly [number, number];
    }[] = [];
    for (let split = 1; split < token.length; split++) {
      const [left, right] = [token.slice(0, split), token.slice(split)];
      const key = [ranks.get(left), ranks.get(right)] as const;
      if (key[0] !== undefined && key[1] !== undefined) pairs.push({ left, right, key: [key[0], key[1]] });
    }
    pairs.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1]);
    for (const { left, right } of pairs) merges.push([left, right]);
  }
  return merges;
}
