/** @file Mark tokens of an answer to a text that holds such characters itself → those that are marks. */
import type { MarkToken } from "../instructions/markup.ts";
import { projectCopy } from "./align-copy.ts";

/**
 * An e-mail address or "C#" in the text is no broken mark. Tokens whose characters occur in the text are left in the
 * copy; those that there stand for the very same characters of the text are text.
 */
export function withoutLiterals(
  text: string,
  answer: string,
  tokens: readonly MarkToken[],
): readonly MarkToken[] {
  const written = new Set(tokens.map(({ start, end }) => answer.slice(start, end)));
  const inText = new Set([...written].filter((sign) => text.includes(sign)));
  const doubtful = new Set(tokens.filter(({ start, end }) => inText.has(answer.slice(start, end))));
  if (doubtful.size === 0) return tokens;
  const { copy, starts } = copyWith(answer, tokens, doubtful);
  const { places } = projectCopy(text, { copy, from: 0, to: copy.length, marked: () => false });
  const isText = (token: MarkToken): boolean => {
    const start = starts.get(token);
    if (start === undefined) return false;
    for (let at = start; at < start + token.end - token.start; at++) {
      if (copy[at]!.trim() !== "" && (places[at]! < 0 || text[places[at]!] !== copy[at])) return false;
    }
    return true;
  };
  return tokens.filter((token) => !isText(token));
}

/** The answer with no tokens but the doubtful ones, and where those begin in it. */
function copyWith(answer: string, tokens: readonly MarkToken[], doubtful: ReadonlySet<MarkToken>) {
  const starts = new Map<MarkToken, number>();
  const parts: string[] = [];
  let from = 0;
  let length = 0;
  for (const token of tokens) {
    const kept = doubtful.has(token);
    const part = answer.slice(from, kept ? token.end : token.start);
    parts.push(part);
    length += part.length;
    if (kept) starts.set(token, length - (token.end - token.start));
    from = token.end;
  }
  parts.push(answer.slice(from));
  return { copy: parts.join(""), starts };
}
