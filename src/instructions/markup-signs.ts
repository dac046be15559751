/** @file An answer with `@@gout##` or `@disease@gout#disease#` → its mark tokens, broken ones included. */
import type { MarkToken } from "./markup.ts";

/**
 * Whole: `@@`, `##`, `@name@`, `#name#` of a known name. Broken: a single `@` or `#`, `@name:`, `#name`, `@name@` of an
 * unknown name (a slip such as `@gchem@`), and at the very end of the answer what may be the beginning of `@name@`.
 */
export function lexSigns(answer: string, names: readonly string[]): MarkToken[] {
  if (!/[@#]/.test(answer)) return [];
  const tokens: MarkToken[] = [];
  for (const match of answer.matchAll(signPattern(names))) {
    const [sign, ...groups] = match;
    const name = groups.find((group) => group !== undefined);
    tokens.push({
      start: match.index,
      end: match.index + sign.length,
      role: sign.startsWith("@") ? "open" : "close",
      broken: !isWhole(sign, name, names),
      name: name?.toLowerCase(),
    });
  }
  return tokens;
}

function isWhole(sign: string, name: string | undefined, names: readonly string[]): boolean {
  if (name === undefined) return sign.length === 2;
  const closed = sign.length === name.length + 2 && sign.at(-1) === sign[0];
  return closed && names.includes(name.toLowerCase());
}

const patterns = new Map<string, RegExp>();

function signPattern(names: readonly string[]): RegExp {
  const key = names.join("\n");
  const pattern = patterns.get(key) ?? newSignPattern(names);
  patterns.set(key, pattern);
  return pattern;
}

function newSignPattern(names: readonly string[]): RegExp {
  const beginnings = names.flatMap((name) => Array.from(name, (_, at) => name.slice(0, at + 1)));
  const known = anyOf(names);
  const alternatives = [
    `@@?(${known})(?:@@?|:)`,
    "@([a-z]{1,20})@(?!@)",
    `@(${anyOf(beginnings)})$`,
    "@@?",
    `##?(${known})#`,
    `#(${known})(?![a-z#])`,
    "##?",
  ];
  return new RegExp(alternatives.join("|"), "gi");
}

/** The longest first; a pattern that nothing matches where there are none. */
function anyOf(words: readonly string[]): string {
  if (words.length === 0) return "(?!)";
  const escaped = words.map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return [...new Set(escaped)].sort((a, b) => b.length - a.length).join("|");
}
