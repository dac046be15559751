/** @file What aligning an answer gives: mentions of the text, and what became of every single mark. */
import type { Mention } from "../documents/index.ts";

/**
 * How a mention was found. exact: the copy equals the text; cleanup: but for the blanks that Hugging Face's
 * `clean_up_tokenization` drops; whitespace: but for white space; edited: the copy differs otherwise, and the mention
 * was projected through the difference.
 */
export const alignments = ["exact", "whitespace", "cleanup", "edited"] as const;
export type AlignmentStatus = (typeof alignments)[number];

/**
 * What became of a mark that made no mention. rejected: its words are not in the text in one piece, or stand where
 * another mark of its type stands already; truncated: the answer ends before the mark does; unclosed: it never ends;
 * stray: an end that nothing began; empty: nothing in it; outside: in talk around the copy or in a repetition of it;
 * foreign: of a type that nobody asked for.
 */
export const losses = ["rejected", "truncated", "unclosed", "stray", "empty", "outside", "foreign"] as const;
export type MarkLoss = (typeof losses)[number];

export const markStatuses = [...alignments, ...losses] as const;
export type MarkStatus = (typeof markStatuses)[number];

/** `stated` is what the answer says where it differs from the text. */
export interface AlignedMention extends Mention {
  readonly alignment: AlignmentStatus;
}

export type StatusCounts = Readonly<Record<MarkStatus, number>>;

export interface AlignedAnswer {
  /** In text order; offsets are UTF-16 indices into the text. */
  readonly mentions: readonly AlignedMention[];
  /** One for each mark: they add up to the number of marks. For lists, a listed string is a mark. */
  readonly counts: StatusCounts;
  /** The number of marks: beginnings, and ends that nothing began. */
  readonly marks: number;
  /** How the answer's copy relates to the text; absent: there is none. */
  readonly copy: AlignmentStatus | "absent";
  /** The copy ends before the text does. */
  readonly truncated: boolean;
  /** Marks inside of others (counted above by their own status too). */
  readonly nested: number;
  /** Marks that are not written as they should be, counted above too. */
  readonly broken: number;
}

export function noCounts(): Record<MarkStatus, number> {
  return Object.fromEntries(markStatuses.map((status) => [status, 0])) as Record<MarkStatus, number>;
}

/** Sums of many answers' counts. */
export function addCounts(all: Iterable<StatusCounts>): StatusCounts {
  const sums = noCounts();
  for (const counts of all) for (const status of markStatuses) sums[status] += counts[status];
  return sums;
}
