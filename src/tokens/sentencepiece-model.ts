/** @file A SentencePiece `tokenizer.model` (a protocol buffer) → its pieces and settings. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { NeriumError } from "../errors.ts";

/** What a piece stands for, by the numbers of SentencePiece's schema. */
export const pieceTypes = ["", "normal", "unknown", "control", "user-defined", "unused", "byte"] as const;
export type PieceType = (typeof pieceTypes)[number];

export interface SentencePiece {
  readonly text: string;
  /** Log probability, or for BPE the negated rank of its merge. */
  readonly score: number;
  readonly type: PieceType;
}

/** The model as far as encoding depends on it; ids are places in `pieces`. */
export interface SentencePieceModel {
  readonly kind: "unigram" | "bpe";
  readonly pieces: readonly SentencePiece[];
  readonly byteFallback: boolean;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  /** Normalisation rules in SentencePiece's compiled form; empty: none. */
  readonly charactersMap: Uint8Array;
}

/** The longest vocabularies (Gemma's) have 262,144 pieces. */
const maxPieces = 2_000_000;
/** SentencePiece trains pieces of up to 16 characters; user-defined ones may be longer. A merge has as many splits. */
const maxPieceLength = 1_000;

/** Whether the bytes may be such a model: its first field is a piece. */
export function looksLikeSentencePiece(bytes: Uint8Array): boolean {
  return bytes[0] === 0x0a;
}

/** Parses the model; `file` is named in errors. */
export function parseSentencePiece(bytes: Uint8Array, file?: string): SentencePieceModel {
  const refuse = (problem: string, cause?: unknown): NeriumError =>
    new NeriumError("TOKENIZER", problem, { ...(file !== undefined && { file }), cause });
  let model: SentencePieceModel & { readonly modelType: number };
  try {
    model = readModel(bytes);
  } catch (cause) {
    const problem = "expected a SentencePiece model, got bytes that are none; fetch the file again";
    throw refuse(`${problem} (${(cause as Error).message.slice(0, 100)})`, cause);
  }
  const { pieces, modelType } = model;
  if (modelType !== 1 && modelType !== 2)
    throw refuse(`expected a unigram (1) or BPE (2) model, got model_type ${modelType}`);
  if (pieces.length === 0 || pieces.length > maxPieces)
    throw refuse(`expected 1 to ${maxPieces} pieces, got ${pieces.length}`);
  const long = pieces.find(({ text }) => text.length > maxPieceLength);
  if (long !== undefined)
    throw refuse(`expected pieces of at most ${maxPieceLength} characters, got one of ${long.text.length}`);
  if (!pieces.some(({ type }) => type === "unknown"))
    throw refuse("expected a piece for unknown text, got none");
  return model;
}

type Fields = Readonly<Record<number, (reader: BinaryReader) => void>>;

/** Reads one message; fields that are not asked for are skipped. */
function readMessage(bytes: Uint8Array, fields: Fields): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const read = fields[field];
    if (read === undefined) reader.skip(wireType, field);
    else if (wireType === WireType.StartGroup) throw new Error(`field ${field} is a group`);
    else read(reader);
  }
}

/** Field numbers and defaults of sentencepiece_model.proto. */
function readModel(bytes: Uint8Array): SentencePieceModel & { readonly modelType: number } {
  const pieces: SentencePiece[] = [];
  let modelType = 1;
  let byteFallback = false;
  const spec = {
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
    charactersMap: new Uint8Array() as Uint8Array,
  };
  readMessage(bytes, {
    1: (reader) => pieces.push(readPiece(reader.bytes())),
    2: (reader) =>
      readMessage(reader.bytes(), {
        3: (trainer) => (modelType = trainer.int32()),
        35: (trainer) => (byteFallback = trainer.bool()),
      }),
    3: (reader) =>
      readMessage(reader.bytes(), {
        2: (normalizer) => (spec.charactersMap = normalizer.bytes()),
        3: (normalizer) => (spec.addDummyPrefix = normalizer.bool()),
        4: (normalizer) => (spec.removeExtraWhitespaces = normalizer.bool()),
        5: (normalizer) => (spec.escapeWhitespaces = normalizer.bool()),
      }),
  });
  return { kind: modelType === 2 ? "bpe" : "unigram", modelType, pieces, byteFallback, ...spec };
}

function readPiece(bytes: Uint8Array): SentencePiece {
  let [text, score, type] = ["", 0, 1];
  readMessage(bytes, {
    1: (reader) => (text = reader.string()),
    2: (reader) => (score = reader.float()),
    3: (reader) => (type = reader.int32()),
  });
  const known = type === 0 ? undefined : pieceTypes[type];
  if (known === undefined) throw new Error(`piece of type ${type}`);
  return { text, score, type: known };
}
