/** @file What readers and writers found odd but went on with → a few lines for stderr. */
import type { CorpusIssue, OnIssue } from "../corpora/index.ts";

export interface Issues {
  readonly add: OnIssue;
  /** The first ten, one a line, and how many more there were; "" if there were none. */
  report(): string;
}

const shown = 10;

/** Keeps the first ten issues and counts the rest: a large corpus may hold very many. */
export function newIssues(): Issues {
  const first: CorpusIssue[] = [];
  let count = 0;
  return {
    add(issue) {
      count++;
      if (first.length < shown) first.push(issue);
    },
    report() {
      const lines = first.map((issue) => `nerium: ${describe(issue)}\n`);
      if (count > shown) lines.push(`nerium: and ${count - shown} more like these\n`);
      return lines.join("");
    },
  };
}

function describe({ file, line, document, problem }: CorpusIssue): string {
  const place = [file, line].filter((part) => part !== undefined).join(":");
  const named = document === undefined ? problem : `document ${document}: ${problem}`;
  return place === "" ? named : `${place}: ${named}`;
}
