/** @file Issues of readers and writers → how many of each kind, with examples, and one sentence about what was lost. */
import type { CorpusIssue, OnIssue } from "./issues.ts";

export interface IssueCount {
  readonly kind: string;
  /** Whether something did not come through; kinds that end in "-kept" or "-noted" do not say so. */
  readonly loss: boolean;
  readonly count: number;
  /** The first few issues of the kind. */
  readonly examples: readonly CorpusIssue[];
}

export interface IssueCounter {
  readonly add: OnIssue;
  /** Losses first, then the most frequent first. */
  counts(): readonly IssueCount[];
  /** How many things were lost. */
  losses(): number;
}

const shown = 5;

/** Counts by kind in bounded memory. */
export function countIssues(): IssueCounter {
  const kinds = new Map<string, { count: number; readonly examples: CorpusIssue[] }>();
  const counts = (): readonly IssueCount[] =>
    Array.from(kinds, ([kind, { count, examples }]) => ({ kind, loss: isLoss(kind), count, examples })).sort(
      (a, b) => Number(b.loss) - Number(a.loss) || b.count - a.count || (a.kind < b.kind ? -1 : 1),
    );
  return {
    add(issue) {
      let kind = kinds.get(issue.kind);
      if (kind === undefined) kinds.set(issue.kind, (kind = { count: 0, examples: [] }));
      kind.count += issue.count ?? 1;
      if (kind.examples.length < shown) kind.examples.push(issue);
    },
    counts,
    losses: () => counts().reduce((sum, { loss, count }) => sum + (loss ? count : 0), 0),
  };
}

export function isLoss(kind: string): boolean {
  return !/-(?:kept|noted)$/.test(kind);
}

/** What became of the things of a kind: `[one, several, verb]`. Other kinds are said as they are. */
const phrases: Readonly<Record<string, readonly [one: string, several: string, fate: string]>> = {
  "discontinuous-mention": ["discontinuous mention", "discontinuous mentions", "widened or left out"],
  "overlapping-mention": ["overlapping mention", "overlapping mentions", "left out"],
  "misaligned-mention": ["mention within a word", "mentions within words", "left out"],
  "misplaced-mention": ["mention outside of the text", "mentions outside of the text", "left out"],
  "empty-mention": ["mention without text", "mentions without text", "left out"],
  "mentions-dropped": ["mention", "mentions", "left out"],
  "types-dropped": ["type of a mention", "types of mentions", "dropped"],
  "ids-dropped": ["identifier", "identifiers", "dropped"],
  "ids-trimmed": ["identifier's outer white space", "identifiers' outer white space", "trimmed"],
  "ids-joined": ["mention's identifiers", "mentions' identifiers", "joined"],
  "scores-dropped": ["score", "scores", "dropped"],
  "stated-texts-dropped": ["stated text", "stated texts", "dropped"],
  "document-ids-dropped": ["document id", "document ids", "dropped"],
  "document-id-changed": ["document id", "document ids", "changed"],
  "document-split": ["document", "documents", "split into passages"],
  "passage-kinds-dropped": ["passage kind", "passage kinds", "dropped"],
  "passage-borders-dropped": ["border between passages", "borders between passages", "dropped"],
  "blank-passage-dropped": ["passage without text", "passages without text", "left out"],
  "carried-dropped": ["part of another format", "parts of other formats", "dropped"],
  "line-break-replaced": ["line break", "line breaks", "written as spaces"],
  "white-space-replaced": ["text's white space", "texts' white space", "not kept"],
  "white-space-trimmed": ["mention's outer white space", "mentions' outer white space", "trimmed"],
  "unbalanced-mark": ["mark without its other half", "marks without their other half", "left out"],
  "empty-mark": ["mark around nothing", "marks around nothing", "left out"],
  "answer-dropped": ["answer without a sentence", "answers without a sentence", "left out"],
  "deleted-citations-noted": [
    "citation",
    "citations",
    "that the file deletes: remove them from what earlier files gave",
  ],
  "file-without-partner": ["file without partner", "files without partner", "left out"],
  "listed-id-missing": ["listed id", "listed ids", "not found"],
};

/** "2 discontinuous mentions widened or left out, 500 scores dropped"; "" if nothing was lost. */
export function lossSummary(counts: readonly IssueCount[]): string {
  return phrased(counts.filter(({ loss }) => loss));
}

/** What is no loss and no oddity, but has to be known; "" if there is nothing. */
export function noteSummary(counts: readonly IssueCount[]): string {
  return phrased(counts.filter(({ kind }) => kind.endsWith("-noted")));
}

function phrased(counts: readonly IssueCount[]): string {
  return counts
    .map(({ kind, count }) => {
      const [one, several, fate] = phrases[kind] ?? [said(kind), said(kind), ""];
      return `${count} ${count === 1 ? one : several} ${fate}`.trim();
    })
    .join(", ");
}

/** "collection-dropped" → "collection dropped". */
function said(kind: string): string {
  return kind.replaceAll("-", " ");
}
