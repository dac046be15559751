/** @file Tokens with mentions ↔ one B-X, I-X or O label a token (IOB2; IOBES is also read). */
import { NeriumError } from "../errors.ts";
import { partitionPoint } from "../shared/partition-point.ts";
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
  return boundsToBio(
    tokens.flatMap(({ start, end }) => [start, end]),
    mentions,
  );
}

/** The same for tokens without objects of their own: start and end of the first, start and end of the second … */
export function boundsToBio(bounds: readonly number[], mentions: readonly Mention[]): BioLabels {
  const labels = Array<string>(bounds.length / 2).fill("O");
  if (mentions.length === 0) return { labels, misaligned: [], overlapping: [], discontinuous: [] };
  const aligned: Mention[] = [];
  const misaligned: Mention[] = [];
  for (const mention of mentions) {
    if (parted(mention)) continue;
    const { start, end } = mention;
    const [first, next] = [tokenFrom(bounds, start), tokenFrom(bounds, end)];
    const fits = start < end && bounds[2 * first] === start && bounds[2 * next - 1] === end;
    (fits ? aligned : misaligned).push(mention);
  }
  const { kept, dropped } = resolveOverlaps(aligned);
  for (const { start, end, type } of kept) {
    const first = tokenFrom(bounds, start);
    labels[first] = `B-${type}`;
    const inside = `I-${type}`;
    for (let index = first + 1; bounds[2 * index]! < end; index++) labels[index] = inside;
  }
  return { labels, misaligned, overlapping: dropped, discontinuous: mentions.filter(parted) };
}

/** The first token that begins at or after an offset. */
function tokenFrom(bounds: readonly number[], offset: number): number {
  return partitionPoint(bounds.length / 2, (token) => bounds[2 * token]! < offset);
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
  const reader = bioReader(bareType);
  for (const [index, { start, end }] of tokens.entries()) reader.add(labels[index]!, start, end);
  return reader.mentions;
}

export interface BioReader {
  readonly mentions: Mention[];
  /** Takes the next token. */
  add(label: string, start: number, end: number): void;
}

/** `bioToMentions` token by token. */
export function bioReader(bareType?: string): BioReader {
  const mentions: { start: number; end: number; type: string }[] = [];
  let open: { start: number; end: number; type: string } | undefined;
  return {
    mentions,
    add(label, start, end) {
      if (label === "O") {
        open = undefined;
        return;
      }
      const { position, type } = parseLabel(label, bareType);
      const continues = (position === "I" || position === "E") && open?.type === type;
      if (continues && open !== undefined) open.end = end;
      else mentions.push((open = { start, end, type }));
      if (position === "E" || position === "S") open = undefined;
    },
  };
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
