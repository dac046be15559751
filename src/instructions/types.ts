/** @file What every instruction style shares: types by their names in a style, instructions, and which part is trained. */
import type { Passage } from "../documents/index.ts";
import type { AnswerPiece } from "./marked-text.ts";

/** A type of the documents and its name in a style's texts: `{ type: "Chemical", name: "chem" }`. */
export interface StyleType {
  readonly type: string;
  readonly name: string;
}

/** A stretch of the prompt or the answer as the model reads it. */
export interface Segment {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
  /** Whether the loss counts here: the mask is made where the text is, and nowhere else. */
  readonly trained: boolean;
}

/** One item: what is asked, and what is to be answered (a text, or a label for each word). */
export interface Instruction {
  readonly system?: string;
  readonly prompt: string;
  /** The text to generate; absent where `labels` are learned. */
  readonly answer?: string;
  /** The answer in the pieces that are tokenized one by one, in training and in decoding alike. */
  readonly pieces?: readonly AnswerPiece[];
  /** What stands between prompt and answer where no chat template does; a line break if absent. */
  readonly joint?: string;
  /** One label (O, B, I) for each word; the words are part of the prompt's `words`. */
  readonly words?: readonly string[];
  readonly labels?: readonly string[];
  readonly segments: readonly Segment[];
}

export interface RenderOptions {
  /** Demonstrations, in the order in which they are shown. */
  readonly shots?: readonly Passage[];
  /** By type: what counts as a mention, for styles that say so in the prompt. */
  readonly guidelines?: Readonly<Record<string, string>> | undefined;
  /** Loss on the whole text, as NERLlama and BioNER-LLaMA were trained; on the answer alone if absent. */
  readonly trainAll?: boolean;
}

/** An instruction and the pieces of its answer; the loss counts on the answer, or everywhere. */
export function answered(
  prompt: string,
  pieces: readonly AnswerPiece[],
  {
    system,
    joint,
    trainAll = false,
  }: { system?: string; joint?: string; trainAll?: boolean | undefined } = {},
): Instruction {
  const answer = pieces.map(({ text }) => text).join("");
  return {
    ...(system !== undefined && { system }),
    ...(joint !== undefined && { joint }),
    prompt,
    answer,
    pieces,
    segments: [
      ...(system === undefined ? [] : [{ role: "system" as const, text: system, trained: trainAll }]),
      { role: "user", text: prompt, trained: trainAll },
      { role: "assistant", text: answer, trained: true },
    ],
  };
}
