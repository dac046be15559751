/** @file Something that writes answers → an Engine: answers are aligned with their texts, and kept in a journal if asked. */
import { NeriumError } from "../../errors.ts";
import type { StyleName, StyleType } from "../../instructions/index.ts";
import { parseList, styles } from "../../instructions/index.ts";
import { type AlignedAnswer, alignAnswer, alignList } from "../../mentions/index.ts";
import { type Engine, type EngineCost, noCost, type Question, type Reply } from "../engine.ts";
import { type Journal, keyOf } from "./journal.ts";
import type { Answer, Answerer, TooLong } from "./types.ts";

export interface AnswerEngineOptions {
  readonly answerer: Answerer;
  readonly style: StyleName;
  readonly journal?: Journal | undefined;
}

/** Disposes of the answerer and the journal with itself. */
export function openAnswerEngine({ answerer, style, journal }: AnswerEngineOptions): Engine {
  if (style === "vaner") {
    throw new NeriumError(
      "USAGE",
      "the style vaner has labels instead of answers; use nerllama, bioner-llama or list",
    );
  }
  let cost: EngineCost = noCost;
  return {
    name: answerer.name,
    atOnce: answerer.atOnce,
    get cost() {
      return { ...cost, retries: answerer.cost.retries };
    },
    async ask(questions, { temperature, signal }) {
      const keys = questions.map(({ instruction, seeds }) => {
        const { system, prompt } = instruction;
        return keyOf([answerer.identity, system, prompt, temperature, temperature === 0 ? [] : seeds]);
      });
      const answers: (Answer | TooLong | undefined)[] = keys.map((key) => journal?.get(key));
      const open = answers.flatMap((answer, at) => (answer === undefined ? [at] : []));
      await answerer.answer(
        open.map((at) => questions[at]!),
        {
          temperature,
          signal,
          async onAnswer(place, answer) {
            const at = open[place]!;
            answers[at] = answer;
            // A later run may have more luck with what a server broke off.
            if (!("tooLong" in answer) && answer.ending !== "broken") await journal?.put(keys[at]!, answer);
          },
        },
      );
      cost = answers.reduce((sum, answer) => plus(sum, answer!, answerer), cost);
      return questions.map((question, at) => replyOf(question, answers[at]!, style));
    },
    async [Symbol.asyncDispose]() {
      await answerer[Symbol.asyncDispose]();
      await journal?.[Symbol.asyncDispose]();
    },
  };
}

/** Answers from the journal were paid for by the run that is gone on with: their cost counts. */
function plus(sum: EngineCost, answer: Answer | TooLong, answerer: Answerer): EngineCost {
  if ("tooLong" in answer) return sum;
  return {
    ...sum,
    questions: sum.questions + 1,
    passes: sum.passes + answer.outputTokens,
    inputTokens: sum.inputTokens + answer.inputTokens,
    cachedTokens: sum.cachedTokens + answer.cachedTokens,
    outputTokens: sum.outputTokens + answer.outputTokens,
    money: sum.money + answerer.priceOf(answer),
  };
}

function replyOf({ text, types }: Question, answer: Answer | TooLong, style: StyleName): Reply {
  if ("tooLong" in answer) return { mentions: [], failed: { tooLong: true, problem: answer.tooLong } };
  const { mentions, counts, truncated } = aligned(text, answer.text, types, style);
  return { mentions, counts, truncated: truncated || answer.ending !== "stop" };
}

function aligned(text: string, answer: string, types: readonly StyleType[], style: StyleName): AlignedAnswer {
  const markup = styles[style].markupOf?.(types);
  if (markup !== undefined) return alignAnswer(text, answer, markup);
  const { listed, complete } = parseList(answer, types);
  return alignList(text, listed, complete);
}
