/** @file The style of VANER: a passage → its instruction and one O, B or I a word, and labels back to mentions. */
import { bioToMentions, mentionsToBio } from "../documents/index.ts";
import type { Fragment, Mention, Passage } from "../documents/index.ts";
import type { Instruction, StyleType } from "./types.ts";

/** As in Eulring/VANER's utils_vaner.py; `anyInput` is what its model without data set names was trained on. */
export const templates = {
  prompt: "If any {type} entity is mentioned in the {dataset} input, extract it. ##input: ",
  anyInput: "If any {type} entity is mentioned in the input, extract it. ##input: ",
} as const;

/** VANER's names for its types; `{dataset}` is BC2GM, BC4CHEMD, BC5CDR-chem, BC5CDR-disease, JNLPBA, linnaeus, s800 or ncbi. */
export const typeNames: Readonly<Record<string, string>> = {
  Disease: "Disease",
  Chemical: "Chemical",
  Gene: "Gene",
  Species: "Species",
};

export interface LabelOptions {
  /** The data set's name in VANER's words; the prompt without a data set if absent. */
  readonly dataset?: string | undefined;
}

/**
 * Words are runs between white space, as in the files VANER was trained on: in text that is not tokenized, a mention
 * that ends inside of such a word has no labels. Of a word's tokens the first bears the label, the others none; the loss
 * counts on words only, never on the prompt.
 */
export function render(passage: Passage, type: StyleType, { dataset }: LabelOptions = {}): Instruction {
  const template = dataset === undefined ? templates.anyInput : templates.prompt;
  const prompt = template.replace("{type}", () => type.name).replace("{dataset}", () => dataset ?? "");
  const places = wordPlaces(passage.text);
  const asked = passage.mentions.filter((mention) => mention.type === type.type);
  const labels = mentionsToBio(places, asked).labels.map((label) => label[0]!);
  const words = places.map(({ start, end }) => passage.text.slice(start, end));
  return {
    prompt,
    words,
    labels,
    segments: [
      { role: "user", text: prompt, trained: false },
      { role: "user", text: words.join(" "), trained: true },
    ],
  };
}

/** The inverse: labels of the passage's words → mentions. */
export function parse(text: string, labels: readonly string[], type: StyleType): Mention[] {
  return bioToMentions(wordPlaces(text), labels, type.type);
}

function wordPlaces(text: string): Fragment[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ start: index, end: index + word.length }));
}
