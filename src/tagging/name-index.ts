/**
 * @file A document's texts → the places where a name stands in them as whole words, and which characters mentions cover. A
 * name is looked for where its first word stands, not in the whole of the texts: documents may be whole books.
 */

export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface NamePlace extends Place {
  /** The text that it is in. */
  readonly passage: number;
}

const word = /[\p{L}\p{M}\p{N}]+/gu;

const isNamePart = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{M}\p{N}]/u.test(character);

export class NameIndex {
  readonly #texts: readonly string[];
  /** In lower case, where that has the same length: a few letters change theirs. */
  readonly #lower: readonly string[];
  /** Word in lower case → text and place, text and place … */
  #words: Map<string, number[]> | undefined;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#lower = texts.map((text) => {
      const lower = text.toLowerCase();
      return lower.length === text.length ? lower : text;
    });
  }

  /** In the order of the texts, without overlaps; none for a name without letter or digit. `ignoreCase`: of a name in lower case. */
  *places(name: string, { ignoreCase = false } = {}): Generator<NamePlace> {
    const first = name.match(word)?.[0];
    if (first === undefined) return;
    const before = name.indexOf(first);
    const found = (this.#words ??= this.#read()).get(first.toLowerCase()) ?? [];
    const texts = ignoreCase ? this.#lower : this.#texts;
    let [last, free] = [0, 0];
    for (let at = 0; at < found.length; at += 2) {
      const passage = found[at]!;
      const start = found[at + 1]! - before;
      const end = start + name.length;
      if (passage !== last) [last, free] = [passage, 0];
      const text = texts[passage]!;
      if (start < free || !text.startsWith(name, start)) continue;
      if (isNamePart(text[start - 1]) || isNamePart(text[end])) continue;
      free = end;
      yield { passage, start, end };
    }
  }

  #read(): Map<string, number[]> {
    const words = new Map<string, number[]>();
    for (const [passage, text] of this.#texts.entries()) {
      for (const { 0: found, index } of text.matchAll(word)) {
        const key = found.toLowerCase();
        const places = words.get(key);
        if (places === undefined) words.set(key, [passage, index]);
        else places.push(passage, index);
      }
    }
    return words;
  }
}

/** The characters of a text that mentions cover. */
export class Cover {
  readonly #covered: Uint8Array;

  constructor(length: number, places: readonly Place[]) {
    this.#covered = new Uint8Array(length);
    for (const place of places) this.add(place);
  }

  add({ start, end }: Place): void {
    this.#covered.fill(1, start, end);
  }

  overlaps({ start, end }: Place): boolean {
    return this.#covered.subarray(start, end).includes(1);
  }
}
