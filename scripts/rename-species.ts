/**
 * @file Corpora with species + names of organisms → JSON Lines with other species in the same texts: all mentions of an
 * organism in a document get one organism's names, Latin for Latin and common for common, so that a network learns from
 * few documents where organisms stand, and from the names how they are spelt. Viruses and abbreviations stay as they are.
 * Usage: tsx scripts/rename-species.ts VOCABULARIES NAMES.txt COPIES OUT.jsonl CORPUS.pubtator…
 */
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { openCorpus } from "../src/corpora/index.ts";
import type { Document, Mention } from "../src/documents/index.ts";
import { readVocabulary } from "../src/knowledge/terms.ts";
import { type Random, randomFrom } from "../src/shared/random.ts";
import { replaceMentions, rowOf } from "./renamed.ts";

const [vocabularies, names, copies, out, ...corpora] = process.argv.slice(2);
if (corpora.length === 0)
  throw new Error("usage: rename-species.ts VOCABULARIES NAMES.txt COPIES OUT.jsonl CORPUS.pubtator…");

interface Organism {
  readonly latin: string;
  readonly common: readonly string[];
}

const binomial = /^\p{Lu}\p{Ll}+ \p{Ll}{3,}$/u;
const abbreviated = /^\p{Lu}\.\s?\p{Ll}{3,}$/u;
/** One lower-case word or two: a common name; "Arabidopsis" and the like are genera. */
const commonName = /^\p{Ll}{3,}(?: \p{Ll}{3,})?$/u;
const genus = /^\p{Lu}\p{Ll}{3,}$/u;

const known: Organism[] = readFileSync(names!, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"))
  .map(([latin, common]) => ({ latin: latin!, common: common!.split(",") }));

/** Organisms of MeSH's branches for cells and viruses' hosts, by their Latin names alone. */
const mesh: Organism[] = readVocabulary(join(vocabularies!, "mesh", "mesh_tree_numbers.tsv.gz"))
  .split("\n")
  .map((line) => line.split("\t"))
  .filter(([, name, tree]) => /^B0[1-3]/.test(tree ?? "") && binomial.test(name!))
  .map(([, name]) => ({ latin: name!, common: [] }));
const everyone = [...known, ...new Map(mesh.map((organism) => [organism.latin, organism])).values()];

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)]!;

/** The name for a mention of this surface, in the surface's manner; undefined where none fits. */
function nameLike(surface: string, { latin, common }: Organism, random: Random): string | undefined {
  if (binomial.test(surface)) return latin;
  if (abbreviated.test(surface)) return `${latin[0]}.${surface[2] === " " ? " " : ""}${latin.split(" ")[1]}`;
  if (genus.test(surface)) return latin.split(" ")[0];
  if (commonName.test(surface)) return common.length > 0 ? pick(common, random) : latin;
  return undefined;
}

/** Names of an organism in this document: drawn once for an identifier, and once for each surface. */
function renamed(document: Document, random: Random): { document: Document; changed: number } {
  const organisms = new Map<string, Organism>();
  const drawn = new Map<string, string | undefined>();
  let changed = 0;
  const nameOf = (surface: string, mention: Mention): string => {
    const id = mention.ids?.join() ?? surface.toLowerCase();
    let organism = organisms.get(id);
    // Common names are few and Latin names many: both kinds are drawn as often.
    organism ??= pick(random() < 0.5 ? known : everyone, random);
    organisms.set(id, organism);
    const key = `${id}\t${surface}`;
    if (!drawn.has(key)) drawn.set(key, nameLike(surface, organism, random));
    const name = drawn.get(key);
    if (name !== undefined && name !== surface) changed++;
    return name ?? surface;
  };
  const passages = document.passages.map((passage) => replaceMentions(passage, nameOf));
  return { document: { ...document, passages }, changed };
}

const random = randomFrom(1);
const file = createWriteStream(out!);
let [documents, changes] = [0, 0];
for (const path of corpora) {
  for await (const document of openCorpus(path)) {
    for (let copy = 1; copy <= Number(copies); copy++) {
      const { document: changedDocument, changed } = renamed(document, random);
      if (changed === 0) continue;
      documents++;
      changes += changed;
      file.write(rowOf(`${document.id}-${copy}`, changedDocument.passages));
    }
  }
}
file.end();
console.log(`${documents} documents with ${changes} mentions renamed`);
