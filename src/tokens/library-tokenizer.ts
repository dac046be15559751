/** @file Any Hugging Face `tokenizer.json` → a Tokenizer, by way of the `tokenizers` library (Rust, Node only). */
import type * as Library from "tokenizers";
import { codePointMap } from "../documents/code-points.ts";
import { NeriumError } from "../errors.ts";
import { deafen, splitsWords, withoutFirstPrefix } from "./deafen.ts";
import { encodePieces } from "./encode-pieces.ts";
import { findSpecials } from "./special-tokens.ts";
import type { SpecialNames } from "./special-tokens.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import { splitPreTokens } from "./pre-tokens.ts";
import { trimSpan } from "./trim-span.ts";
import type { Encoding, Tokenizer } from "./types.ts";

/** Opened with `getBuiltinModule`, not imported, so that this folder still loads in a browser. */
function loadLibrary(): typeof Library {
  try {
    const { createRequire } = globalThis.process.getBuiltinModule("node:module");
    return createRequire(import.meta.url)("tokenizers") as typeof Library;
  } catch (cause) {
    const problem = "this tokenizer.json needs the native package `tokenizers`, which did not load here";
    throw new NeriumError("TOKENIZER", `${problem}; Nerium's own tokenizers need none.`, { cause });
  }
}

/** Opens a `tokenizer.json` in the library, made deaf to special tokens in the text. */
export function openLibraryTokenizer(json: LooseTokenizerJson, names?: Partial<SpecialNames>): Tokenizer {
  const specials = json.added_tokens.filter((token) => token.special);
  const library = openDeaf(json);
  const contentOf = new Map(specials.map(({ id, content }) => [id, content]));
  const specialTokens = new Map(specials.map(({ id, content }) => [content, id]));
  const idOf = (token: string): number | undefined =>
    specialTokens.get(token) ?? library.tokenToId(token) ?? undefined;
  checkAddedTokens(json, idOf);
  const highest = specials.reduce((most, { id }) => Math.max(most, id), library.getVocabSize(true) - 1);
  const encodeWith = textEncoder(json);
  const continuing = lazily(() => {
    const rest = withoutFirstPrefix(json);
    return rest === undefined ? library : openDeaf(rest);
  });
  return {
    vocabularySize: highest + 1,
    specials: findSpecials(idOf, names),
    specialTokens,
    encode: async (text) => (await encodeWith(library, [text]))[0]!,
    encodeBatch: (texts) => encodeWith(library, texts),
    encodePieces: (pieces) =>
      encodePieces(pieces, specialTokens, async (texts, first) =>
        texts.length === 0 ? [] : encodeWith(first ? library : continuing(), texts),
      ),
    decode: (ids) => decodeAround(contentOf, library, ids),
    tokenOf(id) {
      const token = contentOf.get(id) ?? library.idToToken(id);
      if (token === null)
        throw new NeriumError("TOKENIZER", `expected an id from 0 to ${highest}, got ${id}.`);
      return token;
    },
    idOf,
  };
}

