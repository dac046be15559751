/** @file A text → its characters without white space, with the place of each, and where one such text stands in another. */

/** All characters that are no white space (UTF-16 units), and their offsets in the text they come from. */
export interface Letters {
  readonly text: string;
  readonly offsets: Int32Array;
}

/** White space says nothing about a copy: models and tokenizers add and drop it freely. */
export function lettersOf(text: string): Letters {
  const offsets = new Int32Array(text.length);
  const runs: string[] = [];
  let length = 0;
  for (const { 0: run, index } of text.matchAll(/\S+/g)) {
    runs.push(run);
    for (let at = 0; at < run.length; at++) offsets[length++] = index + at;
  }
  return { text: runs.join(""), offsets: offsets.subarray(0, length) };
}

/** The number of letters before an offset of the text. */
export function lettersBefore({ offsets }: Letters, offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Occurrences {
  /** Where the whole of the wanted text begins, ascending; occurrences may overlap. */
  readonly starts: readonly number[];
  /** How many characters at the end of the searched text are a beginning of the wanted one. */
  readonly begun: number;
}

/** Knuth, Morris and Pratt's search: linear for any two texts, and it knows how much of a cut-off copy is there. */
export function findAll(wanted: string, searched: string): Occurrences {
  const starts: number[] = [];
  if (wanted === "") return { starts, begun: 0 };
  const borders = bordersOf(wanted);
  let matched = 0;
  for (let at = 0; at < searched.length; at++) {
    if (matched === wanted.length) matched = borders[matched - 1]!;
    while (matched > 0 && wanted.charCodeAt(matched) !== searched.charCodeAt(at))
      matched = borders[matched - 1]!;
    if (wanted.charCodeAt(matched) === searched.charCodeAt(at)) matched++;
    if (matched === wanted.length) starts.push(at + 1 - matched);
  }
  return { starts, begun: matched };
}

/** For each beginning of the text, the length of the longest shorter beginning that it ends with. */
function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let length = 0;
  for (let at = 1; at < text.length; at++) {
    while (length > 0 && text.charCodeAt(at) !== text.charCodeAt(length)) length = borders[length - 1]!;
    if (text.charCodeAt(at) === text.charCodeAt(length)) length++;
    borders[at] = length;
  }
  return borders;
}
