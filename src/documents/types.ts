/** @file The words everyone speaks: Document, Passage, Mention. Every offset is a UTF-16 index, half-open (D1). */

/** One contiguous stretch of a mention: `text.slice(start, end)` of its passage. */
export interface Fragment {
  readonly start: number;
  readonly end: number;
}

/**
 * One entity mention inside one passage. `start` and `end` are UTF-16 offsets into the passage's text, half-open;
 * for a discontinuous mention they are the outer bounds and `fragments` lists its parts in text order.
 */
export interface Mention extends Fragment {
  readonly type: string;
  readonly fragments?: readonly Fragment[];
  /** Identifiers exactly as the corpus writes them, e.g. `["MESH:D003924"]`. */
  readonly ids?: readonly string[];
  /** Probability that the mention is right, 0..1; absent for gold mentions. */
  readonly score?: number;
  /** The text that the source format states for this mention, kept only where it differs from the passage's text. */
  readonly stated?: string;
  /** What the source format says about this mention beyond this model: PubTator's columns from the seventh on … */
  readonly carried?: readonly Carried[];
}

export interface Passage {
  readonly text: string;
  /** What the passage is in its document: "title", "abstract", "paragraph" … */
  readonly kind?: string;
  readonly mentions: readonly Mention[];
}

/** Something a source format holds that has no place in this model (relations, comments …), kept for writing it back. */
export interface Carried {
  /** The format it came from: "pubtator", "brat" … */
  readonly format: string;
  readonly lines: readonly string[];
  /** How many mentions stand before each line in the source; all lines follow all mentions if absent. */
  readonly at?: readonly number[];
}

export interface Document {
  readonly id: string;
  readonly passages: readonly Passage[];
  /** What stands between two passages when the document is written as one text; one space (PubTator's rule) if absent. */
  readonly separator?: string;
  readonly carried?: readonly Carried[];
}