function checkAddedTokens(json: LooseTokenizerJson, idOf: (token: string) => number | undefined): void {
  for (const { id, content } of json.added_tokens) {
    if (idOf(content) === id) continue;
    const problem = `added token ${content}: expected id ${id}, the library gives ${idOf(content)}`;
    throw new NeriumError(
      "TOKENIZER",
      `${problem}; the ids of added tokens must go on where the vocabulary ends.`,
    );
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function openDeaf(json: LooseTokenizerJson): Library.Tokenizer {
  const { Tokenizer } = loadLibrary();
  try {
    return Tokenizer.fromString(JSON.stringify(deafen(json)));
  } catch (cause) {
    const problem = `expected a tokenizer.json of Hugging Face tokenizers, got one that they refuse`;
    throw new NeriumError("TOKENIZER", `${problem}: ${String(cause)}`, { cause });
  }
}

const plain = { addSpecialTokens: false };

/** What the texts of a file go through, as far as it matters for offsets and words. */
function textEncoder(json: LooseTokenizerJson) {
  const wordsOf = splitsWords(json) ? libraryWords : preTokenWords;
  const normalises = json.normalizer !== null && json.normalizer !== undefined;
  return async (library: Library.Tokenizer, texts: readonly string[]): Promise<Encoding[]> => {
    const encodings = await library.encodeBatch([...texts], plain);
    return texts.map((text, index) => {
      const encoding = encodings[index]!;
      // The library calls an empty text a token in some of its models.
      const ids = Int32Array.from(text === "" ? [] : encoding.getIds());
      const { starts, ends } = spansOf(text, encoding, ids.length, normalises);
      return { text, ids, starts, ends, wordStart: wordsOf(encoding, starts, text) };
    });
  };
}

const prefix = "▁";

function spansOf(text: string, encoding: Library.Encoding, size: number, normalises: boolean) {
  const [starts, ends] = [new Int32Array(size), new Int32Array(size)];
  const map = codePointMap(text);
  const offsets = encoding.getOffsets();
  for (let index = 0; index < size; index++) {
    const [start, end] = offsets[index]!;
    [starts[index], ends[index]] = [map.toUtf16(start!), map.toUtf16(end!)];
  }
  // The library gives SentencePiece's dummy prefix, where it is a token of its own, the text's first character.
  if (size > 0 && encoding.getTokens()[0] === prefix) ends[0] = starts[0]!;
  if (normalises) extendOverMarks(text, starts, ends);
  for (let index = 0; index < size; index++) {
    [starts[index], ends[index]] = trimSpan(text, starts[index]!, ends[index]!);
  }
  return { starts, ends };
}

const marks = /\p{M}+/uy;

/** Composed with the letter before them, marks belong to no token of the library's: they go to the letter's. */
function extendOverMarks(text: string, starts: Int32Array, ends: Int32Array): void {
  let next = text.length;
  let [end, extended] = [-1, -1];
  for (let index = starts.length - 1; index >= 0; index--) {
    if (ends[index] !== end) {
      end = extended = ends[index]!;
      marks.lastIndex = end;
      const found = end < next && end > starts[index]! ? marks.exec(text) : null;
      if (found !== null) extended = Math.min(next, end + found[0].length);
    }
    ends[index] = extended; // pieces of one character share its span
    next = Math.min(next, starts[index]!);
  }
}

/**
 * The library's own words: its pre-tokens. Tokens without a word (added tokens) begin one each. A pre-token may hold a
 * bracket and the word behind it ("(IL" in Llama 3): there a word begins, too, where a token does.
 */
function libraryWords(encoding: Library.Encoding, starts: Int32Array, text: string): Uint8Array {
  const words = encoding.getWordIds();
  const finer = startsOf(starts, text, false);
  return finer.map((first, index) =>
    typeof words[index] === "number" && words[index] === words[index - 1] ? first : 1,
  );
}

/** SentencePiece has no pre-tokens but white space: words begin where Nerium's own pre-tokens do. */
function preTokenWords(_: Library.Encoding, starts: Int32Array, text: string): Uint8Array {
  return startsOf(starts, text, true);
}

/** 1 where a token starts at a pre-token of ours, and at the first token; white space is a word only if `blank`. */
function startsOf(starts: Int32Array, text: string, blank: boolean): Uint8Array {
  const begins = new Set<number>();
  let base = 0;
  for (const word of splitPreTokens(text)) {
    const [start, end] = trimSpan(text, base, base + word.length);
    if (blank || start < end) begins.add(start);
    base += word.length;
  }
  return Uint8Array.from(starts, (start, index) =>
    index === 0 || (begins.has(start) && start !== starts[index - 1]) ? 1 : 0,
  );
}

/** The library no longer knows the special tokens: their names are put between what it decodes. */
async function decodeAround(
  contentOf: ReadonlyMap<number, string>,
  library: Library.Tokenizer,
  ids: Iterable<number>,
): Promise<string> {
  const parts: string[] = [];
  let run: number[] = [];
  const flush = async (): Promise<void> => {
    if (run.length > 0) parts.push(await library.decode(run, false));
    run = [];
  };
  for (const id of ids) {
    const content = contentOf.get(id);
    if (content === undefined) {
      run.push(id);
      continue;
    }
    await flush();
    parts.push(content);
  }
  await flush();
  return parts.join("");
}
