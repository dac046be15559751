/**
 * @file The mentions of one document's passages → the same ones, made consistent: an abbreviation is what its long form
 * is, and a name that is one mention is one everywhere, where the model does not speak against it.
 */
import type { Mention } from "../documents/index.ts";
import { findAbbreviations } from "../knowledge/abbreviations.ts";
import { nameOccurrences, overlapsMention } from "./name-occurrences.ts";

export interface FoundPassage {
  readonly text: string;
  readonly mentions: readonly Mention[];
  /** How probable the model finds it that a span is a mention of the type: from 0 to 1. */
  readonly support: (start: number, end: number, type: string) => number;
}

export interface ConsistencySettings {
  /** Least support that a further occurrence of a name needs. */
  readonly repeat: number;
  /** Least support that an abbreviation of a mention needs. */
  readonly abbreviation: number;
  /** Least score of a mention that others are made after. */
  readonly model: number;
}

/** Surface of a name → type → the least support that its further occurrences need. */
type Names = Map<string, Map<string, number>>;

function learn(names: Names, surface: string, type: string, least: number): void {
  const types = names.get(surface) ?? new Map<string, number>();
  types.set(type, Math.min(least, types.get(type) ?? 1));
  names.set(surface, types);
}

/** Names of sure mentions, and the short forms of those that have one. */
function namesOf(passages: readonly FoundPassage[], settings: ConsistencySettings): Names {
  const names: Names = new Map();
  for (const { text, mentions } of passages) {
    const sure = mentions.filter(({ score = 1 }) => score >= settings.model);
    for (const { start, end, type } of sure) learn(names, text.slice(start, end), type, settings.repeat);
    for (const { short, long } of findAbbreviations(text)) {
      const expanded = sure.filter(({ start, end }) => end === long.end && start <= long.start);
      for (const { type } of expanded)
        learn(names, text.slice(short.start, short.end), type, settings.abbreviation);
    }
  }
  return names;
}

/** Adds mentions only; those that are there stay as they are. Shorter names than three characters are left alone. */
export function consistentMentions(
  passages: readonly FoundPassage[],
  settings: ConsistencySettings,
): Mention[][] {
  const names = [...namesOf(passages, settings)].filter(([name]) => name.length >= 3);
  names.sort(([a], [b]) => b.length - a.length);
  return passages.map(({ text, mentions, support }) => {
    const all = [...mentions];
    for (const [name, types] of names) {
      for (const place of nameOccurrences(text, name)) {
        const { start, end } = place;
        for (const [type, least] of types) {
          if (overlapsMention(all, place, type)) continue;
          const score = support(start, end, type);
          if (score >= least) all.push({ start, end, type, score });
        }
      }
    }
    return all;
  });
}
