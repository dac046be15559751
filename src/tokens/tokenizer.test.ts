import { beforeAll, describe, expect, test } from "vitest";
import { NeriumError } from "../errors.ts";
import { bytesOfToken, byteSymbols } from "./byte-alphabet.ts";
import { openLibraryTokenizer } from "./library-tokenizer.ts";
import { parseTokenizerJson } from "./parse-tokenizer-json.ts";
import { splitPreTokens } from "./pre-tokens.ts";
import { awkwardTexts, trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { Encoding, Tokenizer } from "./types.ts";

let json: TokenizerJson;
let own: Tokenizer;
let library: Tokenizer;

beforeAll(async () => {
  json = await trainSample();
  own = openTokenizer(json);
  library = openLibraryTokenizer(parseTokenizerJson(json));
});

const texts = awkwardTexts(2000, 2);

/** The ids that the merges imply: the first merge of the list that applies, again and again. */
function idsByDefinition({ model }: TokenizerJson, text: string): number[] {
  const ranks = new Map(model.merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  return splitPreTokens(text).flatMap((word) => {
    const symbols = Array.from(new TextEncoder().encode(word), (byte) => byteSymbols[byte]!);
    for (;;) {
      const rankAt = (index: number): number =>
        ranks.get(`${symbols[index]} ${symbols[index + 1]}`) ?? Infinity;
      const best = [...symbols.keys()].reduce(
        (best, index) => (rankAt(index) < rankAt(best) ? index : best),
        0,
      );
      if (rankAt(best) === Infinity) return symbols.map((symbol) => model.vocab[symbol]!);
      symbols.splice(best, 2, symbols[best]! + symbols[best + 1]!);
    }
  });
}

/** Lone surrogates have no bytes. */
const wellFormed = (text: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));

/** Where pre-tokens begin, white space at their front skipped (an all-white one counts from its end). */
function spanStarts(text: string): Set<number> {
  let base = 0;
  return new Set(
    splitPreTokens(text).map((word) => {
      const blank = /^\p{White_Space}*/u.exec(word)![0].length;
      base += word.length;
      return base - word.length + blank;
    }),
  );
}

describe.each(["own", "library"] as const)("the %s encoder", (which) => {
  const open = (): Tokenizer => (which === "own" ? own : library);

  test("gives the ids that the merges imply", async () => {
    const encodings = await open().encodeBatch(texts.slice(0, 500));
    for (const { text, ids } of encodings) expect([...ids]).toEqual(idsByDefinition(json, text));
  });

  test("decodes every text to itself, lone surrogates as U+FFFD", async () => {
    for (const { text, ids } of await open().encodeBatch(texts)) {
      expect(await open().decode(ids)).toBe(wellFormed(text));
    }
  });

  test("gives spans without white space at their ends, in order, that cover all else", async () => {
    for (const { text, starts, ends } of await open().encodeBatch(texts)) {
      let covered = 0;
      let gaps = "";
      starts.forEach((start, index) => {
        expect(text.slice(start, ends[index])).not.toMatch(/^\p{White_Space}|\p{White_Space}$/u);
        if (start > covered) gaps += text.slice(covered, start);
        covered = Math.max(covered, ends[index]!);
      });
      expect(gaps + text.slice(covered)).toMatch(/^\p{White_Space}*$/u);
    }
  });

  test("spans of ASCII tokens are their text", async () => {
    for (const { text, ids, starts, ends } of await open().encodeBatch(texts)) {
      ids.forEach((id, index) => {
        const bytes = bytesOfToken(open().tokenOf(id))!;
        if (bytes.some((byte) => byte > 126)) return;
        expect(text.slice(starts[index], ends[index])).toBe(String.fromCharCode(...bytes).trim());
      });
    }
  });

  test("words begin where pre-tokens begin", async () => {
    for (const { text, starts, ends, wordStart } of await open().encodeBatch(texts)) {
      const allowed = spanStarts(text);
      wordStart.forEach((first, index) => {
        if (first === 1 && starts[index]! < ends[index]!) expect(allowed).toContain(starts[index]);
      });
      expect(wordStart.reduce((sum, first) => sum + first, 0)).toBe(splitPreTokens(text).length);
    }
  });

  test("never finds special tokens in a text, and shows them when decoding", async () => {
    const { ids } = await open().encode("a <mask> and <pad><sep>");
    for (const special of Object.values(open().specials)) expect([...ids]).not.toContain(special);
    expect(await open().decode([2, ...ids, 3])).toBe("<mask>a <mask> and <pad><sep><sep>");
  });

  test("an empty text has no tokens", async () => {
    expect(await open().encode("")).toEqual(emptyEncoding);
    expect(await open().encodeBatch(["", "a"])).toHaveLength(2);
    expect(await open().encodeBatch([])).toEqual([]);
    expect(await open().decode([])).toBe("");
  });

  test("knows its vocabulary", () => {
    expect(open().vocabularySize).toBe(400);
    expect(open().specials).toEqual({ pad: 0, unknown: 1, mask: 2, separator: 3 });
    expect(open().tokenOf(2)).toBe("<mask>");
    expect(open().idOf(open().tokenOf(350))).toBe(350);
    expect(open().idOf("no such token")).toBeUndefined();
    expect(() => open().tokenOf(400)).toThrow(/0 to 399, got 400/);
  });
});

const emptyEncoding: Encoding = {
  text: "",
  ids: new Int32Array(),
  starts: new Int32Array(),
  ends: new Int32Array(),
  wordStart: new Uint8Array(),
};

test("our own encoder and the library agree on 2000 awkward texts", async () => {
  expect(await own.encodeBatch(texts)).toEqual(await library.encodeBatch(texts));
});

test("a pre-token of 100,000 letters is no trap", async () => {
  const { ids } = await own.encode("ACGT".repeat(25_000));
  expect(await own.decode(ids)).toHaveLength(100_000);
});

test("words are encoded alike after so many others that they were forgotten", async () => {
  const tokenizer = openTokenizer(json);
  const first = await tokenizer.encode("cisplatin-induced nephrotoxicity");
  for (let words = 0; words < 60_000; words += 2000)
    await tokenizer.encode(Array.from({ length: 2000 }, (_, at) => `w${words + at}`).join(" "));
  expect(await tokenizer.encode("cisplatin-induced nephrotoxicity")).toEqual(first);
});

/** The same vocabulary under GPT-2's split, with tokens added as chat models do. */
function foreignFile(): string {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return JSON.stringify({
    ...json,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
    added_tokens: [
      ...json.added_tokens,
      { ...added, id: 400, content: "<|end|>", special: true },
      { ...added, id: 401, content: "<tool>", special: false },
    ],
  });
}

test("another tokenizer's file goes to the library, with its own special tokens", async () => {
  const foreign = openTokenizer(foreignFile(), { specials: { pad: "<|end|>", separator: "<none>" } });
  expect(foreign.vocabularySize).toBe(402);
  expect(foreign.specials).toEqual({ pad: 400, unknown: 1, mask: 2, separator: -1 });
  const { ids, starts, wordStart } = await foreign.encode("🧬 <tool> <|end|> the");
  expect([...ids]).toContain(401);
  expect([...ids]).not.toContain(400);
  expect(starts[ids.indexOf(401)]).toBe(3);
  expect(wordStart[ids.indexOf(401)]).toBe(1);
  expect(foreign.tokenOf(400)).toBe("<|end|>");
  expect(await foreign.decode([400, ...ids])).toBe("<|end|>🧬 <tool> <|end|> the");
});

test("older files with merges as strings are read", async () => {
  const merges = json.model.merges.map((pair) => pair.join(" "));
  const older = openTokenizer(JSON.stringify({ ...json, model: { ...json.model, merges } }));
  expect(await older.encodeBatch(texts.slice(0, 50))).toEqual(await own.encodeBatch(texts.slice(0, 50)));
});

test.each([
  ["no JSON", "{"],
  ["another JSON", "[]"],
  [
    "a vocabulary without bytes",
    () => JSON.stringify({ ...json, added_tokens: [], model: { ...json.model, vocab: { a: 0 } } }),
  ],
  [
    "an id that leaves a gap",
    () =>
      JSON.stringify({
        ...json,
        added_tokens: [],
        model: { ...json.model, vocab: { ...json.model.vocab, the: 900 } },
      }),
  ],
  [
    "what the library refuses",
    () => JSON.stringify({ ...json, decoder: { type: "Nothing" }, pre_tokenizer: null }),
  ],
  ["an added token that the library would renumber", () => foreignFile().replace("401", "777")],
])("a broken file is refused: %s", (_, file) => {
  const open = (): Tokenizer => openTokenizer(typeof file === "string" ? file : file());
  expect(open).toThrow(NeriumError);
  expect(open).toThrow(expect.objectContaining({ code: "TOKENIZER" }));
});
