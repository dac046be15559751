/** @file Which tiktoken vocabularies are known → their patterns and special tokens. */
import { NeriumError } from "../errors.ts";

export interface TiktokenSettings {
  /** How a text is cut into pre-tokens, in the syntax of `tokenizers`. */
  readonly pattern: string;
  readonly normalizer: object | null;
  /** Their ids follow the vocabulary's. */
  readonly specialTokens: readonly string[];
}

export type TiktokenFamily = "llama3" | "llama4" | "qwen";

export const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const tail = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
export const gpt4Pattern = (digits: string): string =>
  `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${tail}`;
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
export const gpt4oPattern =
  `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${contractions}?|` +
  `[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${contractions}?|` +
  `\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${tail}`;

const numbered = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `<|${name}_${from + index}|>`);

/** As in Llama 3.1 to 3.3; Llama 3 itself has reserved tokens where these have the padding, `eom` and `python_tag`. */
const llama3Tokens = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  ...numbered("reserved_special_token", 2),
  "<|finetune_right_pad_id|>",
  "<|reserved_special_token_2|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eom_id|>",
  "<|eot_id|>",
  "<|python_tag|>",
  ...numbered("reserved_special_token", 245, 3),
];

const llama4Tokens = [
  ..."begin_of_text end_of_text fim_prefix fim_middle fim_suffix header_start header_end eom eot step"
    .split(" ")
    .map((name) => `<|${name}|>`),
  ...numbered("text_post_train_reserved_special_token", 6),
  "<|python_start|>",
  "<|python_end|>",
  "<|finetune_right_pad|>",
  ...numbered("text_post_train_reserved_special_token", 61, 8),
  "<|image_start|>",
  "<|image_end|>",
  ...numbered("vision_reserved_special_token", 2),
  "<|tile_x_separator|>",
  "<|tile_y_separator|>",
  ...numbered("vision_reserved_special_token", 4, 2),
  "<|image|>",
  "<|vision_reserved_special_token_6|>",
  "<|patch|>",
  ...numbered("vision_reserved_special_token", 1041, 7),
  ...numbered("reasoning_reserved_special_token", 8),
  "<|reasoning_thinking_start|>",
  "<|reasoning_thinking_end|>",
];
/** Llama 4 keeps 2,048 ids for special tokens. */
const llama4Reserved = numbered("reserved_special_token", 2_048 - llama4Tokens.length);

const families: Readonly<Record<TiktokenFamily, TiktokenSettings & { readonly size: number }>> = {
  llama3: {
    size: 128_000,
    pattern: gpt4Pattern("\\p{N}{1,3}"),
    normalizer: null,
    specialTokens: llama3Tokens,
  },
  llama4: {
    size: 200_000,
    pattern: gpt4oPattern,
    normalizer: null,
    specialTokens: [...llama4Tokens, ...llama4Reserved],
  },
  qwen: {
    size: 151_643,
    pattern: gpt4Pattern("\\p{N}"),
    normalizer: { type: "NFC" },
    specialTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>", ...numbered("extra", 205)],
  },
};

/** The family that was named, or the one whose vocabulary has this size. */
export function familyOf(size: number, family?: TiktokenFamily, file?: string): TiktokenSettings {
  const found =
    family === undefined ? Object.values(families).find((one) => one.size === size) : families[family];
  if (found !== undefined) return found;
  const known = Object.entries(families).map(([name, one]) => `${name} (${one.size} tokens)`);
  const problem = `expected the vocabulary of ${known.join(", ")}; got ${size} tokens: name the family, or take the model's tokenizer.json`;
  throw new NeriumError("TOKENIZER", problem, { ...(file !== undefined && { file }) });
}
