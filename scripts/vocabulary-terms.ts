/** @file Public vocabularies → names with their type, as they stand in running text: for weak labels and for renaming. */
import { join } from "node:path";
import {
  naturalOrder,
  obographNames,
  oboNames,
  readVocabulary,
  type TableColumns,
  tableNames,
  type Term,
} from "../src/knowledge/terms.ts";

/** Reads a file of the vocabularies' folder. */
type Read = (...path: string[]) => string;

const typed = (names: Iterable<string>, type: string): Term[] =>
  Array.from(names, (text) => ({ text, type }));

/** MeSH's branches: diseases and mental disorders; drugs and chemicals without proteins, actions and mixtures; organisms. */
const meshBranches: readonly (readonly [RegExp, string])[] = [
  [/^(?:C(?!23\.888$)|F03)/, "Disease"],
  [/^D(?:0[1-4]|09|10)/, "Chemical"],
  [/^B0[1-4]/, "Species"],
];

function* meshTerms(read: Read): Generator<Term> {
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
function trustedTerms(read: Read): Term[] {
  const drugs = read("drugbank", "drugbank_vocabulary.csv.gz");
  return [
    ...meshTerms(read),
    ...typed(oboNames(read("doid", "doid.2016-09-01.obo.gz")), "Disease"),
    ...typed(tableNames(drugs, { separator: ";", names: [2] }), "Chemical"),
    ...typed(oboNames(read("ncbitaxon", "ncbitaxon_import.mondo.obo")), "Species"),
  ];
}

function otherTerms(read: Read): Term[] {
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

/** Names of diseases, chemicals, genes and species of a folder of vocabularies; `other` ones need more caution. */
export function vocabularyTerms(folder: string): { readonly trusted: Term[]; readonly other: Term[] } {
  const read: Read = (...path) => readVocabulary(join(folder, ...path));
  return { trusted: trustedTerms(read).filter(isUsable), other: otherTerms(read).filter(isUsable) };
}
