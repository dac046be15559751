/** @file A byte-level BPE `tokenizer.json` of ours → the tables that encoding needs, or why it cannot be one. */
import { NeriumError } from "../errors.ts";
import { byteSymbols } from "./byte-alphabet.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import { preTokenPattern } from "./pre-tokens.ts";

export interface BpeTables {
  /** The vocabulary in the order of its ids. */
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  /** The id of each byte's symbol. */
  readonly idOfByte: Int32Array;
  /** left id * tokens.length + right id → rank of the merge; the lowest rank goes first. */
  readonly rankOf: ReadonlyMap<number, number>;
  /** rank → id of the merged token. */
  readonly mergedIds: Int32Array;
}

const ownShape = {
  normalizer: null,
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: preTokenPattern }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: false, use_regex: false },
    ],
  },
  model: { type: "BPE" },
};

/** Settings of a BPE model that must be off; absent is off as well. */
const off = [
  "dropout",
  "unk_token",
  "continuing_subword_prefix",
  "end_of_word_suffix",
  "fuse_unk",
  "byte_fallback",
  "ignore_merges",
];

/** Whether `encodeBpe` may stand in for the library: a file as `trainBpe` writes it, all else goes to the library. */
export function isOwnFormat(json: LooseTokenizerJson): boolean {
  if (!contains(json, ownShape) || json["truncation"] || json["padding"]) return false;
  const { model, added_tokens: added } = json;
  const { vocab } = model;
  if (Array.isArray(vocab) || off.some((name) => Boolean(model[name]))) return false;
  return added.every(
    ({ special, content, id }) => special && Object.hasOwn(vocab, content) && vocab[content] === id,
  );
}

/** Whether `value` has everything that `shape` has; it may have more keys. */
function contains(value: unknown, shape: unknown): boolean {
  if (typeof shape !== "object" || shape === null) return value === shape;
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (Array.isArray(shape) && fields["length"] !== shape.length) return false;
  return Object.entries(shape).every(([name, part]) => contains(fields[name], part));
}

/** Builds the tables of a file for which `isOwnFormat` holds. */
export function bpeTables({ model }: LooseTokenizerJson): BpeTables {
  const ids = new Map(Object.entries(model.vocab as Readonly<Record<string, number>>));
  const tokens: string[] = Array.from({ length: ids.size });
  for (const [token, id] of ids) tokens[id] = token;
  if (tokens.length !== ids.size || tokens.includes(undefined as never)) {
    throw new NeriumError(
      "TOKENIZER",
      `vocab: expected ${ids.size} tokens with the ids from 0, got gaps or repeats.`,
    );
  }
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new NeriumError(
      "TOKENIZER",
      `vocab: expected all bytes and all merged tokens, but "${token}" is missing.`,
    );
  };
  const rankOf = new Map<number, number>();
  const merges = (model.merges ?? []).map(splitMerge);
  const mergedIds = Int32Array.from(merges, ([left, right], rank) => {
    rankOf.set(idOf(left) * tokens.length + idOf(right), rank);
    return idOf(left + right);
  });
  return { tokens, ids, idOfByte: Int32Array.from(byteSymbols, idOf), rankOf, mergedIds };
}

/** Older files write a merge as "left right". */
function splitMerge(merge: string | readonly [string, string]): readonly [string, string] {
  if (typeof merge !== "string") return merge;
  const space = merge.indexOf(" ");
  return [merge.slice(0, space), merge.slice(space + 1)];
}
