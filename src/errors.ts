/** @file The one error family: every message says where, what was expected, what came and what to do next. */

export type ErrorCode =
  | "CORPUS_FORMAT"
  | "UNREADABLE"
  | "ENCODING"
  | "OFFSETS"
  | "RECIPE"
  | "MODEL_FORMAT"
  | "TOKENIZER"
  | "GRAPH"
  | "RUNTIME"
  | "CHECKPOINT"
  | "DATA"
  | "SERVER"
  | "USAGE";

/** Where a fault lies, as far as it is known. `line` and `column` count from 1. */
export interface ErrorDetails {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly cause?: unknown;
}

/** A fault in what a person gave us. Bugs of our own are plain errors whose message begins with "internal:". */
export class NeriumError extends Error {
  readonly code: ErrorCode;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(code: ErrorCode, problem: string, details: ErrorDetails = {}) {
    const place = [details.file, details.line, details.column].filter((part) => part !== undefined).join(":");
    super(place === "" ? problem : `${place}: ${problem}`, { cause: details.cause });
    this.name = "NeriumError";
    this.code = code;
    this.file = details.file;
    this.line = details.line;
    this.column = details.column;
  }
}
