/**
 * @file Public vocabularies and unlabelled text → JSON Lines with weak labels: the text's longest dictionary matches, and
 * rows of terms one after the other, which teach the names that no text of ours holds (VANER's dense recognition).
 * Usage: tsx scripts/weak-labels.ts VOCABULARIES OUT.jsonl TEXT… (a text a line; .gz is unpacked)
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Mention } from "../src/documents/index.ts";
import { termMatcher } from "../src/knowledge/matcher.ts";
import {
  naturalOrder,
  obographNames,
  oboNames,
  readVocabulary,
  type TableColumns,
  tableNames,
  type Term,
} from "../src/knowledge/terms.ts";
import { type Random, randomFrom, shuffle } from "../src/shared/random.ts";

const [vocabularies, out, ...texts] = process.argv.slice(2);
if (texts.length === 0) throw new Error("usage: weak-labels.ts VOCABULARIES OUT.jsonl TEXT…");

const read = (...path: string[]): string => readVocabulary(join(vocabularies!, ...path));
const typed = (names: Iterable<string>, type: string): Term[] =>
  Array.from(names, (text) => ({ text, type }));

/** MeSH's branches: diseases and mental disorders; drugs and chemicals without proteins, actions and mixtures; organisms. */
const meshBranches: readonly (readonly [RegExp, string])[] = [
  [/^(?:C(?!23\.888$)|F03)/, "Disease"],
  [/^D(?:0[1-4]|09|10)/, "Chemical"],
  [/^B0[1-4]/, "Species"],
];

function* meshTerms(): Generator<Term> {
  for (const line of read("mesh", "mesh_tree_numbers.tsv.gz").split("\n").slice(1)) {
    const [, name, tree] = line.split("\t");
    const type = meshBranches.find(([branch]) => branch.test(tree ?? ""))?.[1];
    if (type !== undefined) yield { text: naturalOrder(name!), type };
  }
}

/** NCIt's file holds genes, outcomes and anatomy beside diseases. */
const diseaseWord =
  /(?:cancer|carcinoma|tumou?r|neoplasm|lymphoma|leuk[ae]+mia|myeloma|melanoma|sarcoma|glioma|blastoma|adenoma|disease|disorder|syndrome|itis|oma|[ae]mia|pathy|osis|plasia|trophy|algia|cyst|polyp|h[ae]+morrhage|deficiency|failure|infection|ulcer|fibrosis|atresia|stenosis)s?$/i;

const tab = "\t";

/** Names that stand in running text as they are. */
function trustedTerms(): Term[] {
  const drugs = read("drugbank", "drugbank_vocabulary.csv.gz");
  return [
    ...meshTerms(),
    ...typed(oboNames(read("doid", "doid.2016-09-01.obo.gz")), "Disease"),
    ...typed(tableNames(drugs, { separator: ";", names: [2] }), "Chemical"),
    ...typed(oboNames(read("ncbitaxon", "ncbitaxon_import.mondo.obo")), "Species"),
  ];
}

function otherTerms(): Term[] {
  const drugs = read("drugbank", "drugbank_vocabulary.csv.gz");
  const genes = read("gene", "Homo_sapiens.gene_info.gz");
  const isCoding = (columns: readonly string[]): boolean => columns[9] === "protein-coding";
  const isChebi = (columns: readonly string[]): boolean => columns[3] === "CHEBI";
  const isDisease = ({ text }: Term): boolean => diseaseWord.test(text);
  const ncit = read("ncit", "ncit-disease-2018-06-08.json.gz");
  const ordo = read("ordo", "ordo_2-6-2018-07-12.json.gz");
  const table = (
    text: string,
    columns: Omit<TableColumns, "separator">,
    separator = tab,
  ): Generator<string> => tableNames(text, { separator, ...columns });
  return [
    ...typed(table(read("mondo", "mondo_rare_names.tsv.gz"), { names: [1, 2], list: "|" }), "Disease"),
    ...typed(obographNames(ncit, "ncit", /NCIT_C/), "Disease").filter(isDisease),
    ...typed(obographNames(ordo, "ordo", /Orphanet_/), "Disease").filter(isDisease),
    ...typed(table(drugs, { names: [5], list: " | " }, ";"), "Chemical"),
    ...typed(table(read("drugcentral", "drugcentral.synonyms.tsv.gz"), { names: [0] }), "Chemical"),
    ...typed(oboNames(read("chebi", "chebi_import.hpo.2020-12-07.obo.gz")), "Chemical"),
    ...typed(
      table(read("mesh", "gilda_mesh_mappings.tsv.gz"), { names: [2, 5], where: isChebi }),
      "Chemical",
    ),
    ...typed(table(genes, { names: [2, 4], list: "|", where: isCoding }), "Gene"),
    // Descriptions of one plain word ("adhesion") mislead.
    ...typed(table(genes, { names: [8, 13], list: "|", where: isCoding }), "Gene").filter(({ text }) =>
      /[ \d]/.test(text),
    ),
    ...typed(table(read("famplex", "grounding_map.csv"), { names: [0] }, ","), "Gene"),
  ];
}

const general =
  /^(?:this|elements?|lead|date|indicators?|mixture|biomarkers?|rich|adult|root|nct|mri|deaths?|recurrence|signal transduction|cell cycle|cell proliferation|immune response|diseases?|syndromes?|disorders?|conditions?|infections?|signs?|symptoms?|finding|diagnosis|treatment|man|other|role|impact|air|water|light|gas|salt|gel|acid|base|oil|ions?|chemical|drug|all|and|was|set|the|not|for|via|end|large|fat|camp|mice|rest|cell|cells|group|eukaryot[ae]|bacteria|viruses|animals?|plants?|hypothetical protein|uncharacterized protein.*|.* \(disease\))$/i;

/** Names that mislead more than they teach: short ones without a capital or digit, general words, bracketed codes. */
const isUsable = ({ text }: Term): boolean =>
  text.length >= 3 &&
  text.length <= 80 &&
  !general.test(text) &&
  !/[[\]{}]/.test(text) &&
  /\p{L}/u.test(text) &&
  (text.length > 3 || /[\p{Lu}\p{N}]/u.test(text));

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
const all = [...trustedTerms(), ...otherTerms().filter(isRare)];
const unique = new Map(
  all.filter(isUsable).map((term) => [`${term.text.toLowerCase()}\t${term.type}`, term]),
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
