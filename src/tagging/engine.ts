/** @file What every engine that is asked by instruction has in common: questions in, mentions of their texts out. */
import type { Instruction, StyleType } from "../instructions/index.ts";
import type { AlignedMention, StatusCounts } from "../mentions/index.ts";

/** One text and what is asked of it. */
export interface Question {
  readonly text: string;
  /** How it is put: prompt, demonstrations and all. Its answer is that of a text without mentions. */
  readonly instruction: Instruction;
  /** The types that are asked for. */
  readonly types: readonly StyleType[];
  /** Seeds of what is drawn for it; equal ones draw alike where the engine can. */
  readonly seeds: readonly number[];
}

export interface Reply {
  /** In text order; with a score where the engine knows one. */
  readonly mentions: readonly AlignedMention[];
  /** What became of the answer's marks; absent for engines that cannot write a wrong one. */
  readonly counts?: StatusCounts;
  /** The answer ended before the text did. */
  readonly truncated?: boolean;
  /** No answer: the text is too long to be asked at once, or nothing usable came back. */
  readonly failed?: { readonly tooLong: boolean; readonly problem: string };
}

/** What answers have cost so far. */
export interface EngineCost {
  readonly questions: number;
  /** Forward passes over a whole row; for engines that write token by token, the tokens they wrote. */
  readonly passes: number;
  /** Tokens that were read: prompts, and what was read again. */
  readonly inputTokens: number;
  /** Of these, tokens that an engine had in its cache, as far as it says so. */
  readonly cachedTokens: number;
  /** Tokens that were written. */
  readonly outputTokens: number;
  /** In the currency of the prices that were given; 0 without prices. */
  readonly money: number;
  /** Requests to a server that had to be repeated. */
  readonly retries: number;
}

export const noCost: EngineCost = {
  questions: 0,
  passes: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  money: 0,
  retries: 0,
};

/** 0 always takes the likeliest. */
export interface AskOptions {
  readonly temperature: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Engine extends AsyncDisposable {
  /** What a person would call it: "markup", "llama.cpp", "openai". */
  readonly name: string;
  /** Questions that are worth asking together. */
  readonly atOnce: number;
  readonly cost: EngineCost;
  /** One reply for each question, in their order. */
  ask(questions: readonly Question[], options: AskOptions): Promise<readonly Reply[]>;
}
