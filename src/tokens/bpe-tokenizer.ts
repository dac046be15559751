/** @file A `tokenizer.json` as `trainBpe` writes it → a Tokenizer in plain TypeScript, for Node and browsers. */
import { NeriumError } from "../errors.ts";
import { bpeTables } from "./bpe-model.ts";
import { bytesOfToken } from "./byte-alphabet.ts";
import { encodeBpe, makeBpeEncoder } from "./encode-bpe.ts";
import { encodePieces } from "./encode-pieces.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import { findSpecials } from "./special-tokens.ts";
import type { SpecialNames } from "./special-tokens.ts";
import type { Tokenizer } from "./types.ts";

/** Opens a file for which `isOwnFormat` holds. */
export function openBpeTokenizer(json: LooseTokenizerJson, names?: Partial<SpecialNames>): Tokenizer {
  const tables = bpeTables(json);
  const encoder = makeBpeEncoder(tables);
  const { tokens, ids } = tables;
  const specials = new Map(json.added_tokens.map(({ content, id }) => [content, id]));
  const idOf = (token: string): number | undefined => ids.get(token);
  const tokenOf = (id: number): string => {
    const token = tokens[id];
    if (token !== undefined) return token;
    throw new NeriumError("TOKENIZER", `expected an id from 0 to ${tokens.length - 1}, got ${id}.`);
  };
  const encodeAll = async (texts: readonly string[]) => texts.map((text) => encodeBpe(encoder, text));
  return {
    vocabularySize: tokens.length,
    specials: findSpecials(idOf, names),
    specialTokens: specials,
    encode: async (text) => encodeBpe(encoder, text),
    encodeBatch: encodeAll,
    encodePieces: (pieces) => encodePieces(pieces, specials, encodeAll),
    decode: async (ids) => decodeTokens(Array.from(ids, tokenOf), specials),
    tokenOf,
    idOf,
  };
}

/** Special tokens are spelled as they are, all others in the byte alphabet. */
function decodeTokens(tokens: readonly string[], specials: ReadonlyMap<string, number>): string {
  const utf8 = new TextEncoder();
  const bytesOf = (token: string): Uint8Array =>
    (specials.has(token) ? undefined : bytesOfToken(token)) ?? utf8.encode(token);
  const parts = tokens.map(bytesOf);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
