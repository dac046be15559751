/**
 * @file The mentions of one type in a document's passages → the same ones, made consistent: an abbreviation is what its long
 * form is, and a name that is one mention is one everywhere, where the model does not speak against it.
 */
import type { Mention } from "../documents/index.ts";
import { findAbbreviations } from "../knowledge/abbreviations.ts";
import { Cover, type NameIndex } from "./name-index.ts";

export interface FoundPassage {
  readonly text: string;
  /** All of one type. */
  readonly mentions: readonly Mention[];
  /** How probable the model finds it that a span is a mention of the type: from 0 to 1. */
  readonly support: (start: number, end: number) => number;
}

export interface ConsistencySettings {
  /** Least support that a further occurrence of a name needs. */
  readonly repeat: number;
  /** Least support that an abbreviation of a mention needs. */
  readonly abbreviation: number;
  /** Least score of a mention that others are made after. */
  readonly model: number;
}

/** Names of sure mentions, and the short forms of those that have one → the least support that further places need. */
function namesOf(passages: readonly FoundPassage[], settings: ConsistencySettings): Map<string, number> {
  const names = new Map<string, number>();
  const learn = (name: string, least: number): void => {
    names.set(name, Math.min(least, names.get(name) ?? 1));
  };
  for (const { text, mentions } of passages) {
    const sure = mentions.filter(({ score = 1 }) => score >= settings.model);
    const starts = new Map<number, number>();
    for (const { start, end } of sure) {
      learn(text.slice(start, end), settings.repeat);
      starts.set(end, Math.min(start, starts.get(end) ?? start));
    }
    for (const { short, long } of findAbbreviations(text)) {
      const isExpanded = (starts.get(long.end) ?? Infinity) <= long.start;
      if (isExpanded) learn(text.slice(short.start, short.end), settings.abbreviation);
    }
  }
  return names;
}

/**
 * Adds mentions of the same type only; those that are there stay as they are. Shorter names than three characters are left
 * alone. `index` is that of the passages' texts.
 */
export function consistentMentions(
  passages: readonly FoundPassage[],
  index: NameIndex,
  type: string,
  settings: ConsistencySettings,
): Mention[][] {
  const names = [...namesOf(passages, settings)].filter(([name]) => name.length >= 3);
  names.sort(([a], [b]) => b.length - a.length);
  const all = passages.map(({ mentions }) => [...mentions]);
  const covers = passages.map(({ text, mentions }) => new Cover(text.length, mentions));
  for (const [name, least] of names) {
    for (const { passage, start, end } of index.places(name)) {
      if (covers[passage]!.overlaps({ start, end })) continue;
      const score = passages[passage]!.support(start, end);
      if (score < least) continue;
      all[passage]!.push({ start, end, type, score });
      covers[passage]!.add({ start, end });
    }
  }
  return all;
}
