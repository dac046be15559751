/**
 * @file A made-up language in which diseases in -itis follow "with" and chemicals in -ol follow "given" → sentences with
 * mentions. What is to be marked can be told from what stands before it: a model of some ten thousand weights learns it.
 */
import type { Mention, Passage } from "../src/documents/index.ts";
import { type Random, randomFrom } from "../src/shared/random.ts";

const stems = ["gastr", "derm", "hepat", "nephr", "col", "arthr", "mening", "neur", "rhin", "ot"];
const plain = ["the", "patient", "had", "by", "and", "of", "was", "for", "in", "no"];
const kinds = ["acute", "mild"];
const cues = {
  with: { suffix: "itis", type: "Disease" },
  given: { suffix: "ol", type: "Chemical" },
} as const;

export const toyTypes = ["Disease", "Chemical"] as const;

/**
 * Sentences of three words to `words` words; a mention may begin with its kind ("acute gastritis"). `density`: the chance
 * that a word is a mention instead.
 */
export function toySentences(count: number, seed: number, words = 9, density = 0.3): Passage[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () =>
    sentence(random, 3 + Math.floor(random() * (words - 2)), density),
  );
}

function sentence(random: Random, words: number, density: number): Passage {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const mentions: Mention[] = [];
  let text = "";
  for (let at = 0; at < words; at++) {
    if (text !== "") text += pick([" ", " ", " ", " (", ", ", "-"]);
    if (random() < density) {
      const cue = pick(Object.keys(cues) as (keyof typeof cues)[]);
      text += `${cue} `;
      const start = text.length;
      text += `${random() < 0.4 ? `${pick(kinds)} ` : ""}${pick(stems)}${cues[cue].suffix}`;
      mentions.push({ start, end: text.length, type: cues[cue].type });
    } else text += pick(plain);
  }
  return { text: `${text}.`, kind: "sentence", mentions };
}
