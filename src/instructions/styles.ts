/** @file The list of styles: a name → its templates, its renderer, and how its answers are read. */
import type { Passage } from "../documents/index.ts";
import * as bioner from "./bioner-llama.ts";
import * as list from "./list.ts";
import type { SignsByType } from "./marked-text.ts";
import type { Markup } from "./markup.ts";
import * as nerllama from "./nerllama.ts";
import type { Instruction, RenderOptions, StyleType } from "./types.ts";
import * as vaner from "./vaner.ts";

export const styleNames = ["vaner", "bioner-llama", "nerllama", "list"] as const;
export type StyleName = (typeof styleNames)[number];

export interface StyleOptions extends RenderOptions {
  /** BioNER-LLaMA: which elements, or the GPT prompt. */
  readonly variant?: bioner.BionerVariant | undefined;
  /** VANER: the data set's name in the prompt. */
  readonly dataset?: string | undefined;
}

export interface Style {
  readonly templates: Readonly<Record<string, string>>;
  /** Types → their names in the style's texts; others are called by their type in lower case (in VANER as they are). */
  readonly typeNames: Readonly<Record<string, string>>;
  /** One instruction for all types, but for VANER: one for each. */
  readonly render: (
    passage: Passage,
    types: readonly StyleType[],
    options: StyleOptions,
  ) => readonly Instruction[];
  /** What stands around mentions, and behind the text; absent for labels and lists. */
  readonly signsOf?: (types: readonly StyleType[], variant?: bioner.BionerVariant) => AnswerSigns;
  /** How answers are marked; absent for labels and lists. */
  readonly markupOf?: (types: readonly StyleType[]) => Markup;
  /** The sentence in a whole prompt of this style. */
  readonly sentenceOf: (input: string) => string;
}

/** The tags that an answer may hold, by type, and what ends it. */
export interface AnswerSigns {
  readonly tags: SignsByType;
  readonly end: string;
}

const same = (input: string): string => input;

export const styles: { readonly [Name in StyleName]: Style } = {
  vaner: {
    templates: vaner.templates,
    typeNames: vaner.typeNames,
    render: (passage, types, { dataset }) => types.map((type) => vaner.render(passage, type, { dataset })),
    sentenceOf: same,
  },
  "bioner-llama": {
    templates: bioner.templates,
    typeNames: bioner.typeNames,
    render: (passage, types, { variant = "span", ...options }) => [
      bioner.render(passage, types, { ...options, variant }),
    ],
    signsOf: (types, variant = "span") => ({
      tags: bioner.signsOf(types, variant),
      end: bioner.answerEnds[variant],
    }),
    markupOf: bioner.markupOf,
    sentenceOf: bioner.sentenceOf,
  },
  nerllama: {
    templates: nerllama.templates,
    typeNames: nerllama.typeNames,
    render: (passage, types, options) => [nerllama.render(passage, types, options)],
    signsOf: (types) => ({ tags: nerllama.signsOf(types), end: "" }),
    markupOf: nerllama.markupOf,
    sentenceOf: nerllama.sentenceOf,
  },
  list: {
    templates: list.templates,
    typeNames: {},
    render: (passage, types, options) => [list.render(passage, types, options)],
    sentenceOf: same,
  },
};

/** Types with their names in a style; the case of a type does not matter for that. */
export function typesOf(style: StyleName, types: readonly string[]): StyleType[] {
  const names = new Map(
    Object.entries(styles[style].typeNames).map(([type, name]) => [type.toLowerCase(), name]),
  );
  const usual = (type: string): string => (style === "vaner" ? type : type.toLowerCase());
  return types.map((type) => ({ type, name: names.get(type.toLowerCase()) ?? usual(type) }));
}

/** SHA-256 of a style's template texts: what a model was trained with and what it is asked with must be the same. */
export async function templateHash(style: StyleName): Promise<string> {
  const texts = Object.entries(styles[style].templates).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(texts)));
  return Buffer.from(digest).toString("hex");
}
