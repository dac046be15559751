/** @file The public names of this folder: training a tokenizer, encoding with offsets, windows and batches. */
export { batchByLength } from "./batches.ts";
export type { BatchOptions } from "./batches.ts";
export { openChatTemplate } from "./chat-template.ts";
export type {
  ChatMessage,
  ChatTemplate,
  ChatTemplateSettings,
  RenderedChat,
  RenderOptions,
} from "./chat-template.ts";
export { parseLlama2cVocabulary } from "./llama2c-vocabulary.ts";
export { splitPreTokens } from "./pre-tokens.ts";
export { separatorOf } from "./separator.ts";
export { sentencePieceJson } from "./sentencepiece-json.ts";
export { parseSentencePiece } from "./sentencepiece-model.ts";
export type { SentencePiece, SentencePieceModel } from "./sentencepiece-model.ts";
export { specialTokens } from "./special-tokens.ts";
export type { SpecialNames } from "./special-tokens.ts";
export type { TiktokenFamily } from "./tiktoken-families.ts";
export { tiktokenJson } from "./tiktoken-json.ts";
export { openTokenizer } from "./tokenizer.ts";
export type { OpenTokenizerOptions } from "./tokenizer.ts";
export type { TokenizerJson } from "./tokenizer-json.ts";
export { trainBpe } from "./train-bpe.ts";
export type { TrainBpeOptions, TrainBpeProgress } from "./train-bpe.ts";
export type { Encoding, Piece, SpecialIds, Tokenizer } from "./types.ts";
export { windows } from "./windows.ts";
export type { Window } from "./windows.ts";
