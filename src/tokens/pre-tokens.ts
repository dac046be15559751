/** @file A text → its pre-tokens: the smallest units that a mention may begin or end at, and that no token crosses. */

/**
 * A run of letters, one to three digits or one other character, each with at most one leading space; otherwise a run
 * of white space, which leaves its last space to the word behind it (GPT-2's look-ahead).
 *
 * `\p{White_Space}` and not `\s`: JavaScript's `\s` has U+FEFF and lacks U+0085, Oniguruma's is the other way round.
 * Both engines then agree on every character but those of Unicode 17, which `tokenizers` 0.23 does not know yet
 * (tried on all code points, Node 20.20).
 */
export const preTokenPattern =
  " ?(?:\\p{L}\\p{M}*)+" +
  "| ?\\p{N}{1,3}" +
  "| ?[^\\p{White_Space}\\p{L}\\p{N}]" +
  "|\\p{White_Space}+(?!\\P{White_Space})" +
  "|\\p{White_Space}+";

const everyPreToken = new RegExp(preTokenPattern, "gu");

/** The pre-tokens in order; joined, they are the text again. */
export function splitPreTokens(text: string): readonly string[] {
  return text.match(everyPreToken) ?? [];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A pre-token as a string of its own, for tables that outlive the text: V8 lets a substring of 13 characters or more
 * keep its whole text alive, and a round trip through bytes does not. (Lone surrogates become U+FFFD, as in encoding.)
 */
export function detach(preToken: string): string {
  return preToken.length < 13 ? preToken : decoder.decode(encoder.encode(preToken));
}
