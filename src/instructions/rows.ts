/** @file An instruction → one row of training data in the shape that a trainer reads. */
import type { Instruction } from "./types.ts";

export const rowShapes = ["messages", "alpaca", "sharegpt"] as const;
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
  return { messages: [...head, { role: "user", content: prompt }, { role: "assistant", content: said }] };
}
