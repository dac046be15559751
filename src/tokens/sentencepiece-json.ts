/** @file A SentencePiece model → the `tokenizer.json` that encodes as SentencePiece does. */
import type { LooseTokenizerJson } from "./parse-tokenizer-json.ts";
import type { SentencePiece, SentencePieceModel } from "./sentencepiece-model.ts";

/** SentencePiece's mark for a space. */
const mark = "▁";

/**
 * Converted as Hugging Face's converters do. Every text gets SentencePiece's dummy prefix by itself, also behind a
 * special token: Meta's own code and the published files of Llama 2 and Mistral do so.
 */
export function sentencePieceJson(model: SentencePieceModel): LooseTokenizerJson {
  const { kind, pieces } = model;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(pieces),
    normalizer: { type: "Sequence", normalizers: normalizers(model) },
    pre_tokenizer: preTokenizer(model),
    post_processor: null,
    decoder: { type: "Sequence", decoders: decoders(model) },
    model: kind === "bpe" ? bpeModel(model) : unigramModel(model),
  };
}

/** Tokens that stand for no text. */
function addedTokens(pieces: readonly SentencePiece[]): LooseTokenizerJson["added_tokens"] {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return pieces.flatMap(({ text, type }, id) =>
    (type === "control" || type === "unknown") && text !== "" ? [{ id, content: text, ...added }] : [],
  );
}

/** In SentencePiece's order. Only spaces count as white space: it leaves line breaks alone. */
function normalizers(model: SentencePieceModel): object[] {
  const replace = (pattern: object, content: string): object => ({ type: "Replace", pattern, content });
  const steps: object[] = [];
  if (model.charactersMap.length > 0) {
    steps.push({ type: "Precompiled", precompiled_charsmap: base64(model.charactersMap) });
  }
  if (model.removeExtraWhitespaces) {
    steps.push(replace({ Regex: "\\A +| +\\z" }, ""), replace({ Regex: " {2,}" }, " "));
  }
  if (model.addDummyPrefix) steps.push({ type: "Prepend", prepend: model.escapeWhitespaces ? mark : " " });
  if (model.escapeWhitespaces) steps.push(replace({ String: " " }, mark));
  return steps;
}

/**
 * A user-defined piece is a token wherever it stands. A unigram model of the library would also find the names of byte
 * pieces ("<0x0A>") in a text: they are torn apart first.
 */
function preTokenizer({ kind, byteFallback, pieces }: SentencePieceModel): object | null {
  const longestFirst = userDefined(pieces).toSorted((a, b) => b.length - a.length);
  const parts = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/#&~-]/g, "\\$&"));
  if (kind === "unigram" && byteFallback) parts.push("<(?=0x[0-9A-F]{2}>)");
  if (parts.length === 0) return null;
  return { type: "Split", pattern: { Regex: parts.join("|") }, behavior: "Isolated", invert: false };
}

function userDefined(pieces: readonly SentencePiece[]): string[] {
  return pieces.flatMap(({ text, type }) => (type === "user-defined" && text !== "" ? [text] : []));
}

function decoders({ byteFallback, addDummyPrefix }: SentencePieceModel): object[] {
  return [
    { type: "Replace", pattern: { String: mark }, content: " " },
    ...(byteFallback ? [{ type: "ByteFallback" }] : []),
    { type: "Fuse" },
    ...(addDummyPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ];
}

function bpeModel({ pieces, byteFallback }: SentencePieceModel): LooseTokenizerJson["model"] {
  return {
    type: "BPE",
    dropout: null,
    unk_token: pieces.find(({ type }) => type === "unknown")!.text,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: byteFallback,
    ignore_merges: userDefined(pieces).length > 0,
    vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
    merges: merges(pieces),
  };
}

/** SentencePiece joins whatever two pieces give the best third one; a list of merges says that pair by pair. */
function merges(pieces: readonly SentencePiece[]): [string, string][] {
  const normal = new Set(pieces.filter(({ type }) => type === "normal").map(({ text }) => text));
  const found: { readonly pair: [string, string]; readonly score: number; readonly id: number }[] = [];
  for (const [id, { text, score, type }] of pieces.entries()) {
    if (type !== "normal") continue;
    let split = 0;
    for (const character of text) {
      split += character.length;
      const pair: [string, string] = [text.slice(0, split), text.slice(split)];
      if (normal.has(pair[0]) && normal.has(pair[1])) found.push({ pair, score, id });
    }
  }
  // Shorter left parts were found first, and sorting keeps the order of equals.
  return found.sort((a, b) => b.score - a.score || a.id - b.id).map(({ pair }) => pair);
}

function unigramModel({ pieces, byteFallback }: SentencePieceModel): LooseTokenizerJson["model"] {
  // The least score decides what an unknown character costs: SentencePiece looks at normal pieces only.
  const least = pieces.reduce(
    (least, { type, score }) => (type === "normal" ? Math.min(least, score) : least),
    0,
  );
  return {
    type: "Unigram",
    unk_id: pieces.findIndex(({ type }) => type === "unknown"),
    byte_fallback: byteFallback,
    vocab: pieces.map(({ text, score, type }) => [text, type === "byte" ? least : score]),
  };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
