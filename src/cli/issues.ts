/** @file What readers and writers found odd but went on with → a few lines for stderr. */
import type { CorpusIssue, OnIssue } from "../corpora/index.ts";

export interface Issues {
  readonly add: OnIssue;
  /** The first of each kind, one a line, and how many more there were; "" if there were none. */
  report(): string;
}

/** Keeps the first issue of each kind and counts the rest: a large corpus may hold very many. */
export function newIssues(): Issues {
  const kinds = new Map<string, { readonly first: CorpusIssue; count: number }>();
  return {
    add(issue) {
      const known = kinds.get(issue.kind);
      if (known === undefined) kinds.set(issue.kind, { first: issue, count: 1 });
      else known.count++;
    },
    report: () =>
      [...kinds.values()]
        .map(({ first, count }) => {
          const more = count > 1 ? ` (and ${count - 1} more of this kind)` : "";
          return `nerium: ${describe(first)}${more}\n`;
        })
        .join(""),
  };
}

function describe({ file, line, document, problem }: CorpusIssue): string {
  const place = [file, line].filter((part) => part !== undefined).join(":");
  const named = document === undefined ? problem : `document ${document}: ${problem}`;
  return place === "" ? named : `${place}: ${named}`;
}
