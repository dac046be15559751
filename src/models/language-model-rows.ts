/** @file An instruction and a tokenizer → the token ids that a language model is trained on, and is asked with. */
import { NeriumError } from "../errors.ts";
import type { FrameName, Instruction, Piece } from "../instructions/index.ts";
import { answerPieces, beginToken, endToken, promptPieces } from "../instructions/index.ts";
import type { Tokenizer } from "../tokens/index.ts";

export interface InstructionTokens {
  readonly ids: Int32Array;
  /** 1 for each token that is to be learnt, [tokens]. */
  readonly trained: Uint8Array;
}

/** Tokens with which the usual tokenizers begin a text, and end one; the first that a tokenizer has is taken. */
const begins = ["<|begin_of_text|>", "<s>"];
const ends = ["<|eot_id|>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>", "</s>", "<sep>"];

/** The chat template that a tokenizer's special tokens speak of. */
export function frameOf(tokenizer: Pick<Tokenizer, "idOf">): FrameName {
  if (tokenizer.idOf("<|start_header_id|>") !== undefined) return "llama3";
  return tokenizer.idOf("<|im_start|>") === undefined ? "plain" : "chatml";
}

/** The whole item, prompt and answer, for training. */
export async function encodeInstruction(
  tokenizer: Tokenizer,
  instruction: Instruction,
  frame: FrameName = frameOf(tokenizer),
): Promise<InstructionTokens> {
  return encodePieces(tokenizer, [...promptPieces(instruction, frame), ...answerPieces(instruction, frame)]);
}

/** What stands before the answer, for asking. */
export async function encodePrompt(
  tokenizer: Tokenizer,
  instruction: Instruction,
  frame: FrameName = frameOf(tokenizer),
): Promise<Int32Array> {
  return (await encodePieces(tokenizer, promptPieces(instruction, frame))).ids;
}

/**
 * Pieces are encoded one by one and never across a border: decoding, which sets tags between pieces, then meets the very
 * tokens that training has shown.
 */
async function encodePieces(tokenizer: Tokenizer, pieces: readonly Piece[]): Promise<InstructionTokens> {
  const texts = pieces.filter(({ special }) => !special).map(({ text }) => text);
  const behind = (await encodeContinuations(tokenizer, texts)).values();
  const ids: number[] = [];
  const trained: number[] = [];
  for (const piece of pieces) {
    const tokens = piece.special ? specialIds(tokenizer, piece.text) : behind.next().value!;
    for (const id of tokens) {
      ids.push(id);
      trained.push(piece.trained ? 1 : 0);
    }
  }
  return { ids: Int32Array.from(ids), trained: Uint8Array.from(trained) };
}

const probe = "gout";
/** Whether a tokenizer puts something before a text that stands at the start, as SentencePiece's do. */
const startsDiffer = new WeakMap<Tokenizer, Promise<boolean>>();

/**
 * Ids of texts of which each stands behind something else. Nerium's own prompts begin like this too: what a tokenizer puts
 * before the very first text would be lost on a model that is always asked alike.
 */
export async function encodeContinuations(
  tokenizer: Tokenizer,
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const [special] = tokenizer.specialTokens.keys();
  const alone = async (): Promise<number[][]> =>
    (await tokenizer.encodeBatch(texts)).map(({ ids }) => Array.from(ids));
  if (special === undefined) return alone();
  const behind = async (text: string): Promise<number[]> => {
    const { ids } = await tokenizer.encodePieces([{ special }, text]);
    return Array.from(ids.subarray(1));
  };
  const differ =
    startsDiffer.get(tokenizer) ??
    Promise.all([tokenizer.encode(probe), behind(probe)]).then(
      ([first, later]) => first.ids.join() !== later.join(),
    );
  startsDiffer.set(tokenizer, differ);
  return (await differ) ? Promise.all(texts.map(behind)) : alone();
}

function specialIds(tokenizer: Tokenizer, name: string): readonly number[] {
  if (name === beginToken) return firstKnown(tokenizer, begins);
  if (name === endToken) return firstKnown(tokenizer, ends);
  const id = tokenizer.idOf(name);
  if (id !== undefined) return [id];
  throw new NeriumError("TOKENIZER", `the chat template needs the token ${name}, which the tokenizer lacks`);
}

/** Empty where a tokenizer has none of them. */
function firstKnown(tokenizer: Tokenizer, names: readonly string[]): readonly number[] {
  const known = names.map((name) => tokenizer.idOf(name)).find((id) => id !== undefined);
  return known === undefined ? [] : [known];
}

/** The token that ends an answer; -1 where a tokenizer has none. */
export function endOf(tokenizer: Tokenizer, frame: FrameName = frameOf(tokenizer)): number {
  const names = { plain: ends, llama3: ["<|eot_id|>"], chatml: ["<|im_end|>"] }[frame];
  return firstKnown(tokenizer, names)[0] ?? -1;
}
