/**
 * @file The mentions of one type in a document's passages → the same ones, with one score a name: the mean over all places
 * of the document where it stands. A whole document knows more about a name than each of its sentences: whether it is well
 * seen at one place and badly at others, or a mention at one place out of many.
 */
import type { Mention } from "../documents/index.ts";
import type { FoundPassage } from "./consistency.ts";
import { Cover, type NameIndex } from "./name-index.ts";

/** Words may begin a sentence or stand in a title; abbreviations and symbols are told apart by their case. */
const isWord = (name: string): boolean => /\p{Ll}{3}/u.test(name);

function nameOf(text: string, { start, end }: Mention): string {
  const name = text.slice(start, end);
  return isWord(name) ? name.toLowerCase() : name;
}

/**
 * A place where the name is no mention counts with the model's support; one that overlaps another mention does not count.
 * `index` is that of the passages' texts.
 */
export function pooledMentions(passages: readonly FoundPassage[], index: NameIndex): Mention[][] {
  const names = new Map<string, { sum: number; count: number }>();
  const add = (name: string, score: number): void => {
    const own = names.get(name) ?? { sum: 0, count: 0 };
    names.set(name, { sum: own.sum + score, count: own.count + 1 });
  };
  for (const { text, mentions } of passages) {
    for (const mention of mentions) add(nameOf(text, mention), mention.score!);
  }
  const covers = passages.map(({ text, mentions }) => new Cover(text.length, mentions));
  for (const name of names.keys()) {
    for (const { passage, start, end } of index.places(name, { ignoreCase: isWord(name) })) {
      if (!covers[passage]!.overlaps({ start, end })) add(name, passages[passage]!.support(start, end));
    }
  }
  return passages.map(({ text, mentions }) =>
    mentions.map((mention) => {
      const { sum, count } = names.get(nameOf(text, mention))!;
      return { ...mention, score: sum / count };
    }),
  );
}
