/** @file The tokenizer in a GGUF file's metadata → a `tokenizer.json`, the special tokens' names and the chat template. */
import { MetadataView } from "../formats/gguf/metadata.ts";
import type { GgufMetadata } from "../formats/gguf/types.ts";
import { ggufPreTokenizers } from "./gguf-pre-tokenizers.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import { sentencePieceJson } from "./sentencepiece-json.ts";
import { pieceTypes } from "./sentencepiece-model.ts";

export interface GgufVocabulary {
  readonly json: LooseTokenizerJson;
  /** As chat templates call them: `bos_token`, `eos_token`, `unk_token`, `pad_token`. */
  readonly namedTokens: Readonly<Record<string, string>>;
  readonly chatTemplate: string | undefined;
}

/** Types of tokens are SentencePiece's, whichever tokenizer it is. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Reads the metadata; `file` is named in errors. */
export function readGgufVocabulary(metadata: GgufMetadata, file: string): GgufVocabulary {
  const view = new MetadataView(metadata, file);
  const key = "tokenizer.ggml.model";
  const model = view.needed(view.text(key), key);
  const tokens = view.needed(view.texts("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens");
  const types = typesOf(view, tokens.length);
  const json =
    model === "llama"
      ? sentencePiece(view, tokens, types)
      : model === "gpt2"
        ? byteLevel(view, tokens, types)
        : undefined;
  if (json === undefined)
    throw view.refuse(key, '"llama" (SentencePiece BPE) or "gpt2" (byte-level BPE)', model);
  return {
    json,
    namedTokens: namedTokens(view, tokens),
    chatTemplate: view.text("tokenizer.chat_template"),
  };
}

function typesOf(view: MetadataView, size: number): readonly number[] {
  const key = "tokenizer.ggml.token_type";
  const types = view.numbers(key);
  if (types === undefined) return Array.from({ length: size }, () => tokenTypes.normal);
  if (types.length !== size) throw view.refuse(key, `${size} types, one for each token`, types.length);
  return types;
}

function namedTokens(view: MetadataView, tokens: readonly string[]): Record<string, string> {
  const names = { bos_token: "bos", eos_token: "eos", unk_token: "unknown", pad_token: "padding" };
  const found: Record<string, string> = {};
  for (const [name, word] of Object.entries(names)) {
    const key = `tokenizer.ggml.${word}_token_id`;
    const id = view.number(key);
    const token = id === undefined ? undefined : tokens[id];
    if (id !== undefined && token === undefined) throw view.refuse(key, `an id below ${tokens.length}`, id);
    if (token !== undefined) found[name] = token;
  }
  return found;
}

function sentencePiece(
  view: MetadataView,
  tokens: readonly string[],
  types: readonly number[],
): LooseTokenizerJson {
  const key = "tokenizer.ggml.scores";
  const scores = view.needed(view.numbers(key), key);
  if (scores.length !== tokens.length) throw view.refuse(key, `${tokens.length} scores`, scores.length);
  const pieces = tokens.map((text, id) => {
    const type = pieceTypes[types[id]!];
    if (type === undefined || type === "")
      throw view.refuse("tokenizer.ggml.token_type", "types 1 to 6", types[id]);
    return { text, score: scores[id]!, type };
  });
  if (!types.includes(tokenTypes.unknown))
    throw view.refuse("tokenizer.ggml.token_type", "a token for unknown text (type 2)", "none");
  return sentencePieceJson({
    kind: "bpe",
    pieces,
    byteFallback: types.includes(tokenTypes.byte),
    addDummyPrefix: view.flag("tokenizer.ggml.add_space_prefix") ?? true,
    removeExtraWhitespaces: view.flag("tokenizer.ggml.remove_extra_whitespaces") ?? false,
    escapeWhitespaces: true,
    charactersMap: new Uint8Array(),
  });
}

function byteLevel(
  view: MetadataView,
  tokens: readonly string[],
  types: readonly number[],
): LooseTokenizerJson {
  const key = "tokenizer.ggml.pre";
  const pre = view.text(key) ?? "default";
  const found = ggufPreTokenizers.find(({ names }) => names.includes(pre));
  if (found === undefined) {
    const known = ggufPreTokenizers.flatMap(({ names }) => names).join(", ");
    throw view.refuse(key, `one of ${known}; or take the tokenizer.json of the original model`, pre);
  }
  const merges = view.needed(view.texts("tokenizer.ggml.merges"), "tokenizer.ggml.merges");
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) => {
      const special = types[id] === tokenTypes.control;
      return special || types[id] === tokenTypes.userDefined ? [{ id, content, special, ...added }] : [];
    }),
    normalizer: found.normalizer,
    pre_tokenizer: found.preTokenizer,
    post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: found.ignoreMerges,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [...merges],
    },
  };
}
