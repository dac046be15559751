/**
 * @file The style of BioNER-LLaMA: a passage → its instruction and the text with `<span class="disease">` or `<mark>`
 * elements, and the answer back; also the same group's zero- and few-shot prompt for GPT.
 */
import type { Passage } from "../documents/index.ts";
import { guidelineLines } from "./guidelines.ts";
import { markedPieces, markedText, type SignsByType } from "./marked-text.ts";
import type { MarkedCopy, Markup } from "./markup.ts";
import { parseMarkup } from "./marks.ts";
import type { Instruction, RenderOptions, StyleType } from "./types.ts";
import { answered } from "./types.ts";

/** Which elements: the instruction's spans, the repository's bare marks, or the GPT prompt's bare spans. */
export const bionerVariants = ["span", "mark", "gpt"] as const;
export type BionerVariant = (typeof bionerVariants)[number];

/**
 * As in BIDS-Xu-Lab/Biomedical-NLP-Benchmarks' instruction CSVs and prompt files (a blank stands behind "entities.", and
 * behind the answer). The mark variant says of `<mark>` what the published text says of spans. The published
 * demonstrations for GPT have `</span> <span>` behind each entity, a fault that is not repeated here. Guidelines are ours:
 * the published prompts have none.
 */
export const templates = {
  span: 'In the sentence extracted from biomedical literature, identify all the {type} entities. The required answer format is the same sentence with HTML <span> tags to mark up specific entities. \n### Entity Markup Guides:\nUse <span class="{type}"> to denote a {type}.\n\n### Input Text: {text}\n### Output Text:',
  mark: "In the sentence extracted from biomedical literature, identify all the {type} entities. The required answer format is the same sentence with HTML <mark> tags to mark up specific entities. \n### Entity Markup Guides:\nUse <mark> to denote a {type}.\n\n### Input Text: {text}\n### Output Text:",
  spanGuide: 'Use <span class="{type}"> to denote a {type}.',
  gpt: "TASK: the task is to extract {type} entities in a sentence.\n\nINPUT: the input is a sentence.\n\nOUTPUT: the output is an HTML that highlights all the {type} entities with <span> ... </span> in the sentence.\n\n",
  gptGuidelines: "ANNOTATION GUIDELINES:\n{guidelines}\n\n",
  gptShots: "The following example format is provided:\n\n",
  gptShot: "Example-{number} Sentence: {text}\n\nHTML: {answer}\n\n",
  gptItem: "Sentence: {text}\n\nHTML: ",
  gptItemAfterShots: "Sentence: {text}\nHTML: ",
} as const;

/** Names in the published files. */
export const typeNames: Readonly<Record<string, string>> = {
  Disease: "disease",
  Chemical: "chemical",
  Gene: "gene",
};

export interface BionerOptions extends RenderOptions {
  readonly variant?: BionerVariant;
}

/**
 * A text without mentions is copied unchanged. Several types at once (which nobody published) get one guide line each.
 * The fine-tuning prompts show no demonstrations: they are for the GPT prompt.
 */
export function render(
  passage: Passage,
  types: readonly StyleType[],
  { variant = "span", shots = [], guidelines = {}, trainAll }: BionerOptions = {},
): Instruction {
  const pieces = markedPieces(passage, signsOf(types, variant));
  if (variant === "gpt") return answered(gptPrompt(passage, types, shots, guidelines), pieces);
  const all = types.map(({ name }) => name).join(" and ");
  const guides = types.map(({ name }) => templates.spanGuide.replaceAll("{type}", name)).join("\n");
  const template = templates[variant].replace(templates.spanGuide, () => guides);
  const prompt = template.replaceAll("{type}", () => all).replace("{text}", () => passage.text);
  const ended = markedPieces(
    { ...passage, text: passage.text + answerEnds[variant] },
    signsOf(types, variant),
  );
  return answered(prompt, ended, { joint: " ", trainAll });
}

function gptPrompt(
  passage: Passage,
  types: readonly StyleType[],
  shots: readonly Passage[],
  guidelines: Readonly<Record<string, string>>,
): string {
  const task = templates.gpt.replaceAll("{type}", types.map(({ name }) => name).join(" and "));
  const examples = shots.map((shot, at) =>
    templates.gptShot
      .replace("{number}", String(at + 1))
      .replace("{text}", () => shot.text)
      .replace("{answer}", () => markedText(shot, signsOf(types, "gpt"))),
  );
  const lines = guidelineLines(types, guidelines).join("\n");
  const guide = lines === "" ? "" : templates.gptGuidelines.replace("{guidelines}", () => lines);
  const lead = examples.length === 0 ? "" : templates.gptShots;
  const item = examples.length === 0 ? templates.gptItem : templates.gptItemAfterShots;
  return `${task}${guide}${lead}${examples.join("")}${item.replace("{text}", () => passage.text)}`;
}

/** What the published answers have behind the text. */
export const answerEnds: Readonly<Record<BionerVariant, string>> = { span: " ", mark: " ", gpt: "" };

export function signsOf(types: readonly StyleType[], variant: BionerVariant = "span"): SignsByType {
  return new Map(
    types.map(({ type, name }) => {
      if (variant === "mark") return [type, { open: "<mark>", close: "</mark>" }];
      if (variant === "gpt") return [type, { open: "<span> ", close: " </span>" }];
      return [type, { open: `<span class="${name}">`, close: "</span>" }];
    }),
  );
}

/** With one type, elements without a class are its. */
export function markupOf(types: readonly StyleType[]): Markup {
  const names = Object.fromEntries(types.map(({ type, name }) => [name.toLowerCase(), type]));
  return { kind: "elements", names, ...(types.length === 1 && { bare: types[0]!.type }) };
}

export function parse(answer: string, types: readonly StyleType[]): MarkedCopy {
  return parseMarkup(answer, markupOf(types));
}

/** The sentence in a whole prompt; what is no such prompt is the sentence itself. */
export function sentenceOf(input: string): string {
  const tuned = /### Input Text: ([\s\S]*?)\n### Output Text:\s*$/.exec(input);
  const asked = /(?:^|\n)Sentence: ([\s\S]*?)\n+HTML:\s*$/.exec(
    input.slice(input.lastIndexOf("\nSentence: ")),
  );
  return tuned?.[1] ?? asked?.[1] ?? input;
}
