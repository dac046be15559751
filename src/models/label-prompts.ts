/** @file Types and a tokenizer → the token ids of the prompts with which VANER's style asks for the labels of each type. */
import { styles, typesOf } from "../instructions/styles.ts";
import type { Tokenizer } from "../tokens/index.ts";

export async function labelPrompts(
  tokenizer: Tokenizer,
  types: readonly string[],
  dataset: string | undefined,
): Promise<ReadonlyMap<string, Int32Array>> {
  const prompts = new Map<string, Int32Array>();
  for (const type of typesOf("vaner", types)) {
    const [instruction] = styles.vaner.render({ text: "", mentions: [] }, [type], { dataset });
    prompts.set(type.type, (await tokenizer.encode(instruction!.prompt)).ids);
  }
  return prompts;
}
