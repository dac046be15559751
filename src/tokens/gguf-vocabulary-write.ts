/** @file A `tokenizer.json`, names of special tokens and a chat template → the tokenizer's metadata in a GGUF file. */
import { NeriumError } from "../errors.ts";
import type { GgufField, ScalarType } from "../formats/gguf/types.ts";
import { isOwnFormat } from "./bpe-model.ts";
import { findPreTokenizer } from "./gguf-pre-tokenizers.ts";
import { tokenTypes } from "./gguf-vocabulary.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";

export interface VocabularyToWrite {
  readonly json: LooseTokenizerJson;
  /** Rows of the embedding; ids without a token get a name that no text has. */
  readonly size: number;
  /** As chat templates call them: `bos_token`, `eos_token`, `unk_token`, `pad_token`. */
  readonly namedTokens: Readonly<Record<string, string>>;
  readonly addBosToken: boolean;
  readonly chatTemplate?: string | undefined;
}

const text = (value: string): GgufField => ({ type: "string", value });
const flag = (value: boolean): GgufField => ({ type: "bool", value });
const list = (of: ScalarType, value: readonly (string | number)[]): GgufField => ({
  type: "array",
  of,
  value,
});

/** Byte-level BPE with a split that llama.cpp has a name for, and SentencePiece's BPE; others are TOKENIZER. */
export function ggufVocabulary(vocabulary: VocabularyToWrite): Map<string, GgufField> {
  const { json, chatTemplate, addBosToken } = vocabulary;
  const { vocab } = json.model;
  if (json.model.type !== "BPE" && json.model.merges === undefined) {
    throw refusal(`a BPE tokenizer, got ${String(json.model.type)}; GGUF's other kinds are not written`);
  }
  const tokens = tokensOf(vocabulary, Array.isArray(vocab) ? {} : vocab);
  const isSentencePiece = json.model["byte_fallback"] === true;
  const kind = isSentencePiece ? sentencePiece(json, tokens) : byteLevel(json);
  const fields = new Map<string, GgufField>([
    ...kind,
    [
      "tokenizer.ggml.tokens",
      list(
        "string",
        tokens.map(({ content }) => content),
      ),
    ],
    [
      "tokenizer.ggml.token_type",
      list(
        "int32",
        tokens.map(({ type }) => type),
      ),
    ],
    ["tokenizer.ggml.add_bos_token", flag(addBosToken)],
    ["tokenizer.ggml.add_eos_token", flag(false)],
  ]);
  const ids = new Map(tokens.map(({ content }, id) => [content, id]));
  for (const [name, key] of Object.entries(namedKeys)) {
    const id = ids.get(vocabulary.namedTokens[name] ?? "");
    if (id !== undefined) fields.set(`tokenizer.ggml.${key}_token_id`, { type: "uint32", value: id });
  }
  if (chatTemplate !== undefined) fields.set("tokenizer.chat_template", text(chatTemplate));
  return fields;
}

const namedKeys = { bos_token: "bos", eos_token: "eos", unk_token: "unknown", pad_token: "padding" } as const;

function refusal(problem: string): NeriumError {
  return new NeriumError("TOKENIZER", `GGUF export: expected ${problem}`);
}

interface Token {
  readonly content: string;
  readonly type: number;
}

/** By id. Added tokens are spelled as they are, all others as in the vocabulary. */
function tokensOf(
  { json, size, namedTokens }: VocabularyToWrite,
  vocab: Readonly<Record<string, number>>,
): Token[] {
  const tokens: (Token | undefined)[] = Array.from({ length: size });
  const place = (id: number, token: Token): void => {
    if (id >= size) throw refusal(`ids below the embedding's ${size} rows, got ${id} (${token.content})`);
    tokens[id] = token;
  };
  const byte = json.model["byte_fallback"] === true ? /^<0x[0-9A-F]{2}>$/ : undefined;
  for (const [content, id] of Object.entries(vocab)) {
    place(id, { content, type: byte?.test(content) === true ? tokenTypes.byte : tokenTypes.normal });
  }
  const unknown = json.model["unk_token"] ?? namedTokens["unk_token"];
  for (const { id, content, special } of json.added_tokens) {
    const type =
      content === unknown ? tokenTypes.unknown : special ? tokenTypes.control : tokenTypes.userDefined;
    place(id, { content, type });
  }
  return tokens.map((token, id) => token ?? { content: `[PAD${id}]`, type: tokenTypes.unused });
}

/** docs/decisions/2026-11-26-own-tokenizers-stay-out-of-gguf.md says which comes how near. */
const ownPreTokens =
  "those of a tokenizer that Nerium trained: up to three digits with the space before them are one, and llama.cpp either " +
  "cuts the space off or the digits elsewhere, so that it would read texts as other tokens; run the model with Nerium, or " +
  "train from a base whose tokenizer llama.cpp has";

function byteLevel(json: LooseTokenizerJson): [string, GgufField][] {
  const found = findPreTokenizer(json.pre_tokenizer);
  if (found === undefined) {
    const got = isOwnFormat(json) ? ownPreTokens : "others";
    throw refusal(`pre-tokens that llama.cpp can make (Llama 3, Llama 4, Qwen2, GPT-2, SmolLM), got ${got}`);
  }
  const merges = (json.model.merges ?? []).map((merge) =>
    typeof merge === "string" ? merge : merge.join(" "),
  );
  return [
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text(found.names[0]!)],
    ["tokenizer.ggml.merges", list("string", merges)],
  ];
}

/** llama.cpp joins the pair with the best-scored result first: the earlier a merge, the better. */
function sentencePiece(json: LooseTokenizerJson, tokens: readonly Token[]): [string, GgufField][] {
  const ranks = new Map<string, number>();
  for (const [rank, merge] of (json.model.merges ?? []).entries()) {
    const merged = typeof merge === "string" ? merge.replace(" ", "") : merge.join("");
    if (!ranks.has(merged)) ranks.set(merged, rank);
  }
  const scores = tokens.map(({ content, type }) =>
    type === tokenTypes.normal ? -(ranks.get(content) ?? 0) : 0,
  );
  const steps = JSON.stringify([json.normalizer, json.pre_tokenizer]);
  const addsPrefix = /"type":"Prepend"/.test(steps) || /"prepend_scheme":"(?:first|always)"/.test(steps);
  return [
    ["tokenizer.ggml.model", text("llama")],
    ["tokenizer.ggml.pre", text("default")],
    ["tokenizer.ggml.scores", list("float32", scores)],
    ["tokenizer.ggml.add_space_prefix", flag(addsPrefix)],
  ];
}
