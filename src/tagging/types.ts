/** @file The one interface behind every way to recognise: documents in, the same documents with predicted mentions out. */
import type { Document } from "../documents/index.ts";

export interface TaggerInfo {
  /** Types that this tagger can mark, in the model's order; a model may show only some of them unless asked. */
  readonly types: readonly string[];
  /** What a person would call the model: its folder's name or "built-in". */
  readonly model: string;
}

export interface TagOptions {
  /** Only these types are marked; those that the model shows by default if absent. */
  readonly types?: readonly string[];
  /** Mentions below this score are dropped; 0 if absent. */
  readonly threshold?: number;
}

export interface Tagger extends AsyncDisposable {
  readonly info: TaggerInfo;
  /**
   * Yields one document for each that comes in, in the same order, with the same passages' texts; `mentions` hold the
   * predicted mentions only (those that came in are never read).
   */
  tag(documents: AsyncIterable<Document>, options?: TagOptions): AsyncGenerator<Document>;
}
