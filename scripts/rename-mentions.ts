/**
 * @file Corpora with diseases, chemicals and genes + vocabularies → JSON Lines with other names in the same texts: a name
 * that a vocabulary knows gets another one of its type, alike in words and capitals; an abbreviation gets the first
 * letters of its long form's new name, or other letters. All mentions of a thing in a document change alike, so that a
 * network learns from few documents where such names stand, and from the vocabularies how they are spelt.
 * Usage: tsx scripts/rename-mentions.ts VOCABULARIES COPIES OUT.jsonl CORPUS… (CORPUS: path, or path,eval,ids of BioCreative II)
 */
import { createWriteStream } from "node:fs";
import { openCorpus } from "../src/corpora/index.ts";
import type { Document, Mention } from "../src/documents/index.ts";
import { type Random, randomFrom } from "../src/shared/random.ts";
import { replaceMentions, rowOf } from "./renamed.ts";
import { vocabularyTerms } from "./vocabulary-terms.ts";

const [vocabularies, copies, out, ...corpora] = process.argv.slice(2);
if (corpora.length === 0) throw new Error("usage: rename-mentions.ts VOCABULARIES COPIES OUT.jsonl CORPUS…");

/** The guidelines' kinds of diseases; composites ("breast and ovarian cancer") stay as they are. */
const diseases = new Set(["SpecificDisease", "Modifier", "DiseaseClass"]);
const typeOf = ({ type }: Mention): string => (diseases.has(type) ? "Disease" : type);

const abbreviation = /^(?=.*\p{Lu}.*\p{Lu})[\p{Lu}\p{N}-]{2,6}s?$/u;
const singular = (name: string): string => name.toLowerCase().replace(/s$/, "");
const wordsOf = (name: string): string[] => name.split(/[\s-]+/).filter((word) => word !== "");
/** A symbol ("TP53") has capitals or digits behind its first letter, a word has none. */
const isSymbol = (name: string): boolean => /[\p{Lu}\p{N}]/u.test(name.slice(1));

/** Names are exchanged within a type, with as many words (more than three are alike), symbols for symbols. */
const shapeOf = (name: string, type: string): string =>
  `${type} ${Math.min(wordsOf(name).length, 4)} ${isSymbol(name) ? "symbol" : "word"}`;

const { trusted, other } = vocabularyTerms(vocabularies!);
const known = new Set<string>();
const alike = new Map<string, string[]>();
for (const { text, type } of [...trusted, ...other]) {
  const key = `${type} ${singular(text)}`;
  if (known.has(key) || (type !== "Gene" && abbreviation.test(text))) continue;
  known.add(key);
  const shape = shapeOf(text, type);
  const names = alike.get(shape) ?? [];
  names.push(text);
  alike.set(shape, names);
}

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)]!;
const randomLetter = (random: Random): string => String.fromCodePoint(65 + Math.floor(random() * 26));

/** The first letters of a name's words where it has several; otherwise letters and digits are drawn. */
function shortened(name: string | undefined, surface: string, random: Random): string {
  const initials = name === undefined ? [] : wordsOf(name).map((word) => word[0]!.toUpperCase());
  const plural = surface.endsWith("s") ? "s" : "";
  if (initials.length > 1 && initials.length <= 6 && initials.every((letter) => /\p{L}/u.test(letter)))
    return initials.join("") + plural;
  const drawn = surface
    .slice(0, surface.length - plural.length)
    .replace(/\p{Lu}/gu, () => randomLetter(random))
    .replace(/\p{N}/gu, () => String(Math.floor(random() * 10)));
  return drawn + plural;
}

/** The new name with the old one's capitals and plural. */
function inTheMannerOf(surface: string, name: string, type: string): string {
  const lowered = isSymbol(name) ? name : name.toLowerCase();
  const cased = /^\p{Lu}/u.test(surface) ? lowered[0]!.toUpperCase() + lowered.slice(1) : lowered;
  const isPlural =
    type === "Disease" && /[^s]s$/.test(surface) && /[a-z]$/.test(cased) && !cased.endsWith("s");
  return isPlural ? `${cased}s` : cased;
}

/** One document's things and their names: drawn once for an identifier, and once for each surface. */
function renamed(document: Document, random: Random): { row: string; changed: number } {
  const drawn = new Map<string, string>();
  const longForms = new Map<string, string>();
  let changed = 0;
  /** A part of the things keeps its names, so that names that belong together are still seen together. */
  const kept = new Map<string, boolean>();
  const nameOf = (surface: string, mention: Mention): string => {
    const type = typeOf(mention);
    const thing = `${type} ${mention.ids?.join() ?? singular(surface)}`;
    if (!kept.has(thing)) kept.set(thing, random() < 0.25);
    if (kept.get(thing)) return surface;
    const key = `${thing} ${singular(surface)}`;
    let name = drawn.get(key);
    if (name === undefined) {
      if (type !== "Gene" && abbreviation.test(surface))
        name = shortened(longForms.get(thing), surface, random);
      else if (known.has(`${type} ${singular(surface)}`))
        name = pick(alike.get(shapeOf(surface, type)) ?? [surface], random);
      else name = surface;
      drawn.set(key, name);
      if (!abbreviation.test(name)) longForms.set(thing, name);
    }
    const written = abbreviation.test(name) || name === surface ? name : inTheMannerOf(surface, name, type);
    if (written !== surface) changed++;
    return written;
  };
  const passages = document.passages.map((passage) => replaceMentions(passage, nameOf));
  return { row: rowOf(document.id, passages), changed };
}

const random = randomFrom(1);
const file = createWriteStream(out!);
let [documents, changes] = [0, 0];
for (const corpus of corpora) {
  const [path, evalPath, idsPath] = corpus.split(",");
  for await (const document of openCorpus(path!, { evalPath, idsPath })) {
    for (let copy = 1; copy <= Number(copies); copy++) {
      const { row, changed } = renamed({ ...document, id: `${document.id}-${copy}` }, random);
      if (changed === 0) continue;
      documents++;
      changes += changed;
      file.write(row);
    }
  }
}
file.end();
console.log(`${documents} documents with ${changes} mentions renamed`);
