/** @file A `tokenizer.json` → the same one, in which no text can become a special token; and questions about its steps. */
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";

interface Special {
  readonly id: number;
  readonly content: string;
}

/**
 * The library turns "<mask>" in a text into the special token, and its Node binding has no switch for that. So its copy
 * of the file has no special tokens: those of the model's own vocabulary are left out of the added ones, those beyond
 * it are renamed (left out, they would shift the ids of the added tokens behind them). The new names hold a random
 * number, so that no text can spell them.
 */
export function deafen(json: LooseTokenizerJson): LooseTokenizerJson {
  const secret = crypto.randomUUID();
  const rename = (id: number): string => `\uFDD0${secret}:${id}\uFDD1`;
  const isOfModel = knownToModel(json);
  const added = json.added_tokens
    .filter((token) => !token.special || !isOfModel(token))
    .map((token) => (token.special ? { ...token, content: rename(token.id) } : token));
  const hidden = json.added_tokens.filter((token) => token.special && isOfModel(token));
  return { ...json, added_tokens: added, model: hideInModel(json.model, hidden, rename) };
}

function knownToModel({ model }: LooseTokenizerJson): (token: Special) => boolean {
  const { vocab } = model;
  // Unigram models list [piece, score] pairs, whose ids are their places.
  if (Array.isArray(vocab)) return ({ id }) => id < vocab.length;
  return ({ content }) => Object.hasOwn(vocab, content);
}

/** Some models find whole words of a text in their vocabulary: there, too, special tokens need names that nobody spells. */
function hideInModel(
  model: LooseTokenizerJson["model"],
  specials: readonly Special[],
  rename: (id: number) => string,
): LooseTokenizerJson["model"] {
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    const hidden = new Set(specials.map(({ id }) => id));
    const renamed = vocab.map((entry, id) =>
      hidden.has(id) && Array.isArray(entry) ? [rename(id), ...entry.slice(1)] : entry,
    );
    return { ...model, vocab: renamed };
  }
  if (model["ignore_merges"] !== true) return model;
  const merged = new Set((model.merges ?? []).flatMap(partsOfMerge));
  const hidden = specials.filter(({ content }) => !merged.has(content));
  if (hidden.length === 0) return model;
  const copy: Record<string, number> = { ...vocab };
  for (const { id, content } of hidden) {
    delete copy[content];
    copy[rename(id)] = id;
  }
  const unknown = hidden.find(({ content }) => content === model["unk_token"]);
  return { ...model, vocab: copy, ...(unknown && { unk_token: rename(unknown.id) }) };
}

/** Both parts of a merge and what they give; older files write "left right". */
function partsOfMerge(merge: string | readonly [string, string]): string[] {
  const [left = "", right = ""] = typeof merge === "string" ? merge.split(" ") : merge;
  return [left, right, left + right];
}

interface Step {
  readonly type?: unknown;
  readonly prepend_scheme?: unknown;
  readonly pretokenizers?: readonly Step[];
}

function stepsOf(step: unknown): readonly Step[] {
  if (typeof step !== "object" || step === null) return [];
  const { pretokenizers } = step as Step;
  return Array.isArray(pretokenizers) ? pretokenizers.flatMap(stepsOf) : [step];
}

/** Whether pre-tokens are words. SentencePiece's are not: it splits at white space or not at all. */
export function splitsWords(json: LooseTokenizerJson): boolean {
  const steps = stepsOf(json.pre_tokenizer);
  const sentencePiece = json.model["byte_fallback"] === true || Array.isArray(json.model.vocab);
  return steps.length > 0 && !sentencePiece && !steps.some(({ type }) => type === "Metaspace");
}

/**
 * The variant for a text that follows a special token, where only the prompt's very start gets a dummy prefix
 * ("prepend_scheme": "first"); undefined where all texts are treated alike.
 */
export function withoutFirstPrefix(json: LooseTokenizerJson): LooseTokenizerJson | undefined {
  const isFirst = ({ type, prepend_scheme }: Step): boolean =>
    type === "Metaspace" && prepend_scheme === "first";
  if (!stepsOf(json.pre_tokenizer).some(isFirst)) return undefined;
  const change = (step: unknown): unknown => {
    if (typeof step !== "object" || step === null) return step;
    const { pretokenizers } = step as Step;
    if (Array.isArray(pretokenizers)) return { ...step, pretokenizers: pretokenizers.map(change) };
    return isFirst(step) ? { ...step, prepend_scheme: "never" } : step;
  };
  return { ...json, pre_tokenizer: change(json.pre_tokenizer) };
}
