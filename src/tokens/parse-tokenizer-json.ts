/** @file The text of a `tokenizer.json` → its parts, as far as this folder looks at them. */
import { z } from "zod";
import { NeriumError } from "../errors.ts";

const addedToken = z.looseObject({ id: z.int().min(0), content: z.string().min(1), special: z.boolean() });

const tokenizerJson = z.looseObject({
  added_tokens: z
    .array(addedToken)
    .nullish()
    .transform((tokens) => tokens ?? []),
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.union([z.record(z.string(), z.int().min(0)), z.array(z.unknown())]),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).optional(),
  }),
});

/** A `tokenizer.json` of anybody's. */
export type LooseTokenizerJson = z.output<typeof tokenizerJson>;

/** Checks what is read here and leaves the rest as it is. */
export function parseTokenizerJson(json: unknown): LooseTokenizerJson {
  const parsed = tokenizerJson.safeParse(typeof json === "string" ? parseJson(json) : json);
  if (parsed.success) return parsed.data;
  const problem = "expected a Hugging Face tokenizer.json";
  throw new NeriumError("TOKENIZER", `${problem}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NeriumError("TOKENIZER", `expected a tokenizer.json, got no JSON: ${String(cause)}`, { cause });
  }
}
