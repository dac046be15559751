/** @file Texts and special tokens, and an encoder of texts → one encoding of all of them. */
import { NeriumError } from "../errors.ts";
import type { Encoding, Piece } from "./types.ts";

/** Encodes texts of which the first one stands (`first`) or does not stand at the prompt's start. */
export type EncodeTexts = (texts: readonly string[], first: boolean) => Promise<readonly Encoding[]>;

/** Special tokens become their ids; no text does, whatever it says. */
export async function encodePieces(
  pieces: readonly Piece[],
  specialTokens: ReadonlyMap<string, number>,
  encodeTexts: EncodeTexts,
): Promise<Encoding> {
  const joined = joinTexts(pieces);
  const texts = joined.filter((piece) => typeof piece === "string");
  const startsWithText = typeof joined[0] === "string";
  const encoded = [
    ...(await encodeTexts(texts.slice(0, startsWithText ? 1 : 0), true)),
    ...(await encodeTexts(texts.slice(startsWithText ? 1 : 0), false)),
  ];
  let next = 0;
  const parts = joined.map((piece) =>
    typeof piece === "string" ? encoded[next++]! : specialEncoding(piece.special, specialTokens),
  );
  return concatenate(parts);
}

/** Empty texts vanish, and neighbouring ones are one text: where a prompt was put together must not show. */
function joinTexts(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === "string" && typeof last === "string") joined[joined.length - 1] = last + piece;
    else if (piece !== "") joined.push(piece);
  }
  return joined;
}

function specialEncoding(name: string, specialTokens: ReadonlyMap<string, number>): Encoding {
  const id = specialTokens.get(name);
  if (id === undefined) {
    const known = [...specialTokens.keys()].slice(0, 12).join(", ");
    const problem = `expected a special token of this tokenizer (${known}${specialTokens.size > 12 ? " …" : ""})`;
    throw new NeriumError("TOKENIZER", `${problem}, got ${JSON.stringify(name)}`);
  }
  return {
    text: name,
    ids: Int32Array.of(id),
    starts: Int32Array.of(0),
    ends: Int32Array.of(name.length),
    wordStart: Uint8Array.of(1),
  };
}

function concatenate(parts: readonly Encoding[]): Encoding {
  const size = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const [ids, starts, ends] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  const wordStart = new Uint8Array(size);
  let [token, base] = [0, 0];
  for (const part of parts) {
    ids.set(part.ids, token);
    wordStart.set(part.wordStart, token);
    for (let index = 0; index < part.ids.length; index++, token++) {
      starts[token] = base + part.starts[index]!;
      ends[token] = base + part.ends[index]!;
    }
    base += part.text.length;
  }
  return { text: parts.map(({ text }) => text).join(""), ids, starts, ends, wordStart };
}
