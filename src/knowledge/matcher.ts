/** @file Terms → a matcher that finds the longest of them in a text, word by word. */
import type { Mention } from "../documents/index.ts";
import type { Term } from "./terms.ts";

interface Node {
  readonly next: Map<string, Node>;
  /** Types of the terms that end here; written as they are for names whose capitals matter. */
  types: Set<string> | undefined;
  exact: Set<string> | undefined;
}

const newNode = (): Node => ({ next: new Map(), types: undefined, exact: undefined });

interface Word {
  readonly text: string;
  readonly lower: string;
  readonly start: number;
  readonly end: number;
}

/** Runs of letters, runs of digits, single other characters. */
function wordsOf(text: string): Word[] {
  return Array.from(
    text.matchAll(/\p{L}\p{M}*(?:\p{L}|\p{M})*|\p{N}+|[^\s\p{L}\p{N}]/gu),
    ({ 0: word, index }) => ({
      text: word,
      lower: word.toLowerCase(),
      start: index,
      end: index + word.length,
    }),
  );
}

export interface TermMatcher {
  readonly size: number;
  /** Longest matches from left to right, none inside another; a term of two types is none. */
  find(text: string): Mention[];
}

/** Short names in capitals and with digits (gene symbols, abbreviations) match as they are written only. */
function isSymbol(text: string): boolean {
  return text.length <= 8 && !text.includes(" ") && /[\p{Lu}\p{N}]/u.test(text.slice(1));
}

export function termMatcher(terms: Iterable<Term>): TermMatcher {
  const root = newNode();
  let size = 0;
  for (const { text, type } of terms) {
    const words = wordsOf(text);
    if (words.length === 0 || words.length > 12) continue;
    let node = root;
    for (const { lower } of words) {
      let next = node.next.get(lower);
      if (next === undefined) node.next.set(lower, (next = newNode()));
      node = next;
    }
    (node.types ??= new Set()).add(type);
    if (isSymbol(text)) (node.exact ??= new Set()).add(text);
    size++;
  }
  return { size, find: (text) => findIn(root, text) };
}

/** The word, or its singular. */
function step(node: Node, lower: string): Node | undefined {
  return (
    node.next.get(lower) ??
    (lower.endsWith("s") && lower.length > 5 ? node.next.get(lower.slice(0, -1)) : undefined)
  );
}

function findIn(root: Node, text: string): Mention[] {
  const words = wordsOf(text);
  const mentions: Mention[] = [];
  for (let first = 0; first < words.length;) {
    let node: Node | undefined = root;
    let best: { readonly last: number; readonly types: Set<string> } | undefined;
    for (let last = first; last < words.length; last++) {
      node = step(node, words[last]!.lower);
      if (node === undefined) break;
      if (node.types === undefined) continue;
      const surface = text.slice(words[first]!.start, words[last]!.end);
      if (node.exact === undefined || node.exact.has(surface)) best = { last, types: node.types };
    }
    if (best === undefined) {
      first++;
      continue;
    }
    const [start, end] = [words[first]!.start, words[best.last]!.end];
    if (best.types.size === 1) mentions.push({ start, end, type: [...best.types][0]! });
    first = best.last + 1;
  }
  return mentions;
}
