/** @file A model's chat template (Jinja) and messages → a prompt, as pieces and with the places of its answers. */
import { Template } from "@huggingface/jinja";
import { NeriumError } from "../errors.ts";
import { renderJinja } from "./jinja.ts";
import { maskFor, type SpecialMask } from "./special-mask.ts";
import type { Piece } from "./types.ts";

export interface ChatMessage {
  /** "system", "user" or "assistant"; a template may know more. */
  readonly role: string;
  readonly content: string;
}

export interface RenderedChat {
  /** The whole prompt, special tokens by their names. */
  readonly text: string;
  /** The same for `encodePieces`: the template's special tokens, and everything that messages say as text. */
  readonly pieces: readonly Piece[];
  /** Where the assistant's answers stand in `text`, with the tokens that end them; half-open, in UTF-16 units. */
  readonly answers: readonly { readonly start: number; readonly end: number }[];
}

export interface RenderOptions {
  /** Ends the prompt where the assistant is to speak. */
  readonly addGenerationPrompt?: boolean;
  /** What else the template may ask for: `{ enable_thinking: false }`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatTemplate {
  render(messages: readonly ChatMessage[], options?: RenderOptions): RenderedChat;
}

export interface ChatTemplateSettings {
  /** Names of the tokenizer's special tokens. */
  readonly specialTokens: Iterable<string>;
  /** What the template calls them: `{ bos_token: "<s>" }`. */
  readonly namedTokens?: Readonly<Record<string, string>>;
  /** What day the template is told it is. */
  readonly date?: Date;
  /** Named in errors. */
  readonly file?: string;
}

/** The longest published templates have some 15 kB. */
const maxTemplateLength = 1_000_000;
/** A prompt must not change from one day to the next; this is what Llama 3.1's template says if nobody tells it. */
const fixedDate = new Date(Date.UTC(2024, 6, 26));

/** Parses the template; a faulty one is a NeriumError, now or when it is rendered. */
export function openChatTemplate(source: string, settings: ChatTemplateSettings): ChatTemplate {
  const { file, date = fixedDate } = settings;
  const refuse = (problem: string, cause?: unknown): NeriumError =>
    new NeriumError("TOKENIZER", problem, { ...(file !== undefined && { file }), cause });
  if (source.length > maxTemplateLength)
    throw refuse(`expected a chat template of at most ${maxTemplateLength} characters, got ${source.length}`);
  const template = guarded(refuse, () => new Template(source));
  const specialTokens = [...settings.specialTokens];
  return {
    render(messages, { addGenerationPrompt = false, variables = {} } = {}) {
      const mask = guarded(refuse, () =>
        maskFor(
          specialTokens,
          messages.map(({ content }) => content),
        ),
      );
      const shown = messages.map((message) => ({ ...message, content: mask.hide(message.content) }));
      const render = (count: number, prompt: boolean): string =>
        guarded(refuse, () =>
          renderJinja(template.parsed, date, {
            tools: null,
            documents: null,
            ...settings.namedTokens,
            ...variables,
            messages: shown.slice(0, count),
            add_generation_prompt: prompt,
          }),
        );
      const whole = render(messages.length, addGenerationPrompt);
      const answers = answersIn(whole, messages, render, mask, refuse);
      return { text: mask.show(whole), pieces: mask.split(whole), answers };
    },
  };
}

type Refuse = (problem: string, cause?: unknown) => NeriumError;

/** Whatever goes wrong in a template is the template's fault or that of the messages. */
function guarded<T>(refuse: Refuse, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof NeriumError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`the chat template does not take these messages: ${reason.slice(0, 300)}`, cause);
  }
}

/**
 * An answer is what a prompt gains when its message is added: from the prompt that asks for it to the one that has it.
 * Jinja's own {% generation %} marks are not used: few templates have them.
 */
function answersIn(
  whole: string,
  messages: readonly ChatMessage[],
  render: (count: number, prompt: boolean) => string,
  mask: SpecialMask,
  refuse: Refuse,
): RenderedChat["answers"] {
  const lengthOf = (part: string): number => mask.show(part).length;
  return messages.flatMap(({ role }, index) => {
    if (role !== "assistant") return [];
    const before = render(index, true);
    const after = index === messages.length - 1 ? whole : render(index + 1, false);
    if (!whole.startsWith(before) || !whole.startsWith(after) || after.length < before.length) {
      const problem = `where answer ${index + 1} of ${messages.length} messages stands cannot be told`;
      throw refuse(
        `${problem}: the chat template changes earlier messages; give one answer in a conversation`,
      );
    }
    const answer = mask.withoutEnd(after.slice(before.length));
    return [{ start: lengthOf(before), end: lengthOf(before + answer) }];
  });
}
