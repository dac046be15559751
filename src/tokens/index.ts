/** @file The public names of this folder: training a tokenizer, encoding with offsets, windows and batches. */
export { batchByLength } from "./batches.ts";
export type { BatchOptions } from "./batches.ts";
export { splitPreTokens } from "./pre-tokens.ts";
export { separatorOf } from "./separator.ts";
export { specialTokens } from "./special-tokens.ts";
export type { SpecialNames } from "./special-tokens.ts";
export { openTokenizer } from "./tokenizer.ts";
export type { OpenTokenizerOptions } from "./tokenizer.ts";
export type { TokenizerJson } from "./tokenizer-json.ts";
export { trainBpe } from "./train-bpe.ts";
export type { TrainBpeOptions, TrainBpeProgress } from "./train-bpe.ts";
export type { Encoding, SpecialIds, Tokenizer } from "./types.ts";
export { windows } from "./windows.ts";
export type { Window } from "./windows.ts";
