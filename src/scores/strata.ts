/**
 * @file Compared documents and the training mentions → how well mentions of one kind are found: seen or unseen in
 * training, of one word or many, frequent or rare (after Augenstein, Derczynski & Bontcheva 2017; Fu, Liu & Neubig
 * 2020). "Found" is the strict convention's: same span and type.
 */
import type { Document } from "../documents/index.ts";
import { documentText } from "../documents/index.ts";
import type { ComparedDocument } from "./compared.ts";
import { spanText } from "./compared.ts";
import { ratesOf } from "./match-counts.ts";
import type { Stratum, StratumTable } from "./report-types.ts";
import type { Span } from "./spans.ts";
import { spansOf } from "./spans.ts";

/** What a training corpus holds: surfaces (lower-cased) with their frequency, and identifiers. */
export interface KnownMentions {
  readonly surfaces: ReadonlyMap<string, number>;
  readonly ids: ReadonlySet<string>;
}

/** Mentions of the given types only. */
export function knownMentions(documents: readonly Document[], types?: readonly string[]): KnownMentions {
  const surfaces = new Map<string, number>();
  const ids = new Set<string>();
  for (const document of documents) {
    const text = documentText(document);
    for (const span of spansOf(document, types)) {
      count(surfaces, surfaceOf(text, span));
      for (const id of idsOf(span)) ids.add(id);
    }
  }
  return { surfaces, ids };
}

/** The name of a span's stratum. */
type Sorter = (text: string, span: Span) => string;

const seenNames = ["seen", "unseen"] as const;
const lengthNames = ["1 word", "2 words", "3 words", "4 words", "5 or more words"] as const;
const frequencyNames = ["0", "1", "2–5", "6–20", "more than 20"] as const;
const withoutId = "no identifier";

/** By length and frequency; with training mentions also seen and unseen, and the frequency is the training corpus's. */
export function strataOf(
  documents: readonly ComparedDocument[],
  training: KnownMentions | undefined,
): StratumTable[] {
  const length = table("length", lengthNames, documents, byLength);
  if (training === undefined) {
    const sorter = byFrequency(goldSurfaces(documents));
    return [length, table("gold-frequency", frequencyNames, documents, sorter)];
  }
  const { surfaces, ids } = training;
  const bySurface: Sorter = (text, span) => (surfaces.has(surfaceOf(text, span)) ? "seen" : "unseen");
  return [
    table("seen-surface", seenNames, documents, bySurface),
    ...idTable(documents, ids),
    length,
    table("train-frequency", frequencyNames, documents, byFrequency(surfaces)),
  ];
}

/** Predicted mentions rarely carry identifiers, so only recall is told; nothing where no gold mention carries one. */
function idTable(documents: readonly ComparedDocument[], known: ReadonlySet<string>): StratumTable[] {
  const sorter: Sorter = (_, span) => {
    const ids = idsOf(span);
    if (ids.length === 0) return withoutId;
    return ids.some((id) => known.has(id)) ? "seen" : "unseen";
  };
  const { by, strata } = table("seen-id", [...seenNames, withoutId], documents, sorter);
  const withGold = strata.filter(({ gold }) => gold > 0);
  if (withGold.every(({ name }) => name === withoutId)) return [];
  const recallOnly = withGold.map(({ name, gold, correct, recall }): Stratum => ({
    name,
    gold,
    predicted: 0,
    correct,
    recall,
  }));
  return [{ by, strata: recallOnly }];
}

function table(
  by: StratumTable["by"],
  names: readonly string[],
  documents: readonly ComparedDocument[],
  sorter: Sorter,
): StratumTable {
  const tallies = new Map(names.map((name) => [name, { gold: 0, predicted: 0, correct: 0 }]));
  for (const { text, gold, predicted, verdicts } of documents) {
    for (const [at, span] of gold.entries()) {
      const tally = tallies.get(sorter(text, span))!;
      tally.gold++;
      if (verdicts.gold[at]!.class === "correct") tally.correct++;
    }
    for (const span of predicted) tallies.get(sorter(text, span))!.predicted++;
  }
  const strata = [...tallies].map(([name, tally]): Stratum => {
    return { name, ...tally, ...ratesOf(tally.correct, tally.gold, tally.predicted) };
  });
  return { by, strata: strata.filter(({ gold, predicted }) => gold + predicted > 0) };
}

/** Words as a reader counts them: between white space; a mention without any counts as one. */
function byLength(text: string, span: Span): string {
  const words = surfaceOf(text, span).split(" ").length;
  return lengthNames[Math.min(words, lengthNames.length) - 1]!;
}

function byFrequency(surfaces: ReadonlyMap<string, number>): Sorter {
  return (text, span) => {
    const times = surfaces.get(surfaceOf(text, span)) ?? 0;
    if (times < 2) return frequencyNames[times]!;
    return frequencyNames[times <= 5 ? 2 : times <= 20 ? 3 : 4];
  };
}

function goldSurfaces(documents: readonly ComparedDocument[]): Map<string, number> {
  const surfaces = new Map<string, number>();
  for (const { text, gold } of documents) {
    for (const span of gold) count(surfaces, surfaceOf(text, span));
  }
  return surfaces;
}

function count(surfaces: Map<string, number>, surface: string): void {
  surfaces.set(surface, (surfaces.get(surface) ?? 0) + 1);
}

function surfaceOf(text: string, span: Span): string {
  return spanText(text, span).toLowerCase().replaceAll(/\s+/g, " ").trim();
}

/** Corpora write "-1" or "-" for a mention without identifier. */
function idsOf({ mention }: Span): string[] {
  return (mention.ids ?? []).filter((id) => !["", "-", "-1"].includes(id));
}
