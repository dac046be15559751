/** @file A tokenizer → the token that stands between the passages of a document. */
import { NeriumError } from "../errors.ts";
import type { Tokenizer } from "./types.ts";

/** The separator of our own tokenizers; of others, which have none, a line break. */
export async function separatorOf(tokenizer: Tokenizer): Promise<number> {
  if (tokenizer.specials.separator >= 0) return tokenizer.specials.separator;
  const { ids } = await tokenizer.encode("\n");
  const last = ids.at(-1);
  if (last !== undefined) return last;
  throw new NeriumError("TOKENIZER", "expected <sep> or a token for a line break, got neither");
}
