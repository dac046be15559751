/** @file A corpus, document by document, and its reader's issues → a report of everything that looks wrong. */
import { createHash } from "node:crypto";
import type { Document } from "../documents/index.ts";
import { documentText } from "../documents/index.ts";
import type { OnIssue } from "./issues.ts";
import { lintDocument } from "./lint-document.ts";
import type { LintProblem, Severity } from "./lint-problems.ts";
import { issueProblem, newProblem } from "./lint-problems.ts";

export type { LintKind, LintProblem, Severity } from "./lint-problems.ts";

export interface KindCount {
  readonly severity: Severity;
  readonly found: number;
  /** How many of them `--fix` takes away. */
  readonly repairable: number;
}

export interface LintReport {
  readonly documents: number;
  readonly mentions: number;
  /** Mentions within others, which is no fault. */
  readonly nested: number;
  readonly counts: Readonly<Record<string, KindCount>>;
  /** In the order of the corpus; the first `keep` of each kind. */
  readonly problems: readonly LintProblem[];
}

export interface Linter {
  /** Takes the next document; gives it back with wrong offsets repaired. */
  readonly check: (document: Document) => Document;
  /** Takes an issue of the reader. */
  readonly addIssue: OnIssue;
  readonly report: () => LintReport;
}

export interface LintOptions {
  /** How many problems of a kind are kept in the report; all are counted. */
  readonly keep?: number;
}

/** Remembers ids and text hashes of all documents (about 100 bytes each), and nothing else of them. */
export function newLinter({ keep = 1000 }: LintOptions = {}): Linter {
  const seen = new Map<string, string>();
  const counts = new Map<string, KindCount>();
  const problems: LintProblem[] = [];
  const totals = { documents: 0, mentions: 0, nested: 0 };
  const add = (problem: LintProblem): void => {
    const before = counts.get(problem.kind);
    if ((before?.found ?? 0) < keep) problems.push(problem);
    counts.set(problem.kind, counted(before, problem));
  };
  return {
    check(document) {
      const { repaired, problems: found, nested } = lintDocument(document);
      totals.documents++;
      totals.mentions += document.passages.reduce((sum, { mentions }) => sum + mentions.length, 0);
      totals.nested += nested;
      const repeated = repeatedId(document, seen);
      for (const problem of repeated === undefined ? found : [repeated, ...found]) add(problem);
      return repaired;
    },
    addIssue(issue) {
      const problem = issueProblem(issue);
      if (problem !== undefined) add(problem);
    },
    report: () => ({ ...totals, counts: Object.fromEntries(counts), problems: [...problems] }),
  };
}

/** Errors that are there, or that stay if all that can be repaired is repaired. */
export function errorsLeft({ counts }: LintReport, repaired: boolean): number {
  const errors = Object.values(counts).filter(({ severity }) => severity === "error");
  return errors.reduce((sum, { found, repairable }) => sum + found - (repaired ? repairable : 0), 0);
}

function counted(before: KindCount | undefined, { severity, count = 1, repairable }: LintProblem): KindCount {
  return {
    severity: before?.severity === "error" ? "error" : severity,
    found: (before?.found ?? 0) + count,
    repairable: (before?.repairable ?? 0) + (repairable === true ? count : 0),
  };
}

function repeatedId(document: Document, seen: Map<string, string>): LintProblem | undefined {
  const hash = createHash("sha1").update(documentText(document)).digest("base64url").slice(0, 12);
  const before = seen.get(document.id);
  seen.set(document.id, before ?? hash);
  if (before === undefined) return undefined;
  const text = before === hash ? "the same text" : "another text";
  return newProblem("repeated-id", document.id, `an earlier document has this id, with ${text}`);
}
