/** @file Tokens with mentions ↔ one B-X, I-X or O label a token (IOB2; IOBES is also read). */
import { NeriumError } from "../errors.ts";
import { resolveOverlaps } from "./mentions.ts";
import type { Fragment, Mention } from "./types.ts";

export interface BioLabels {
  /** One label a token. */
  readonly labels: string[];
  /** Mentions of which an end is not the end of a token: not labelled. */
  readonly misaligned: readonly Mention[];
  /** Mentions that overlap a better one (`resolveOverlaps`): not labelled. */
  readonly overlapping: readonly Mention[];
  /** Mentions in several parts, which BIO cannot say: not labelled. */
  readonly discontinuous: readonly Mention[];
}

/** Labels tokens (in text order, disjoint). Every mention is labelled or stands in exactly one of the lists. */
export function mentionsToBio(tokens: readonly Fragment[], mentions: readonly Mention[]): BioLabels {
  const starts = new Map(tokens.map((token, index) => [token.start, index]));
  const ends = new Map(tokens.map((token, index) => [token.end, index]));
  const aligned = (mention: Mention): boolean =>
    mention.start < mention.end && starts.has(mention.start) && ends.has(mention.end);

  const whole = mentions.filter((mention) => !parted(mention));
  const { kept, dropped } = resolveOverlaps(whole.filter(aligned));
  const labels = tokens.map(() => "O");
  for (const mention of kept) {
    const first = starts.get(mention.start)!;
    labels[first] = `B-${mention.type}`;
    for (let index = first + 1; index <= ends.get(mention.end)!; index++) labels[index] = `I-${mention.type}`;
  }
  return {
    labels,
    misaligned: whole.filter((mention) => !aligned(mention)),
    overlapping: dropped,
    discontinuous: mentions.filter(parted),
  };
}

function parted(mention: Mention): boolean {
  return (mention.fragments?.length ?? 0) > 1;
}

/** Whether a label is O, or B, I, E or S with or without a type. */
export function isBioLabel(label: string): boolean {
  return label === "O" || /^[BIES](?:-.+)?$/s.test(label);
}

/**
 * Mentions from labels. An I or E after O, after the end of a mention or after another type begins a mention: nothing
 * that is labelled is lost. `bareType` is the type of labels without one ("B", "I"). Throws CORPUS_FORMAT.
 */
export function bioToMentions(
  tokens: readonly Fragment[],
  labels: readonly string[],
  bareType?: string,
): Mention[] {
  if (tokens.length !== labels.length) {
    throw new Error(`internal: ${tokens.length} tokens but ${labels.length} labels`);
  }
  const mentions: { start: number; end: number; type: string }[] = [];
  let open: { start: number; end: number; type: string } | undefined;
  for (const [index, label] of labels.entries()) {
    if (label === "O") {
      open = undefined;
      continue;
    }
    const { position, type } = parseLabel(label, bareType);
    const { start, end } = tokens[index]!;
    const continues = (position === "I" || position === "E") && open?.type === type;
    if (continues && open !== undefined) open.end = end;
    else mentions.push((open = { start, end, type }));
    if (position === "E" || position === "S") open = undefined;
  }
  return mentions;
}

function parseLabel(label: string, bareType: string | undefined): { position: string; type: string } {
  const type = label.length > 1 ? label.slice(2) : bareType;
  if (isBioLabel(label) && type !== undefined) return { position: label[0]!, type };
  const expected =
    type === undefined
      ? "a label with a type such as B-Disease"
      : "O or a label such as B-Disease or I-Disease";
  throw new NeriumError(
    "CORPUS_FORMAT",
    `expected ${expected}, got ${JSON.stringify(label)}; say which type bare labels have, or correct the label`,
  );
}
