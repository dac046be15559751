/** @file A `tokenizer.json` → a Tokenizer: text to ids with offsets, and back. */
import { isOwnFormat } from "./bpe-model.ts";
import { openBpeTokenizer } from "./bpe-tokenizer.ts";
import { openLibraryTokenizer } from "./library-tokenizer.ts";
import { type LooseTokenizerJson, parseTokenizerJson } from "./parse-tokenizer-json.ts";
import type { SpecialNames } from "./special-tokens.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";
import type { Tokenizer } from "./types.ts";

export interface OpenTokenizerOptions {
  /** Names of the special tokens where they are not ours: `{ pad: "<|endoftext|>" }`. */
  readonly specials?: Partial<SpecialNames>;
}

/**
 * Opens a `tokenizer.json`, given as its text, or as what `trainBpe` or a conversion returned. Our own files are encoded in plain
 * TypeScript, all others by the `tokenizers` library, which runs on Node only.
 */
export function openTokenizer(
  json: string | TokenizerJson | LooseTokenizerJson,
  options: OpenTokenizerOptions = {},
): Tokenizer {
  const parsed = parseTokenizerJson(json);
  const open = isOwnFormat(parsed) ? openBpeTokenizer : openLibraryTokenizer;
  return open(parsed, options.specials);
}
