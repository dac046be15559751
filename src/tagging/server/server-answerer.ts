/**
 * @file An OpenAI-compatible server (vLLM, llama-server, Ollama, hosted ones) → an Answerer: requests side by side, tried
 * again as the server wishes, with a grammar where it takes one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { NeriumError } from "../../errors.ts";
import type { BionerVariant, StyleName } from "../../instructions/index.ts";
import { type Answer, type Answerer, type Ending, mostCharacters, type TooLong } from "../answers/types.ts";
import type { Question } from "../engine.ts";
import { bodyFor, type Extras } from "./body.ts";
import { type GrammarChoice, grammarOf } from "./dialect.ts";
import { type Gate, Refused, request, type RequestOptions } from "./request.ts";
import type { Completion } from "./stream.ts";

/** For a million tokens each. */
export interface Prices {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

export interface ServerOptions {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly style: StyleName;
  readonly variant?: BionerVariant | undefined;
  /** A bearer token; none if absent. */
  readonly apiKey?: string | undefined;
  /** Requests at once; 8 if absent. */
  readonly concurrency?: number | undefined;
  readonly grammar?: GrammarChoice | undefined;
  readonly prices?: Prices | undefined;
  /** Further keys of the requests: `{ top_p: 0.95, seed: 1 }`. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly request?: Partial<Omit<RequestOptions, "url" | "headers">> | undefined;
}

const usualRequest: Omit<RequestOptions, "url" | "headers"> = {
  retries: 6,
  timeout: 120_000,
  backOff: 500,
  longestWait: 120_000,
  fetch: (...given) => fetch(...given),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
  now: Date.now,
};

export async function openServerAnswerer(options: ServerOptions): Promise<Answerer> {
  const { baseUrl, model, apiKey, concurrency = 8, prices, parameters } = options;
  const base = baseUrl.replace(/\/+$/, "");
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const given = { ...usualRequest, ...options.request, url: `${base}/chat/completions`, headers };
  const gate: Gate = { openAt: 0, retries: 0, answered: 0 };
  const extras: Extras = {
    grammar: await grammarOf(base, options.grammar ?? "auto", given),
    jsonSchema: true,
    streamUsage: true,
    temperature: true,
    oldLimit: true,
  };
  return {
    name: "openai",
    atOnce: 8 * concurrency,
    identity: JSON.stringify([model, extras.grammar, parameters]),
    get cost() {
      return { retries: gate.retries };
    },
    priceOf: (answer) => (prices === undefined ? 0 : priceOf(answer, prices)),
    async answer(questions, { temperature, signal, onAnswer }) {
      const stop = new AbortController();
      const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
      const queue = questions.entries();
      const work = async (): Promise<void> => {
        for (const [place, question] of queue) {
          const answer = await ask(question, temperature, { options, given, gate, extras }, ended);
          await onAnswer(place, answer);
        }
      };
      const workers = Array.from({ length: Math.min(concurrency, questions.length) }, async () => {
        try {
          await work();
        } catch (error) {
          stop.abort(error); // the others need not finish
          throw error;
        }
      });
      const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
      if (failed !== undefined)
        throw stop.signal.aborted ? stop.signal.reason : (failed as PromiseRejectedResult).reason;
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Work {
  readonly options: ServerOptions;
  readonly given: RequestOptions;
  readonly gate: Gate;
  readonly extras: Extras;
}

async function ask(
  question: Question,
  temperature: number,
  work: Work,
  signal: AbortSignal,
): Promise<Answer | TooLong> {
  const { options, given, gate, extras } = work;
  for (;;) {
    const asked = { ...extras };
    try {
      const body = bodyFor(question, { ...options, temperature, extras: asked });
      const most = { mostCharacters: mostCharacters(question.text) };
      return answerOf(await request(body, most, given, gate, signal));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (giveUpExtra(extras, asked, error, options)) continue;
      if (!saysTooLong(error)) throw refusal(error, given.url, options);
      return { tooLong: error.message };
    }
  }
}

/** Servers differ in what they take beyond the basics: what one complains about is left out from then on. */
function giveUpExtra(
  extras: Extras,
  asked: Extras,
  { status, message }: Refused,
  { grammar = "auto" }: ServerOptions,
): boolean {
  if (status !== 400 && status !== 422 && status !== 501) return false;
  if (grammar === "auto" && asked.grammar !== "none" && /grammar|structured_outputs/i.test(message)) {
    extras.grammar = "none";
    return true;
  }
  const blamed = (
    [
      ["streamUsage", /stream_options/i],
      ["jsonSchema", /response_format|json_schema|schema/i],
      ["temperature", /temperature/i],
      ["oldLimit", /max_completion_tokens/i],
    ] as const
  ).find(([extra, words]) => asked[extra] && words.test(message));
  if (blamed === undefined) return false;
  extras[blamed[0]] = false;
  return true;
}

function saysTooLong({ status, message }: Refused): boolean {
  return status < 500 && /context|too long|maximum.{0,20}(?:length|tokens)|exceed/i.test(message);
}

function refusal({ status, message }: Refused, url: string, { model, apiKey }: ServerOptions): NeriumError {
  const advice =
    status === 401 || status === 403
      ? apiKey === undefined
        ? "it wants a key; put one into OPENAI_API_KEY, or into another variable that --api-key-env names"
        : "the key is not accepted; is it the one for this server?"
      : status === 404
        ? `does the server have the model ${model}, and does --base-url end with /v1?`
        : "the request is not taken as it is; --grammar none leaves the grammar out";
  return new NeriumError("SERVER", `${url}: ${message}; ${advice}`);
}

function answerOf({ text, finish, usage, runaway }: Completion): Answer {
  const endings: Readonly<Record<string, Ending>> = { length: "length", error: "broken" };
  return {
    text,
    ending: runaway ? "runaway" : (endings[finish ?? ""] ?? "stop"),
    inputTokens: usage?.prompt_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
  };
}

function priceOf(
  { inputTokens, cachedTokens, outputTokens }: Answer,
  { input, cachedInput, output }: Prices,
): number {
  return (input * (inputTokens - cachedTokens) + cachedInput * cachedTokens + output * outputTokens) / 1e6;
}
