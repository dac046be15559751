/** @file The words of this folder: Tokenizer and Encoding. */

/** A text as tokens; the four arrays have one entry a token. */
export interface Encoding {
  readonly text: string;
  readonly ids: Int32Array;
  /**
   * UTF-16 offsets into `text`, half-open, white space at both ends trimmed. A token of white space alone has an
   * empty span at its end. Tokens that share one character (pieces of its bytes) have its whole span each.
   */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1 where a token is the first of its pre-token, else 0. */
  readonly wordStart: Uint8Array;
}

/** Ids of the tokens that stand for no text; -1 for one that the tokenizer does not have. */
export interface SpecialIds {
  readonly pad: number;
  readonly unknown: number;
  readonly mask: number;
  readonly separator: number;
}

/** A part of a prompt: text, in which no special token is ever found, or a special token by its name. */
export type Piece = string | { readonly special: string };

export interface Tokenizer {
  /** The highest id and one, special tokens included. */
  readonly vocabularySize: number;
  readonly specials: SpecialIds;
  /** All special tokens by name. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Adds no special tokens and finds none: a text that holds "<mask>" is tokenized like any other. */
  encode(text: string): Promise<Encoding>;
  encodeBatch(texts: readonly string[]): Promise<Encoding[]>;
  /**
   * The pieces one after the other; neighbouring texts are one text. The encoding's text is all of them joined, special
   * tokens by their names, and offsets count in it. An unknown special token is TOKENIZER.
   */
  encodePieces(pieces: readonly Piece[]): Promise<Encoding>;
  /** The text of the tokens; a special token gives its name, bytes that are no UTF-8 give U+FFFD. */
  decode(ids: Iterable<number>): Promise<string>;
  /** The token as the vocabulary spells it, in the byte alphabet ("Ġcell"). Throws TOKENIZER for an unknown id. */
  tokenOf(id: number): string;
  idOf(token: string): number | undefined;
}
