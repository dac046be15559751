/** @file A vocabulary of llama2.c (`tokenizer.bin`, `tok512.bin`) → a SentencePiece model. */
import { NeriumError } from "../errors.ts";
import type { PieceType, SentencePiece, SentencePieceModel } from "./sentencepiece-model.ts";

/** The file says its longest piece first; real ones have some 30 bytes. */
const maxPieceBytes = 1_000;

/** Parses the file; how many pieces there are is not in it, so all bytes must be pieces. */
export function parseLlama2cVocabulary(bytes: Uint8Array, file?: string): SentencePieceModel {
  const refuse = (problem: string): NeriumError =>
    new NeriumError("TOKENIZER", `${problem}; is it a tokenizer.bin of llama2.c?`, {
      ...(file !== undefined && { file }),
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces: SentencePiece[] = [];
  if (bytes.length < 4) throw refuse(`expected 4 bytes or more, got ${bytes.length}`);
  for (let at = 4; at < bytes.length;) {
    if (at + 8 > bytes.length) throw refuse(`expected a score and a length at byte ${at}, got the end`);
    const [score, length] = [view.getFloat32(at, true), view.getInt32(at + 4, true)];
    if (length < 0 || length > maxPieceBytes || at + 8 + length > bytes.length)
      throw refuse(
        `piece ${pieces.length}: expected at most ${maxPieceBytes} bytes within the file, got ${length}`,
      );
    const text = utf8.decode(bytes.subarray(at + 8, at + 8 + length));
    pieces.push(pieceOf(text, score, pieces.length));
    at += 8 + length;
  }
  if (pieces.length < 3) throw refuse(`expected 3 pieces or more, got ${pieces.length}`);
  return {
    kind: "bpe",
    pieces,
    byteFallback: true,
    addDummyPrefix: true,
    removeExtraWhitespaces: false,
    escapeWhitespaces: true,
    charactersMap: new Uint8Array(),
  };
}

/** llama2.c writes spaces as spaces and puts the first two control tokens on lines of their own. */
function pieceOf(text: string, score: number, id: number): SentencePiece {
  const type: PieceType =
    id === 0 ? "unknown" : id < 3 ? "control" : /^<0x[0-9A-F]{2}>$/.test(text) ? "byte" : "normal";
  return { text: id < 3 ? text.trim() : text.replaceAll(" ", "▁"), score, type };
}
