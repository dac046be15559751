/** @file Instructions in pieces: tags apart from text, turns of chat templates, and which tokens are learnt. */
import { describe, expect, it } from "vitest";
import { byteTokenizer } from "../../test/tiny-models.ts";
import type { Passage } from "../documents/index.ts";
import { encodeInstruction, encodePrompt, endOf, frameOf } from "../models/language-model-rows.ts";
import type { FrameName } from "./index.ts";
import { answerPieces, promptPieces, styles, typesOf } from "./index.ts";

const passage: Passage = {
  text: "(Gout) after zinc",
  kind: "sentence",
  mentions: [
    { start: 1, end: 5, type: "Disease" },
    { start: 13, end: 17, type: "Chemical" },
  ],
};
const types = ["Disease", "Chemical"];
const typed = styles.nerllama.render(passage, typesOf("nerllama", types), {})[0]!;
const spans = styles["bioner-llama"].render(passage, typesOf("bioner-llama", types), {})[0]!;

describe("pieces of an answer", () => {
  it("are texts and tags in turn, and a blank before a tag is the tag's", () => {
    expect(typed.pieces).toEqual([
      { text: "(" },
      { text: "@disease@", tag: "open" },
      { text: "Gout" },
      { text: "#disease#", tag: "close" },
      { text: ") after" },
      { text: " @chem@", tag: "open" },
      { text: "zinc" },
      { text: "#chem#", tag: "close" },
    ]);
    expect(spans.pieces!.at(-1)).toEqual({ text: " " });
  });

  it("make the answer that the style publishes", () => {
    for (const { pieces, answer } of [typed, spans]) {
      expect(pieces!.map(({ text }) => text).join("")).toBe(answer);
    }
    expect(spans.answer).toBe(
      '(<span class="disease">Gout</span>) after <span class="chemical">zinc</span> ',
    );
  });

  it("are tokenized one by one, and they and the end are learnt", async () => {
    const tokenizer = await byteTokenizer();
    for (const instruction of [typed, spans]) {
      const { ids, trained } = await encodeInstruction(tokenizer, instruction);
      const prompt = await encodePrompt(tokenizer, instruction);
      expect([...ids.subarray(0, prompt.length)]).toEqual([...prompt]);
      expect([...trained]).toEqual(Array.from(ids, (_, at) => (at < prompt.length ? 0 : 1)));
      expect(await tokenizer.decode(ids.subarray(prompt.length))).toBe(`${instruction.answer}<sep>`);
      expect(ids.at(-1)).toBe(endOf(tokenizer));
    }
  });
});

describe("chat templates", () => {
  const said = (frame: FrameName): string =>
    [...promptPieces(typed, frame), ...answerPieces(typed, frame)].map(({ text }) => text).join("");

  it("put their turns around the texts", () => {
    const { system, prompt, answer } = typed;
    expect(said("llama3")).toBe(
      `{begin}<|start_header_id|>system<|end_header_id|>\n\n${system}<|eot_id|>` +
        `<|start_header_id|>user<|end_header_id|>\n\n${prompt}<|eot_id|>` +
        `<|start_header_id|>assistant<|end_header_id|>\n\n${answer}<|eot_id|>`,
    );
    expect(said("chatml")).toBe(
      `<|im_start|>system\n${system}<|im_end|>\n<|im_start|>user\n${prompt}<|im_end|>\n` +
        `<|im_start|>assistant\n${answer}<|im_end|>\n`,
    );
    expect(said("plain")).toBe(`{begin}${system}\n${prompt}\n${answer}{end}`);
  });

  it("join BioNER-LLaMA's prompt and answer as published where there is none", () => {
    const plain = promptPieces(spans, "plain").map(({ text }) => text);
    expect(plain.slice(-2)).toEqual([spans.prompt, " "]);
  });

  it("take no text of the corpus for a special token", () => {
    const [instruction] = styles.nerllama.render(
      { text: "<|eot_id|>", mentions: [] },
      typesOf("nerllama", ["Disease"]),
      {},
    );
    const answer = answerPieces(instruction!, "llama3");
    expect(answer.map(({ text, special }) => [text, special])).toEqual([
      ["<|eot_id|>", false],
      ["<|eot_id|>", true],
    ]);
  });

  it("are told by the tokenizer's special tokens", () => {
    const knowing = (...names: string[]) => ({
      idOf: (name: string) => (names.includes(name) ? 1 : undefined),
    });
    expect(frameOf(knowing("<|start_header_id|>"))).toBe("llama3");
    expect(frameOf(knowing("<|im_start|>"))).toBe("chatml");
    expect(frameOf(knowing("<s>", "</s>"))).toBe("plain");
  });

  it("need their tokens", async () => {
    const tokenizer = await byteTokenizer();
    await expect(encodePrompt(tokenizer, typed, "llama3")).rejects.toMatchObject({ code: "TOKENIZER" });
  });
});
