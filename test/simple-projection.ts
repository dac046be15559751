/** @file A text and an answer marked with @@ and ## → mentions by the plainest projection there is, to compare ours with. */
import type { Fragment } from "../src/documents/index.ts";

/** A mark is kept if all its letters are in the longest common subsequence of letters, one right behind the other. */
export function simpleProjection(text: string, answer: string): Fragment[] {
  const ours = lettersOf(text);
  const letters: string[] = [];
  const marks: Fragment[] = [];
  let open = -1;
  for (const { 0: piece } of answer.matchAll(/@@|##|\S/g)) {
    if (piece === "@@") open = letters.length;
    else if (piece !== "##") letters.push(piece);
    else if (open >= 0) {
      marks.push({ start: open, end: letters.length });
      open = -1;
    }
  }
  const partners = commonSubsequence(
    ours.map(({ letter }) => letter),
    letters,
  );
  return marks.flatMap(({ start, end }) => {
    const places = partners.slice(start, end);
    const together = places.every((place, at) => place >= 0 && place === places[0]! + at);
    return start < end && together
      ? [{ start: ours[places[0]!]!.at, end: ours[places.at(-1)!]!.at + 1 }]
      : [];
  });
}

function lettersOf(text: string): { readonly letter: string; readonly at: number }[] {
  return Array.from(text.matchAll(/\S/g), ({ 0: letter, index }) => ({ letter, at: index }));
}

/** For each of `theirs` its partner in `ours`, or -1. */
function commonSubsequence(ours: readonly string[], theirs: readonly string[]): number[] {
  const width = theirs.length + 1;
  const longest = new Uint16Array((ours.length + 1) * width);
  for (let a = ours.length - 1; a >= 0; a--) {
    for (let b = theirs.length - 1; b >= 0; b--) {
      longest[a * width + b] =
        ours[a] === theirs[b]
          ? longest[(a + 1) * width + b + 1]! + 1
          : Math.max(longest[(a + 1) * width + b]!, longest[a * width + b + 1]!);
    }
  }
  const partners = theirs.map(() => -1);
  for (let [a, b] = [0, 0]; a < ours.length && b < theirs.length;) {
    if (ours[a] === theirs[b]) partners[b++] = a++;
    else if (longest[(a + 1) * width + b]! >= longest[a * width + b + 1]!) a++;
    else b++;
  }
  return partners;
}
