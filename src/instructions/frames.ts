/** @file An instruction → the pieces a language model reads, with what its chat template puts around them. */
import type { Instruction, Segment } from "./types.ts";

/** A stretch that is tokenized on its own, or one special token by its name. */
export interface Piece {
  readonly text: string;
  readonly special: boolean;
  /** Whether the loss counts on its tokens. */
  readonly trained: boolean;
}

/** What stands before and behind a turn; `<|…|>` names in `special` are single tokens. */
interface Turn {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The turns of a chat template. `begin` and `end` stand for whatever token a tokenizer begins and ends texts with. */
interface Frame {
  readonly special: readonly string[];
  readonly start: readonly string[];
  readonly turns: Readonly<Record<Segment["role"], Turn>>;
}

/** Names that a tokenizer resolves: the token that begins a text, if it has one, and the one that ends an answer. */
export const beginToken = "{begin}";
export const endToken = "{end}";

const llama3 = (role: string): Turn => ({
  before: ["<|start_header_id|>", role, "<|end_header_id|>", "\n\n"],
  after: ["<|eot_id|>"],
});
const chatml = (role: string): Turn => ({
  before: ["<|im_start|>", `${role}\n`],
  after: ["<|im_end|>", "\n"],
});
const bare = (...after: string[]): Turn => ({ before: [], after });

/**
 * plain: texts one after the other, for models without a chat template. llama3 and chatml (Qwen) are the turns of those
 * families' templates, without the dates that newer ones add.
 */
export const frames = {
  plain: {
    special: [beginToken, endToken],
    start: [beginToken],
    turns: { system: bare("\n"), user: bare(), assistant: bare(endToken) },
  },
  llama3: {
    special: [beginToken, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    start: [beginToken],
    turns: { system: llama3("system"), user: llama3("user"), assistant: llama3("assistant") },
  },
  chatml: {
    special: ["<|im_start|>", "<|im_end|>"],
    start: [],
    turns: { system: chatml("system"), user: chatml("user"), assistant: chatml("assistant") },
  },
} as const satisfies Readonly<Record<string, Frame>>;
export type FrameName = keyof typeof frames;
export const frameNames = Object.keys(frames) as readonly FrameName[];

/** Everything up to the answer. */
export function promptPieces(instruction: Instruction, frameName: FrameName): Piece[] {
  const frame: Frame = frames[frameName];
  const turns = instruction.segments.flatMap(({ role, text, trained }) => {
    if (role === "assistant") return [];
    const { before, after } = frame.turns[role];
    return [
      ...framePieces(before, frame, trained),
      { text, special: false, trained },
      ...framePieces(after, frame, trained),
    ];
  });
  const joint = frameName === "plain" ? [instruction.joint ?? "\n"] : [];
  const lead = [...joint, ...frame.turns.assistant.before];
  return [...framePieces(frame.start, frame, false), ...turns, ...framePieces(lead, frame, false)].filter(
    ({ text }) => text !== "",
  );
}

/** The answer, piece by piece, and the token that ends it (which is learned too, or generation would not end). */
export function answerPieces(instruction: Instruction, frameName: FrameName): Piece[] {
  const frame: Frame = frames[frameName];
  const [end, ...rest] = frame.turns.assistant.after;
  const texts = instruction.pieces ?? [{ text: instruction.answer ?? "" }];
  return [
    ...texts.map(({ text }) => ({ text, special: false, trained: true })),
    ...framePieces([end!], frame, true),
    ...framePieces(rest, frame, false),
  ];
}

/** The frame's own strings; a text of the corpus that reads like a special token is still a text. */
function framePieces(texts: readonly string[], { special }: Frame, trained: boolean): Piece[] {
  return texts.map((text) => ({ text, special: special.includes(text), trained }));
}
