/** @file What lint can find, how bad each kind is, and what readers' issues are among them. */
import type { Fragment } from "../documents/index.ts";
import type { CorpusIssue } from "./issues.ts";

export type Severity = "error" | "warning";

export interface LintProblem {
  /** A `LintKind`, or the kind of a reader's issue. */
  readonly kind: string;
  readonly severity: Severity;
  readonly problem: string;
  readonly document?: string;
  readonly file?: string;
  readonly line?: number;
  /** How many things this problem is; 1 if absent. */
  readonly count?: number;
  /** Whether `--fix` takes the problem away. */
  readonly repairable?: boolean;
  /** The passage's place in its document; offsets are UTF-16 units in its text. */
  readonly passage?: number;
  readonly start?: number;
  readonly end?: number;
  readonly type?: string;
  readonly stated?: string;
  readonly found?: string;
  readonly moved?: Fragment;
  /** What must be added to the offsets. */
  readonly shift?: number;
  /** How many mentions are shifted, and whether they are all of their passage. */
  readonly mentions?: number;
  readonly whole?: boolean;
}

/** Errors make training or scores wrong; warnings are odd but may be meant. */
const severities = {
  "shifted-offsets": "error",
  "stated-text-differs": "error",
  "repeated-mention": "error",
  "repeated-mention-other-ids": "warning",
  "crossing-mentions": "warning",
  "empty-mention": "error",
  "outside-text": "error",
  "blank-edge": "warning",
  "empty-document": "warning",
  "repeated-id": "error",
} as const satisfies Readonly<Record<string, Severity>>;

export type LintKind = keyof typeof severities;

export function newProblem(kind: LintKind, document: string, problem: string): LintProblem {
  return { kind, severity: severities[kind], document, problem };
}

/** Words in a reader's issue that tell of mentions that could not be read, or were read wrongly. */
const unreadable =
  /outside|across|cross|border|placed|unbalanced|unclosed|unopened|nested marks|without text|empty mention/i;

/**
 * A reader's issue as a problem; undefined for stated texts that differ, which lint finds by itself and says more of.
 */
export function issueProblem(issue: CorpusIssue): LintProblem | undefined {
  const { kind, problem } = issue;
  if (kind.includes("stated")) return undefined;
  const severe = unreadable.test(`${kind.replaceAll("-", " ")} ${problem}`);
  return { ...issue, severity: severe ? "error" : "warning" };
}

/** A quotation for a message: one line of at most 60 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
