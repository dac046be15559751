/** @file Stretches of texts → their token ids, each as if it were tokenized on its own; what was met before is remembered. */
import { encodeContinuations } from "../../models/language-model-rows.ts";
import type { Tokenizer } from "../../tokens/index.ts";

/** Stretches that are remembered: texts repeat their words. */
const mostRemembered = 200_000;

/**
 * A blank between two letters, where the tokenizers of language models always begin a new token: a stretch then has the
 * tokens of its parts one after the other. Others are told by a probe and encode every stretch whole.
 */
const border = /(?<=[\p{L}\p{N}])(?= \p{L})/u;
const probes = ["gout after zinc", "In TNF alpha 2 rises", "the renal failure of a patient"];

export type StretchIds = ReadonlyMap<string, readonly number[]>;

export interface PieceEncoder {
  /** A text in parts that can be encoded one by one; joined, they are the text. */
  partsOf(text: string): readonly string[];
  encode(stretches: Iterable<string>): Promise<StretchIds>;
}

export async function openPieceEncoder(tokenizer: Tokenizer): Promise<PieceEncoder> {
  const remembered = new Map<string, readonly number[]>();
  const divides = await dividesAtBlanks(tokenizer);
  return {
    partsOf: (text) => (divides ? text.split(border) : [text]),
    async encode(stretches) {
      const asked = new Set(stretches);
      const fresh = [...asked].filter((stretch) => !remembered.has(stretch));
      const encoded = await encodeContinuations(tokenizer, fresh);
      fresh.forEach((stretch, at) => remembered.set(stretch, encoded[at]!));
      const ids = new Map([...asked].map((stretch) => [stretch, remembered.get(stretch)!]));
      if (remembered.size > mostRemembered) remembered.clear();
      return ids;
    },
  };
}

async function dividesAtBlanks(tokenizer: Tokenizer): Promise<boolean> {
  for (const probe of probes) {
    const [whole, ...parts] = await encodeContinuations(tokenizer, [probe, ...probe.split(border)]);
    if (whole!.join() !== parts.join()) return false;
  }
  return true;
}
