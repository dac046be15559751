/** @file What writes answers token by token: prompts in, texts out, with what they cost. */
import type { EngineCost, Question } from "../engine.ts";

/**
 * Why an answer ended. stop: the model ended it; length: the most tokens were written; runaway: it went on far beyond its
 * text and was stopped; broken: a server failed in the midst of it, however often it was asked.
 */
export type Ending = "stop" | "length" | "runaway" | "broken";

export interface Answer {
  readonly text: string;
  readonly ending: Ending;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** There will be no answer, because prompt and text are too long for the model. */
export interface TooLong {
  readonly tooLong: string;
}

export interface AnswerOptions {
  readonly temperature: number;
  readonly signal?: AbortSignal | undefined;
  /** Called for each answer as it comes, in any order. */
  readonly onAnswer: (place: number, answer: Answer | TooLong) => void | Promise<void>;
}

export interface Answerer extends AsyncDisposable {
  readonly name: string;
  readonly atOnce: number;
  /** Model and settings in a few words: equal questions of equal identities may have equal answers. */
  readonly identity: string;
  /** What is not counted answer by answer. */
  readonly cost: Pick<EngineCost, "retries">;
  /** Money for tokens; 0 where nobody pays. */
  priceOf(answer: Answer): number;
  /** Rejects where some question gets no answer at all; answers that came before stay told. */
  answer(questions: readonly Question[], options: AnswerOptions): Promise<void>;
}

/** Most tokens of an answer: its text may have as many tokens as characters, and each mark some more. */
export function mostTokens(text: string): number {
  return text.length + 256;
}

/** From this many characters on an answer is running away: loops, talk, another task. */
export function mostCharacters(text: string): number {
  return 4 * text.length + 4000;
}
