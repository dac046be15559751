/** @file Any Hugging Face `tokenizer.json` → a Tokenizer, by way of the `tokenizers` library (Rust, Node only). */
import type * as Library from "tokenizers";
import { codePointMap } from "../documents/code-points.ts";
import { NeriumError } from "../errors.ts";
import { findSpecials } from "./special-tokens.ts";
import type { SpecialNames } from "./special-tokens.ts";
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
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

interface Special {
  readonly id: number;
  readonly content: string;
}

/** Opens a `tokenizer.json` in the library, made deaf to special tokens in the text. */
export function openLibraryTokenizer(json: LooseTokenizerJson, names?: Partial<SpecialNames>): Tokenizer {
  const specials = json.added_tokens.filter((token) => token.special);
  const library = openDeaf(json);
  const contentOf = new Map(specials.map(({ id, content }) => [id, content]));
  const idOfSpecial = new Map(specials.map(({ id, content }) => [content, id]));
  const idOf = (token: string): number | undefined =>
    idOfSpecial.get(token) ?? library.tokenToId(token) ?? undefined;
  for (const { id, content } of json.added_tokens) {
    if (idOf(content) === id) continue;
    const problem = `added token ${content}: expected id ${id}, the library gives ${idOf(content)}`;
    throw new NeriumError(
      "TOKENIZER",
      `${problem}; the ids of added tokens must go on where the vocabulary ends.`,
    );
  }
  const highest = Math.max(...specials.map(({ id }) => id), library.getVocabSize(true) - 1);
  return {
    vocabularySize: highest + 1,
    specials: findSpecials(idOf, names),
    async encode(text) {
      return text === "" ? encodingOf(text) : encodingOf(text, await library.encode(text, null, plain));
    },
    async encodeBatch(texts) {
      const encodings = await library.encodeBatch([...texts], plain);
      return texts.map((text, index) => encodingOf(text, encodings[index]));
    },
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

const plain = { addSpecialTokens: false };

/**
 * The library turns "<mask>" in a text into the special token, and its Node binding has no switch for that. So its
 * copy of the file has no special tokens: those of the model's own vocabulary are left out of the added ones, those
 * beyond it are renamed (left out, they would shift the ids of the added tokens behind them).
 */
function openDeaf(json: LooseTokenizerJson): Library.Tokenizer {
  const isOfModel = knownToModel(json);
  const added = json.added_tokens
    .filter((token) => !token.special || !isOfModel(token))
    .map((token) => (token.special ? { ...token, content: `\uFDD0${token.id}\uFDD1` } : token));
  const { Tokenizer } = loadLibrary();
  try {
    return Tokenizer.fromString(JSON.stringify({ ...json, added_tokens: added }));
  } catch (cause) {
    const problem = `expected a tokenizer.json of Hugging Face tokenizers, got one that they refuse`;
    throw new NeriumError("TOKENIZER", `${problem}: ${String(cause)}`, { cause });
  }
}

function knownToModel({ model }: LooseTokenizerJson): (token: Special) => boolean {
  const { vocab } = model;
  // Unigram models list [piece, score] pairs, whose ids are their places.
  if (Array.isArray(vocab)) return ({ id }) => id < vocab.length;
  return ({ content }) => Object.hasOwn(vocab, content);
}

function encodingOf(text: string, encoding?: Library.Encoding): Encoding {
  const ids = Int32Array.from(encoding?.getIds() ?? []);
  const [starts, ends] = [new Int32Array(ids.length), new Int32Array(ids.length)];
  const wordStart = new Uint8Array(ids.length);
  const map = codePointMap(text);
  const offsets = encoding?.getOffsets() ?? [];
  const words = encoding?.getWordIds() ?? [];
  for (const [index, [start, end]] of offsets.entries()) {
    [starts[index], ends[index]] = trimSpan(text, map.toUtf16(start!), map.toUtf16(end!));
    // Tokens without a word (added tokens) begin one each.
    wordStart[index] = typeof words[index] === "number" && words[index] === words[index - 1] ? 0 : 1;
  }
  return { text, ids, starts, ends, wordStart };
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
