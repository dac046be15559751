/**
 * @file Public vocabularies and unlabelled text → JSON Lines with weak labels: the text's longest dictionary matches, and
 * rows of terms one after the other, which teach the names that no text of ours holds (VANER's dense recognition).
 * Usage: tsx scripts/weak-labels.ts VOCABULARIES OUT.jsonl TEXT… (a text a line; .gz is unpacked)
 */
import { createWriteStream } from "node:fs";
import type { Mention } from "../src/documents/index.ts";
import { termMatcher } from "../src/knowledge/matcher.ts";
import { readVocabulary, type Term } from "../src/knowledge/terms.ts";
import { type Random, randomFrom, shuffle } from "../src/shared/random.ts";
import { vocabularyTerms } from "./vocabulary-terms.ts";

const [vocabularies, out, ...texts] = process.argv.slice(2);
if (texts.length === 0) throw new Error("usage: weak-labels.ts VOCABULARIES OUT.jsonl TEXT…");

interface Row {
  readonly id: string;
  readonly text: string;
  readonly mentions: readonly Mention[];
}

/** Terms of all types mixed, with what stands between terms in lists. */
function* termRows(terms: readonly Term[], random: Random): Generator<Row> {
  const joints = [", ", ", ", " and ", " or ", "; ", " with ", " of ", " in ", " (", " / "];
  let [text, mentions, count]: [string, Mention[], number] = ["", [], 0];
  for (const { text: name, type } of shuffle([...terms], random)) {
    const written = random() < 0.5 && !/[\p{Lu}\p{N}]/u.test(name.slice(1)) ? name.toLowerCase() : name;
    mentions.push({ start: text.length, end: text.length + written.length, type });
    text += written + joints[Math.floor(random() * joints.length)]!;
    if (text.length < 600) continue;
    yield { id: `terms-${count++}`, text, mentions };
    [text, mentions] = ["", []];
  }
}

const lines = (path: string): string[] =>
  readVocabulary(path)
    .split("\n")
    .filter((line) => line !== "");

/** Words that the texts use often: a name spelt like one of them is not believed. */
function commonWords(paths: readonly string[], least: number): Set<string> {
  const seen = new Map<string, number>();
  for (const path of paths) {
    for (const [word] of readVocabulary(path).matchAll(/(?<![\p{L}\p{N}-])\p{Ll}+(?![\p{L}\p{N}-])/gu))
      seen.set(word, (seen.get(word) ?? 0) + 1);
  }
  return new Set([...seen].filter(([, count]) => count >= least).map(([word]) => word));
}

const common = commonWords(texts, 100);
const isRare = ({ text }: Term): boolean =>
  !common.has(text.toLowerCase()) && !common.has(text.toLowerCase().replace(/s$/, ""));
const { trusted, other } = vocabularyTerms(vocabularies!);
const unique = new Map(
  [...trusted, ...other.filter(isRare)].map((term) => [`${term.text.toLowerCase()}\t${term.type}`, term]),
);
const terms = [...unique.values()];
const matcher = termMatcher(terms);
const file = createWriteStream(out!);
const counts: Record<string, number> = {};
const write = ({ id, text, mentions }: Row): void => {
  for (const { type } of mentions) counts[type] = (counts[type] ?? 0) + 1;
  const entities = mentions.map(({ start, end, type }) => ({
    start,
    end,
    text: text.slice(start, end),
    label: `Weak${type}`,
  }));
  file.write(`${JSON.stringify({ id, text, offsets: "utf-16", entities })}\n`);
};
for (const row of termRows(terms, randomFrom(1))) write(row);
console.log(`${matcher.size} terms`, counts);
for (const path of texts) {
  lines(path).forEach((text, index) =>
    write({ id: `${path}:${index + 1}`, text, mentions: matcher.find(text) }),
  );
  console.log(path, counts);
}
file.end();
