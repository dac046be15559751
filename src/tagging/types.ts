/** @file The one interface behind every way to recognise: documents in, the same documents with predicted mentions out. */
import type { Document } from "../documents/index.ts";
import type { StatusCounts } from "../mentions/index.ts";
import type { EngineCost } from "./engine.ts";
import type { Precision } from "./precision.ts";

export interface TaggerInfo {
  /** Types that this tagger can mark, in the model's order; a model may show only some of them unless asked. */
  readonly types: readonly string[];
  /** What a person would call the model: its folder's name or "built-in". */
  readonly model: string;
  /** labels: the precision that it computes in. */
  readonly precision?: Precision;
}

export interface TagOptions {
  /** Only these types are marked; those that the model shows by default if absent. */
  readonly types?: readonly string[];
  /** Mentions below this score are dropped; absent: the model's own threshold of each type, or 0. */
  readonly threshold?: number;
  /** Ends the work early, with the signal's reason as error. */
  readonly signal?: AbortSignal;
}

/** What a tagger that asks a model has done so far. */
export interface TaggerReport {
  readonly cost: EngineCost;
  /** Sentences that were asked about. */
  readonly sentences: number;
  /** Sentences that were too long to be asked about at once and were cut at white space. */
  readonly cut: number;
  /** Answers that ended before their text did. */
  readonly truncated: number;
  /** What became of the marks of all answers; absent where an engine cannot write a wrong one. */
  readonly marks?: StatusCounts;
}

/** What lets a stream that was interrupted go on later with the same results. */
export interface Resumption {
  /** A stream that starts again at a multiple of so many documents gives the same to the last digit. */
  readonly documentsAtOnce: number;
  /** Equal for models that are equal. */
  readonly fingerprint: string;
}

export interface Tagger extends AsyncDisposable {
  readonly info: TaggerInfo;
  /** Streams that it can tag side by side and be the faster for it; 1 if absent. */
  readonly lanes?: number;
  /** Absent where a tagger cannot promise it. */
  readonly resumption?: Resumption;
  /**
   * Yields one document for each that comes in, in the same order, with the same passages' texts; `mentions` hold the
   * predicted mentions only (those that came in are never read).
   */
  tag(documents: AsyncIterable<Document>, options?: TagOptions): AsyncGenerator<Document>;
  /** Absent for taggers that do not ask a model by instruction. */
  report?(): TaggerReport;
}
