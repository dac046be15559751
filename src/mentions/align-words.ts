/** @file A text → its words and signs, folded so that what models change freely compares equal. */

export interface Word {
  readonly start: number;
  readonly end: number;
  /** What is compared: case, width, accents' composition, kinds of dashes and quotes, and Greek letters or their names are one. */
  readonly key: string;
}

/** Letters and digits run together; every other character that is no white space is a word of its own. */
export function wordsOf(text: string, from = 0, to = text.length): Word[] {
  const words: Word[] = [];
  for (const { 0: word, index } of text
    .slice(from, to)
    .matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)) {
    words.push({ start: from + index, end: from + index + word.length, key: folded(word) });
  }
  return words;
}

const greek: Readonly<Record<string, string>> = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  ι: "iota",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  ς: "sigma",
  τ: "tau",
  υ: "upsilon",
  φ: "phi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
};
const dashes = /[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g;
const quotes = /[\u2018-\u201F\u2032-\u2037\u00B4`"']/g;

/** One spelling for what looks or reads the same. */
export function folded(text: string): string {
  if (/^[a-z0-9]+$/.test(text)) return text;
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(dashes, "-")
    .replaceAll(quotes, "'")
    .replaceAll(/[α-ω]/g, (letter) => greek[letter] ?? letter);
}

const wordLetter = /[\p{L}\p{M}\p{N}\p{Cs}]/u;

/** Whether letters of one word stand on both sides of an offset; halves of surrogate pairs count as letters. */
export function insideWord(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return false;
  return wordLetter.test(text[offset - 1]!) && wordLetter.test(text[offset]!);
}
