/** @file Compared documents → their errors by class, each with its documents, and how types were taken for each other. */
import type { ComparedDocument } from "./compared.ts";
import type { ConfusionCell, ErrorGroup } from "./report-types.ts";
import type { ErrorClass, Extent, Verdict } from "./verdicts.ts";
import { errorClasses } from "./verdicts.ts";

interface Group {
  readonly class: ErrorClass;
  readonly extent: Extent | undefined;
  readonly types: Map<string, number>;
  readonly documents: Map<number, number>;
}

const extents = [undefined, "too-long", "too-short", "shifted"] as const;

/** Pairs count once, by their gold mention: the counts of all groups but "spurious" add up to the gold mentions. */
export function errorGroups(documents: readonly ComparedDocument[]): ErrorGroup[] {
  const groups = new Map<string, Group>();
  for (const [at, { gold, predicted, verdicts }] of documents.entries()) {
    for (const [index, verdict] of verdicts.gold.entries()) note(groups, verdict, gold[index]!.type, at);
    for (const [index, verdict] of verdicts.predicted.entries()) {
      if (verdict.class === "spurious") note(groups, verdict, predicted[index]!.type, at);
    }
  }
  return [...groups.values()].sort(inOrder).map((group) => toErrorGroup(group, documents));
}

function note(groups: Map<string, Group>, verdict: Verdict, type: string, document: number): void {
  const key = `${verdict.class} ${verdict.extent ?? ""}`;
  const known = groups.get(key);
  const group = known ?? {
    class: verdict.class,
    extent: verdict.extent,
    types: new Map<string, number>(),
    documents: new Map<number, number>(),
  };
  if (known === undefined) groups.set(key, group);
  increase(group.types, type);
  increase(group.documents, document);
}

function inOrder(a: Group, b: Group): number {
  const byClass = errorClasses.indexOf(a.class) - errorClasses.indexOf(b.class);
  return byClass || extents.indexOf(a.extent) - extents.indexOf(b.extent);
}

function toErrorGroup(group: Group, documents: readonly ComparedDocument[]): ErrorGroup {
  const types = [...group.types].map(([type, count]) => ({ type, count }));
  const places = [...group.documents].map(([document, count]) => ({
    document,
    id: documents[document]!.id,
    count,
  }));
  return {
    class: group.class,
    ...(group.extent === undefined ? {} : { extent: group.extent }),
    count: types.reduce((sum, { count }) => sum + count, 0),
    types: types.sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
    documents: places.sort((a, b) => b.count - a.count || a.document - b.document),
  };
}

/** Gold types × predicted types over all pairs, with what stayed alone under null; alphabetical, null last. */
export function confusionOf(documents: readonly ComparedDocument[]): ConfusionCell[] {
  const cells = new Map<string, number>();
  for (const { gold, predicted, verdicts } of documents) {
    for (const [at, { partner }] of verdicts.gold.entries()) {
      const other = partner === undefined ? null : predicted[partner]!.type;
      increase(cells, JSON.stringify([gold[at]!.type, other]));
    }
    for (const [at, { partner }] of verdicts.predicted.entries()) {
      if (partner === undefined) increase(cells, JSON.stringify([null, predicted[at]!.type]));
    }
  }
  const named = [...cells].map(([key, count]): ConfusionCell => {
    const [gold, predicted] = JSON.parse(key) as [string | null, string | null];
    return { gold, predicted, count };
  });
  return named.sort((a, b) => byName(a.gold, b.gold) || byName(a.predicted, b.predicted));
}

function byName(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
