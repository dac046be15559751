/** @file Names that llama.cpp has for ways to cut a text into pre-tokens ↔ the steps of a `tokenizer.json`. */
import { contractions, gpt4oPattern, gpt4Pattern } from "./tiktoken-families.ts";

export interface GgufPreTokenizer {
  /** Value of `tokenizer.ggml.pre`; the first is the one to write. */
  readonly names: readonly string[];
  readonly preTokenizer: object;
  readonly normalizer: object | null;
  /** A whole pre-token of the vocabulary is a token, whatever the merges say. */
  readonly ignoreMerges: boolean;
}

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false };
const split = (pattern: string): object => ({
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
    { ...byteLevel, use_regex: false },
  ],
});

export const ggufPreTokenizers: readonly GgufPreTokenizer[] = [
  {
    names: ["llama-bpe", "llama3", "llama-v3"],
    preTokenizer: split(gpt4Pattern("\\p{N}{1,3}")),
    normalizer: null,
    ignoreMerges: true,
  },
  {
    names: ["qwen2"],
    preTokenizer: split(gpt4Pattern("\\p{N}")),
    normalizer: { type: "NFC" },
    ignoreMerges: false,
  },
  { names: ["llama4"], preTokenizer: split(gpt4oPattern), normalizer: null, ignoreMerges: true },
  {
    names: ["gpt-2"],
    preTokenizer: { ...byteLevel, use_regex: true },
    normalizer: null,
    ignoreMerges: false,
  },
  {
    names: ["smollm"],
    preTokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Digits", individual_digits: true },
        { ...byteLevel, use_regex: true },
      ],
    },
    normalizer: null,
    ignoreMerges: false,
  },
];

interface Step {
  readonly type?: unknown;
  readonly pattern?: { readonly Regex?: unknown };
  readonly behavior?: unknown;
  readonly use_regex?: unknown;
  readonly individual_digits?: unknown;
  readonly add_prefix_space?: unknown;
  readonly pretokenizers?: readonly unknown[];
}

/** What matters of a pre-tokenizer, as a text that can be compared; files differ in what they leave out. */
function signature(step: unknown): string {
  if (typeof step !== "object" || step === null) return "none";
  const { type, pattern, pretokenizers, use_regex, individual_digits, add_prefix_space, behavior } =
    step as Step;
  if (type === "Sequence") return (pretokenizers ?? []).map(signature).join(" | ");
  if (type === "ByteLevel") {
    const spaced = add_prefix_space === true ? " with prefix" : "";
    return `ByteLevel${use_regex === false ? "" : " by GPT-2's pattern"}${spaced}`;
  }
  if (type === "Split") {
    // The same pattern is published with and without a group for its cases.
    const written = String(pattern?.Regex).replace(
      "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])",
      contractions,
    );
    return `Split ${String(behavior).toLowerCase()} ${written}`;
  }
  if (type === "Digits") return `Digits ${individual_digits === true ? "one by one" : "in runs"}`;
  return `${String(type)} ${JSON.stringify(step)}`;
}

/** The entry whose steps these are; undefined if llama.cpp has no name for them. */
export function findPreTokenizer(preTokenizer: unknown): GgufPreTokenizer | undefined {
  const wanted = signature(preTokenizer);
  return ggufPreTokenizers.find((entry) => signature(entry.preTokenizer) === wanted);
}
