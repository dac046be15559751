/** @file An instruction → one row of training data in the shape that a trainer reads. */
import type { Instruction } from "./types.ts";

export const rowShapes = ["messages", "alpaca", "sharegpt", "prompt-completion"] as const;
export type RowShape = (typeof rowShapes)[number];

/** Instructions with labels have one shape of their own: VANER's `{"tokens","ner_tags"}`, the prompt as first token. */
export function rowOf(instruction: Instruction, shape: RowShape): object {
  const { system, prompt, answer, words, labels } = instruction;
  if (words !== undefined && labels !== undefined) {
    return { tokens: [prompt, ...words], ner_tags: labels.map((label) => "OBI".indexOf(label)) };
  }
  const said = answer ?? "";
  if (shape === "alpaca") {
    return { instruction: prompt, input: "", output: said, ...(system !== undefined && { system }) };
  }
  if (shape === "sharegpt") {
    const turns = [
      { from: "human", value: prompt },
      { from: "gpt", value: said },
    ];
    return { conversations: turns, ...(system !== undefined && { system }) };
  }
  const head = system === undefined ? [] : [{ role: "system", content: system }];
  const asked = [...head, { role: "user", content: prompt }];
  const completion = [{ role: "assistant", content: said }];
  // Where the two stand apart, a trainer knows what is to be learnt without a chat template that says so.
  if (shape === "prompt-completion") return { prompt: asked, completion };
  return { messages: [...asked, ...completion] };
}
