/** @file The conventions' names → how gold and predicted spans of one document are counted, per type and all together. */
import { countWithAlternatives } from "./alternatives.ts";
import type { MatchCounts } from "./match-counts.ts";
import { countSemeval } from "./semeval.ts";
import type { Span } from "./spans.ts";

/** SemEval-2013's four first, then those on token labels, then BioCreative II's with alternatives. */
export const conventionNames = ["strict", "exact", "partial", "type", "conlleval", "iob2", "bc2"] as const;
export type ConventionName = (typeof conventionNames)[number];

/** What one convention says about one document. */
export interface DocumentCounts {
  /**
   * All types together. Under "exact", "partial" and "type" this is not the sum of the types: only here can a predicted
   * mention of one type be paired with a gold one of another (nervaluate counts so too).
   */
  readonly all: MatchCounts;
  readonly types: ReadonlyMap<string, MatchCounts>;
}

export interface SpanLists {
  readonly gold: readonly Span[];
  readonly predicted: readonly Span[];
  /** Only for "bc2". */
  readonly alternatives?: readonly Span[];
}

type Count = (lists: Required<SpanLists>) => MatchCounts;

const counters: { readonly [Name in ConventionName]: Count } = {
  strict: ({ gold, predicted }) => countSemeval(gold, predicted, "strict"),
  exact: ({ gold, predicted }) => countSemeval(gold, predicted, "exact"),
  partial: ({ gold, predicted }) => countSemeval(gold, predicted, "partial"),
  type: ({ gold, predicted }) => countSemeval(gold, predicted, "type"),
  // These two differ in which spans the labels stand for (labels.ts), not in how spans are compared.
  conlleval: ({ gold, predicted }) => countSemeval(gold, predicted, "strict"),
  iob2: ({ gold, predicted }) => countSemeval(gold, predicted, "strict"),
  bc2: ({ gold, alternatives, predicted }) => countWithAlternatives(gold, alternatives, predicted),
};

/** Spans as `spansOf` gives them. */
export function countSpans(lists: SpanLists, convention: ConventionName): DocumentCounts {
  const count = counters[convention];
  const { gold, predicted, alternatives = [] } = lists;
  const groups = [byType(gold), byType(predicted), byType(alternatives)] as const;
  const types = new Map<string, MatchCounts>();
  for (const type of new Set([...groups[0].keys(), ...groups[1].keys()])) {
    const [gold, predicted, alternatives] = groups.map((group) => group.get(type) ?? []) as [
      Span[],
      Span[],
      Span[],
    ];
    types.set(type, count({ gold, predicted, alternatives }));
  }
  return { all: count({ gold, predicted, alternatives }), types };
}

function byType(spans: readonly Span[]): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const group = groups.get(span.type);
    if (group === undefined) groups.set(span.type, [span]);
    else group.push(span);
  }
  return groups;
}
