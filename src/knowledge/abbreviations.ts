/**
 * @file A text → its abbreviations with the long forms that stand before them: "hepatocellular carcinoma (HCC)".
 * The method of Schwartz & Hearst (2003): letters of the short form are looked for in the words before the bracket,
 * from right to left, the first one at the beginning of a word.
 */

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Abbreviation {
  readonly short: Span;
  readonly long: Span;
}

/** One or two words of 2 to 10 characters, with a letter, beginning with a letter or digit. */
function isShortForm(text: string): boolean {
  return (
    text.length >= 2 &&
    text.length <= 10 &&
    text.split(/\s+/).length <= 2 &&
    /\p{L}/u.test(text) &&
    /^[\p{L}\p{N}]/u.test(text)
  );
}

/** Where the words begin that a long form may consist of: at most min(n + 5, 2n) words before the bracket. */
function earliestStart(text: string, bracket: number, shortLength: number): number {
  const most = Math.min(shortLength + 5, shortLength * 2);
  const sentence = text.slice(Math.max(0, bracket - 400), bracket);
  const words = [...sentence.matchAll(/\S+/g)];
  const first = words.at(-Math.min(most, words.length));
  return first === undefined ? bracket : bracket - sentence.length + first.index;
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}]/u.test(character);

/** The best long form within [from, to), or undefined; characters are compared without regard to capitals. */
function longFormStart(text: string, from: number, to: number, short: string): number | undefined {
  let place = to - 1;
  for (let index = short.length - 1; index >= 0; index--) {
    const wanted = short[index]!.toLowerCase();
    if (!isWordCharacter(wanted)) continue;
    const beginsWord = (): boolean => index > 0 || place === 0 || !isWordCharacter(text[place - 1]);
    while (place >= from && (text[place]!.toLowerCase() !== wanted || !beginsWord())) place--;
    if (place < from) return undefined;
    place--;
  }
  let start = place + 1;
  while (start > from && !/\s/.test(text[start - 1]!)) start--;
  return start;
}

function longFormOf(text: string, bracket: number, short: string): Span | undefined {
  const end = bracket - (/\s*$/.exec(text.slice(Math.max(0, bracket - 8), bracket))?.[0].length ?? 0);
  const start = longFormStart(text, earliestStart(text, bracket, short.length), end, short);
  if (start === undefined) return undefined;
  const long = text.slice(start, end);
  const isLonger = long.length > short.length && !long.split(/\s+/).includes(short);
  return isLonger && !/[()[\]]/.test(long) ? { start, end } : undefined;
}

/** In the order of the text; what stands in brackets up to a comma or semicolon is the short form. */
export function findAbbreviations(text: string): Abbreviation[] {
  const found: Abbreviation[] = [];
  for (const { 0: opened, 1: inside, index } of text.matchAll(/\(([^()]{2,40})\)/g)) {
    const short = inside!.split(/[,;]/)[0]!.trim();
    if (!isShortForm(short)) continue;
    const long = longFormOf(text, index, short);
    const start = index + opened.indexOf(short);
    if (long !== undefined) found.push({ short: { start, end: start + short.length }, long });
  }
  return found;
}
