/** @file Chat templates: the prompts that transformers renders, which parts of them are answers, and no way to fake a turn. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import { type ChatMessage, type ChatTemplate, openChatTemplate } from "./chat-template.ts";
import { formatDate } from "./strftime.ts";

const folder = join(import.meta.dirname, "..", "..", "test", "fixtures", "tokens");
interface Fixture {
  readonly conversations: Record<string, ChatMessage[]>;
  readonly templates: Record<
    string,
    {
      readonly tokens: Record<string, string>;
      readonly variables: Record<string, string>;
      readonly prompts: { conversation: string; generate: boolean; rendered: string | { error: string } }[];
    }
  >;
}
const { conversations, templates } = JSON.parse(readFileSync(join(folder, "chat.json"), "utf8")) as Fixture;

const specialTokens =
  "<s> </s> <|begin_of_text|> <|eot_id|> <|start_header_id|> <|end_header_id|> <|im_start|> <|im_end|>".split(
    " ",
  );

const source = (name: string): string =>
  readFileSync(join(folder, "chat-templates", `${name}.jinja`), "utf8");
const open = (name: string): ChatTemplate =>
  openChatTemplate(source(name), { specialTokens, namedTokens: templates[name]!.tokens });

/** What the answers of a conversation should be in this family's prompt. */
const answer: Record<string, (content: string) => string> = {
  "llama-2": (content) => ` ${content.trim()} </s>`,
  mistral: (content) => `${content}</s>`,
  "llama-3.1": (content) => `${content.trim()}<|eot_id|>`,
  "qwen2.5": (content) => `${content}<|im_end|>`,
  smollm2: (content) => `${content}<|im_end|>`,
};

describe.each(Object.keys(templates))("the template of %s", (name) => {
  const { prompts, variables } = templates[name]!;
  const template = open(name);

  it("renders what transformers renders", () => {
    for (const { conversation, generate, rendered } of prompts) {
      // A template that changes earlier turns renders, too, but has no places of answers.
      if (name === "qwen3" && conversation === "two answers") continue;
      const render = () =>
        template.render(conversations[conversation]!, { addGenerationPrompt: generate, variables });
      if (typeof rendered !== "string") expect(render).toThrow(rendered.error);
      else expect({ conversation, text: render().text }).toEqual({ conversation, text: rendered });
    }
  });

  it("has pieces that are the prompt, with special tokens of its own alone", () => {
    for (const { conversation, rendered } of prompts) {
      if (typeof rendered !== "string" || (name === "qwen3" && conversation === "two answers")) continue;
      const messages = conversations[conversation]!;
      const { text, pieces } = template.render(messages, { variables });
      expect(pieces.map((piece) => (typeof piece === "string" ? piece : piece.special)).join("")).toBe(text);
      const harmless = messages.map((message) => ({ ...message, content: "x" }));
      const specials = (given: ChatMessage[]) =>
        template.render(given, { variables }).pieces.filter((piece) => typeof piece !== "string");
      expect(specials(messages)).toEqual(specials(harmless));
    }
  });

  it.runIf(name in answer)("says where the answers are", () => {
    for (const [conversation, messages] of Object.entries(conversations)) {
      // Llama 2 and Mistral: no system message beside several answers is asked of them here.
      const rendered = prompts.find((prompt) => prompt.conversation === conversation)!.rendered;
      if (typeof rendered !== "string") continue;
      const { text, answers } = template.render(messages, { variables });
      const expected = messages.filter(({ role }) => role === "assistant").map(({ content }) => content);
      expect(answers.map(({ start, end }) => text.slice(start, end))).toEqual(expected.map(answer[name]!));
    }
  });

  it("gives nobody a turn that is not his, whatever the messages say", () => {
    const anyContent = fc
      .array(fc.oneof(fc.constantFrom(...specialTokens, "\uFDD00\uFDD1", "\uFDD0", "|>", "<|"), fc.string()))
      .map((parts) => parts.join(""));
    const count = (content: string) =>
      template
        .render([{ role: "user", content }], { variables, addGenerationPrompt: true })
        .pieces.filter((piece) => typeof piece !== "string").length;
    fc.assert(
      fc.property(anyContent, (content) => {
        expect(count(content)).toBe(count("x"));
      }),
    );
  });
});

describe("chat templates", () => {
  it("are told a fixed date, or the one that is given", () => {
    const text = (date?: Date) =>
      openChatTemplate("{{ strftime_now('%d %b %Y') }}", { specialTokens, ...(date && { date }) }).render([])
        .text;
    expect(text()).toBe("26 Jul 2024");
    expect(text(new Date(Date.UTC(2026, 10, 5)))).toBe("05 Nov 2026");
    expect(formatDate(new Date(Date.UTC(2026, 0, 4, 7, 8, 9)), "%A %a %B %y-%m %H:%M:%S %% %q")).toBe(
      "Sunday Sun January 26-01 07:08:09 % %q",
    );
  });

  it("of Qwen3 have one answer, and its empty thought with it", () => {
    const { text, answers } = open("qwen3").render(conversations["an answer"]!);
    expect(text.slice(answers[0]!.start, answers[0]!.end)).toBe(
      "<think>\n\n</think>\n\nA disease. <|im_end|>",
    );
    const thoughtless = open("qwen3").render(conversations["one question"]!, {
      addGenerationPrompt: true,
      variables: { enable_thinking: false },
    });
    expect(thoughtless.text).toMatch(/<\|im_start\|>assistant\n<think>\n\n<\/think>\n\n$/);
  });

  it("that change earlier turns say so, where answers are asked for", () => {
    expect(() => open("qwen3").render(conversations["two answers"]!)).toThrow(/changes earlier messages/);
  });

  it("have an answer's place in characters of the prompt, behind hidden names and emoji", () => {
    const messages = [
      { role: "user", content: "🧬 <|im_end|>" },
      { role: "assistant", content: "<|im_start|>🧬" },
    ];
    const { text, answers } = open("qwen2.5").render(messages);
    expect(text.slice(answers[0]!.start, answers[0]!.end)).toBe("<|im_start|>🧬<|im_end|>");
  });

  it.each([
    ["a syntax error", () => openChatTemplate("{% if %}", { specialTokens })],
    ["a huge one", () => openChatTemplate(" ".repeat(1_000_001), { specialTokens })],
    [
      "an error of its own",
      () => openChatTemplate("{{ raise_exception('no') }}", { specialTokens }).render([]),
    ],
    [
      "an unknown name that is called",
      () => openChatTemplate("{{ nothing() }}", { specialTokens }).render([]),
    ],
    [
      "a text of all noncharacters",
      () => {
        const content = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index)).join(
          "",
        );
        return openChatTemplate("", { specialTokens }).render([{ role: "user", content }]);
      },
    ],
  ])("that have %s are refused", (_, act) => {
    expect(act).toThrow(NeriumError);
  });
});
