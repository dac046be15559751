/** @file The data model's identifiers → the words, symbols and explanations that a reader sees. */
import type { ConventionName } from "../conventions.ts";
import type { StratumTable } from "../report-types.ts";
import type { ErrorClass, Extent } from "../verdicts.ts";

export interface ClassWords {
  readonly name: string;
  /** Stands in the text beside the mention, so that no colour is needed. */
  readonly symbol: string;
  readonly meaning: string;
}

export const classWords: { readonly [Class in ErrorClass]: ClassWords } = {
  correct: { name: "correct", symbol: "✓", meaning: "same span, same type" },
  type: { name: "wrong type", symbol: "≠", meaning: "same span, another type" },
  boundary: {
    name: "wrong boundaries",
    symbol: "↔",
    meaning: "same type, the spans overlap but are not the same",
  },
  "boundary-type": {
    name: "wrong boundaries and type",
    symbol: "↔≠",
    meaning: "the spans overlap, the types differ",
  },
  missed: { name: "missed", symbol: "−", meaning: "a gold mention that no prediction overlaps" },
  spurious: { name: "spurious", symbol: "+", meaning: "a prediction that no gold mention overlaps" },
};

export const extentWords: { readonly [Kind in Extent]: string } = {
  "too-long": "too long",
  "too-short": "too short",
  shifted: "shifted",
};

export const conventionWords: { readonly [Name in ConventionName]: string } = {
  strict: "Start, end and type must all be right.",
  exact: "Start and end must be right; the type does not matter.",
  partial: "Right boundaries count whole, an overlap counts half; the type does not matter.",
  type: "The type must be right and the spans must overlap.",
  conlleval: "On token labels, read leniently as conlleval (and seqeval by default) does; then strict.",
  iob2: "On token labels, read by the letter of IOB2; then strict.",
  bc2: "BioCreative II: as strict, but the gold file's alternative spans are right, too.",
};

export const stratumWords: { readonly [By in StratumTable["by"]]: { title: string; meaning: string } } = {
  "seen-surface": {
    title: "Seen in training, by wording",
    meaning: "Does the same wording (ignoring case) occur as a mention in the training files?",
  },
  "seen-id": {
    title: "Seen in training, by identifier",
    meaning: "Does one of the gold mention's identifiers occur in the training files? Recall only.",
  },
  length: { title: "Length", meaning: "Words in the mention." },
  "train-frequency": {
    title: "Frequency in training",
    meaning: "How often the wording occurs as a mention in the training files.",
  },
  "gold-frequency": {
    title: "Frequency",
    meaning: "How often the wording occurs as a mention in the gold file.",
  },
};

/** For labels beside mentions and rows of plots; counts in characters as a reader does. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** "A", "A and B", "A, B and C". */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
