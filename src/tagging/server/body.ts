/** @file A question → the body of its request: what many questions share stands first, so that servers find it cached. */
import type { BionerVariant, StyleName } from "../../instructions/index.ts";
import { styles } from "../../instructions/index.ts";
import { randomFrom } from "../../shared/random.ts";
import { answerGrammar } from "../answers/grammar.ts";
import { mostTokens } from "../answers/types.ts";
import type { Question } from "../engine.ts";
import type { Grammar } from "./dialect.ts";

/** What not every server takes; switched off one by one where a server refuses it. */
export interface Extras {
  grammar: Grammar;
  /** A JSON schema for answers of the style list. */
  jsonSchema: boolean;
  streamUsage: boolean;
  temperature: boolean;
  /** Newer hosted models want `max_completion_tokens`, all other servers know `max_tokens`. */
  oldLimit: boolean;
}

export interface BodyOptions {
  readonly model: string;
  readonly style: StyleName;
  readonly variant?: BionerVariant | undefined;
  readonly temperature: number;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly extras: Extras;
}

/** System text, instruction and demonstrations stand before the sentence in every style. */
export function bodyFor(
  { text, instruction, types, seeds }: Question,
  { model, style, variant, temperature, parameters, extras }: BodyOptions,
): object {
  const { system, prompt } = instruction;
  const signs = styles[style].signsOf?.(types, variant);
  return {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      { role: "user", content: prompt },
    ],
    [extras.oldLimit ? "max_tokens" : "max_completion_tokens"]: mostTokens(text),
    ...(extras.temperature && { temperature }),
    ...(temperature > 0 && { seed: Math.floor(2 ** 31 * randomFrom(...seeds)()) }),
    stream: true,
    ...(extras.streamUsage && { stream_options: { include_usage: true } }),
    ...(signs !== undefined && grammarKeys(extras.grammar, () => answerGrammar(text, signs))),
    ...(style === "list" &&
      extras.jsonSchema && { response_format: listFormat(types.map(({ name }) => name)) }),
    ...parameters,
  };
}

function grammarKeys(grammar: Grammar, make: () => string): object {
  if (grammar === "none") return {};
  if (grammar === "llama.cpp") return { grammar: make() };
  return grammar === "vllm" ? { structured_outputs: { grammar: make() } } : { guided_grammar: make() };
}

function listFormat(names: readonly string[]): object {
  const list = { type: "array", items: { type: "string" } };
  const schema = {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, list])),
    required: names,
    additionalProperties: false,
  };
  return { type: "json_schema", json_schema: { name: "entities", strict: true, schema } };
}
