/** @file The style of NERLlama3.1: a passage → its instruction with demonstrations and `@@…##` marks, and the answer back. */
import type { Passage } from "../documents/index.ts";
import { markedPieces, markedText, type SignsByType } from "./marked-text.ts";
import type { MarkedCopy, Markup } from "./markup.ts";
import { parseMarkup } from "./marks.ts";
import type { Instruction, RenderOptions, StyleType } from "./types.ts";
import { answered } from "./types.ts";

/**
 * As in liuhhuink/NERLlama3.1's config.py and sft_dataset_generation_mt.py. The heads were written as raw strings:
 * `\"` and `\n` in them are a backslash and a letter, and reach the model so. Line breaks elsewhere are real.
 */
export const templates = {
  system:
    "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request",
  oneType: String.raw`You are an high intelligent biomedical named entity recognition tool, extract \"{type}\" entities from the given text, only mark the entity on the original input by highlighting them with @@ and ##, do not make any other changes. if there is no entity recognized, output the same sentence.\nBelow are some examples:\n`,
  manyTypes: String.raw`You are an high intelligent biomedical named entity recognition tool, extract {types} entities from the given text, only mark the entity on the original input by highlighting them with {signs}, do not make any other changes. if there is no entity recognized, output the same sentence.\nBelow are some examples:\n`,
  shot: "Input:\n{text}\nOutput:\n{answer}\n",
  item: "Be cautious here is the Input:\n{text}",
} as const;

/** The published names: in marks and in the one-type head "chem", in the head for several types "chemical". */
export const typeNames: Readonly<Record<string, string>> = {
  Disease: "disease",
  Chemical: "chem",
  Gene: "gene",
};
const spokenNames: Readonly<Record<string, string>> = { chem: "chemical" };

/** Demonstrations in the published training and inference. */
export const publishedShots = { training: 5, inference: 3 } as const;

/** One type is marked `@@…##`, several `@name@…#name#`. */
export function render(
  passage: Passage,
  types: readonly StyleType[],
  { shots = [], trainAll }: RenderOptions = {},
): Instruction {
  const examples = shots.map((shot) =>
    templates.shot
      .replace("{text}", () => shot.text)
      .replace("{answer}", () => markedText(shot, signsOf(types))),
  );
  const item = templates.item.replace("{text}", () => passage.text);
  const prompt = `${headOf(types)}${examples.join("")}${item}`;
  return answered(prompt, markedPieces(passage, signsOf(types)), { system: templates.system, trainAll });
}

/** The published texts hold exactly disease, chem and gene: `"disease","chemical" and "gene"`, signs `a and b,c and d, e and f`. */
function headOf(types: readonly StyleType[]): string {
  if (types.length === 1) return templates.oneType.replace("{type}", () => types[0]!.name);
  const quoted = types.map(({ name }) => `"${spokenNames[name] ?? name}"`);
  const signs = types.map(({ name }) => `@${name}@ and #${name}#`);
  const [last, ...before] = signs.toReversed();
  const spoken = `${quoted.slice(0, -1).join(",")} and ${quoted.at(-1)!}`;
  const listed = `${before.toReversed().join(",")}, ${last!}`;
  return templates.manyTypes.replace("{types}", () => spoken).replace("{signs}", () => listed);
}

export function signsOf(types: readonly StyleType[]): SignsByType {
  return new Map(
    types.map(({ type, name }) => [
      type,
      types.length === 1 ? { open: "@@", close: "##" } : { open: `@${name}@`, close: `#${name}#` },
    ]),
  );
}

/** Marks of the published names are known even where they are not asked for: answers slip into them. */
export function markupOf(types: readonly StyleType[]): Markup {
  const known = Object.fromEntries(Object.values(typeNames).map((name) => [name, undefined]));
  const asked = Object.fromEntries(types.map(({ type, name }) => [name.toLowerCase(), type]));
  return {
    kind: "signs",
    names: { ...known, ...asked },
    bare: types.length === 1 ? types[0]!.type : undefined,
  };
}

export function parse(answer: string, types: readonly StyleType[]): MarkedCopy {
  return parseMarkup(answer, markupOf(types));
}

/** The sentence in a whole prompt; what is no such prompt is the sentence itself. */
export function sentenceOf(input: string): string {
  const lead = templates.item.slice(0, templates.item.indexOf("{text}"));
  const at = input.lastIndexOf(lead);
  return at < 0 ? input : input.slice(at + lead.length);
}
