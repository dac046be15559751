/** @file A span of a text → the same span without white space at its ends. */

const whiteSpace = /^\p{White_Space}$/u;

function isWhiteSpace(code: number): boolean {
  if (code > 32 && code < 127) return false;
  return whiteSpace.test(String.fromCharCode(code));
}

/** A span of white space alone becomes empty, at its end. */
export function trimSpan(text: string, start: number, end: number): readonly [number, number] {
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return [start, end];
}
