/** @file A stream of texts → a byte-level BPE tokenizer, as a `tokenizer.json` that every Hugging Face library reads. */
import { NeriumError } from "../errors.ts";
import { byteSymbols } from "./byte-alphabet.ts";
import { countPreTokens } from "./count-pre-tokens.ts";
import { mergePairs } from "./merge-pairs.ts";
import type { WordList } from "./merge-pairs.ts";
import { makeTokenizerJson } from "./tokenizer-json.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";

export type TrainBpeProgress =
  | { readonly phase: "count"; readonly texts: number; readonly distinct: number }
  | {
      readonly phase: "counted";
      readonly texts: number;
      readonly occurrences: number;
      readonly pruned: number;
    }
  | { readonly phase: "merge"; readonly tokens: number; readonly count: number };

export interface TrainBpeOptions {
  /** Special tokens and the 256 bytes included. The result is smaller when the texts hold too few pairs. */
  readonly vocabularySize: number;
  /** They get the ids 0, 1, 2 … */
  readonly specialTokens: readonly string[];
  /** A pre-token that occurs less often is ignored; 2 if absent. */
  readonly minimumFrequency?: number;
  /** Different pre-tokens kept while counting; beyond it the rarest are forgotten. 5 million if absent. */
  readonly maximumPreTokens?: number;
  /** Called every thousand texts, after counting, and every hundred tokens. */
  readonly onProgress?: (progress: TrainBpeProgress) => void;
}

/**
 * Trains a tokenizer: pre-tokens are counted, then the most frequent pair of symbols is merged until the vocabulary is
 * full. Bytes get their ids in the order of their symbols, merged tokens in the order of their merges; of equally
 * frequent pairs the one with the lower ids is merged first. The same texts, in any order, give the same tokenizer
 * (unless pre-tokens had to be forgotten).
 */
export async function trainBpe(
  texts: AsyncIterable<string>,
  options: TrainBpeOptions,
): Promise<TokenizerJson> {
  checkOptions(options);
  const { specialTokens, vocabularySize, onProgress } = options;
  const { counts, ...summary } = await countPreTokens(texts, {
    maximumEntries: options.maximumPreTokens ?? 5_000_000,
    onText: (read, distinct) => {
      if (read % 1000 === 0) onProgress?.({ phase: "count", texts: read, distinct });
    },
  });
  onProgress?.({ phase: "counted", ...summary });
  const tokens = [...specialTokens, ...byteSymbols.toSorted()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = listWords(counts, options.minimumFrequency ?? 2, ids);
  const merges = mergePairs(words, vocabularySize, (left, right, count) => {
    if (tokens.length >= vocabularySize) return undefined;
    const token = tokens[left]! + tokens[right]!;
    // Two pairs may spell the same token ("a"+"bc", "ab"+"c"): it keeps its first id.
    const known = ids.get(token);
    if (known !== undefined) return known;
    ids.set(token, tokens.length);
    tokens.push(token);
    if (tokens.length % 100 === 0) onProgress?.({ phase: "merge", tokens: tokens.length, count });
    return tokens.length - 1;
  });
  return makeTokenizerJson(
    specialTokens,
    tokens,
    merges.map(({ left, right }) => [tokens[left]!, tokens[right]!] as const),
  );
}

function checkOptions({ vocabularySize, specialTokens }: TrainBpeOptions): void {
  const least = specialTokens.length + 256;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least || vocabularySize > 1_000_000) {
    const range = `${least} (256 bytes and ${specialTokens.length} special tokens) to 1000000`;
    throw new NeriumError(
      "USAGE",
      `vocabularySize: expected a whole number of ${range}, got ${vocabularySize}.`,
    );
  }
  if (new Set(specialTokens).size < specialTokens.length || specialTokens.some((token) => token.length < 2)) {
    throw new NeriumError("USAGE", "specialTokens: expected different strings of two characters or more.");
  }
}

/** The frequent pre-tokens as byte symbols; those of a single byte have no pair and are left out. */
function listWords(
  counts: ReadonlyMap<string, number>,
  minimumFrequency: number,
  ids: ReadonlyMap<string, number>,
): WordList {
  const idOfByte = byteSymbols.map((symbol) => ids.get(symbol)!);
  const encoder = new TextEncoder();
  const kept: { readonly symbols: Int32Array; readonly count: number }[] = [];
  for (const [word, count] of counts) {
    if (count < minimumFrequency) continue;
    const symbols = Int32Array.from(encoder.encode(word), (byte) => idOfByte[byte]!);
    if (symbols.length > 1) kept.push({ symbols, count });
  }
  const begins = new Int32Array(kept.length + 1);
  for (const [word, { symbols }] of kept.entries()) begins[word + 1] = begins[word]! + symbols.length;
  const symbols = new Int32Array(begins[kept.length]!);
  for (const [word, entry] of kept.entries()) symbols.set(entry.symbols, begins[word]);
  return { symbols, begins, counts: Float64Array.from(kept, ({ count }) => count) };
}
