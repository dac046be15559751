/**
 * @file The mentions of one type in a document's passages → the same ones, with one score a name: the mean over all places
 * of the document where it stands. A whole document knows more about a name than each of its sentences: whether it is well
 * seen at one place and badly at others, or a mention at one place out of many.
 */
import type { Mention } from "../documents/index.ts";
import type { FoundPassage } from "./consistency.ts";
import { nameOccurrences, overlapsMention } from "./name-occurrences.ts";

/** Words may begin a sentence or stand in a title; abbreviations and symbols are told apart by their case. */
const isWord = (name: string): boolean => /\p{Ll}{3}/u.test(name);

function nameOf(text: string, { start, end }: Mention): string {
  const name = text.slice(start, end);
  return isWord(name) ? name.toLowerCase() : name;
}

/** A place where the name is no mention counts with the model's support; one that overlaps another mention does not count. */
export function pooledMentions(passages: readonly FoundPassage[], type: string): Mention[][] {
  const scores = new Map<string, number[]>();
  for (const { text, mentions } of passages) {
    for (const mention of mentions) {
      const name = nameOf(text, mention);
      const own = scores.get(name) ?? [];
      own.push(mention.score!);
      scores.set(name, own);
    }
  }
  for (const { text, mentions, support } of passages) {
    const lower = text.toLowerCase();
    for (const [name, own] of scores) {
      // A few letters change their length with their case; a text that has one is searched as it is.
      const searched = isWord(name) && lower.length === text.length ? lower : text;
      for (const place of nameOccurrences(searched, name)) {
        if (!overlapsMention(mentions, place, type)) own.push(support(place.start, place.end, type));
      }
    }
  }
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = new Map(Array.from(scores, ([name, own]) => [name, mean(own)]));
  return passages.map(({ text, mentions }) =>
    mentions.map((mention) => ({ ...mention, score: means.get(nameOf(text, mention))! })),
  );
}
