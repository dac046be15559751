/**
 * @file The tree that BioC XML and BioC JSON both write down, and the words by which documents carry its parts.
 * Format: https://bioc.sourceforge.net/ (BioC.dtd); JSON: https://github.com/bionlplab/bioc.
 */

/** Keys and values in order. XML has only strings; JSON has anything. */
export type Infons = readonly (readonly [key: string, value: unknown])[];

export interface BiocLocation {
  /** Counted over the whole document, in the producer's unit. */
  readonly offset: number;
  readonly length: number;
}

export interface BiocAnnotation {
  readonly id?: string | undefined;
  readonly infons: Infons;
  readonly locations: readonly BiocLocation[];
  readonly text?: string | undefined;
  /** Keys of JSON that BioC does not know. */
  readonly extra?: object | undefined;
}

export interface BiocRelation {
  readonly id?: string | undefined;
  readonly infons: Infons;
  readonly nodes: readonly { readonly refid: string; readonly role?: string | undefined }[];
  readonly extra?: object | undefined;
}

/** A sentence, or what a passage has in common with it. */
export interface BiocBlock {
  readonly infons: Infons;
  readonly offset: number;
  readonly text?: string | undefined;
  readonly annotations: readonly BiocAnnotation[];
  readonly relations: readonly BiocRelation[];
  readonly extra?: object | undefined;
}

export interface BiocPassage extends BiocBlock {
  readonly sentences: readonly BiocBlock[];
}

export interface BiocDocument {
  readonly id: string;
  readonly infons: Infons;
  readonly passages: readonly BiocPassage[];
  readonly relations: readonly BiocRelation[];
  readonly extra?: object | undefined;
}

/** What a file says about all of its documents. */
export interface BiocCollection {
  readonly source: string;
  readonly date: string;
  readonly key: string;
  readonly infons: Infons;
  readonly extra?: object | undefined;
}

/** How a producer counts. BioC.dtd says bytes, BioC's own libraries and PubTator count code points. */
export const biocUnits = ["code-point", "utf-16", "byte"] as const;
export type BiocUnit = (typeof biocUnits)[number];

/**
 * The infon by which a document that we write says how it counts, where a reader that goes by the texts of annotations
 * would think otherwise: a corpus may state texts that its offsets never had.
 */
export const unitInfon = "nerium-offset-unit";

/** One object with a list, a bare array, one document a line, or PubTator 3's object. */
export const biocShapes = ["collection", "array", "lines", "pubtator3"] as const;
export type BiocShape = (typeof biocShapes)[number];

/**
 * One line of a document's `carried` of format "bioc", as JSON: what other formats would lose. `passage` and `sentence`
 * are indexes; without them a line is about the document, `collection` about its file.
 */
export interface CarriedPart {
  readonly passage?: number;
  readonly sentence?: number;
  readonly collection?: BiocCollection;
  readonly infons?: Infons;
  readonly extra?: object;
  readonly relation?: BiocRelation;
  /** An annotation that has no place in the text, after `at` mentions of its passage. */
  readonly annotation?: BiocAnnotation;
  readonly at?: number;
}

/** The one line of a document's `carried` of format "bioc-layout": what only BioC's own writer misses. */
export interface DocumentLayout {
  readonly unit: BiocUnit;
  /** Absent where every passage stands one character after the one before. */
  readonly passages?: readonly PassageLayout[];
  readonly shape?: BiocShape;
}

export interface PassageLayout {
  readonly offset: number;
  /** The text's length: a text of another length was changed, and its sentences with it. */
  readonly length: number;
  /** The passage has no text of its own, only its sentences have. */
  readonly bare?: true;
  readonly sentences?: readonly SentenceLayout[];
}

export interface SentenceLayout {
  readonly offset: number;
  /** UTF-16 place in the passage's text; absent for a sentence without text. */
  readonly start?: number;
  readonly length?: number;
}

/** The line of a mention's `carried`: of format "bioc" if it says more than type, identifiers and score. */
export interface MentionLayout {
  readonly id?: string | undefined;
  readonly infons?: Infons;
  readonly extra?: object | undefined;
  /** The stated text is everything between the outer bounds, not the parts joined by a space. */
  readonly outer?: true;
  /** No text was stated. */
  readonly silent?: true;
  /** Where each location stands in the order of the text. */
  readonly order?: readonly number[];
  /** The sentence whose annotation it is, where its place does not say so. */
  readonly sentence?: number;
}

/** The type of an annotation that does not say one. */
export const untyped = "Annotation";

export interface Meaning {
  readonly type: string;
  readonly ids?: readonly string[];
  readonly score?: number;
}

/** Names of infons that hold identifiers: PubTator's, and those of the databases that corpora use; without [ _-]. */
const idKeys = new Set([
  "identifier",
  "mesh",
  "omim",
  "ncbigene",
  "ncbigeneidentifier",
  "entrezgene",
  "geneid",
  "ncbihomologene",
  "ncbitaxonomy",
  "ncbitaxid",
  "taxonomyid",
  "chebi",
  "uniprot",
  "cellosaurus",
  "umls",
  "cui",
  "mondo",
  "doid",
  "hpo",
  "go",
  "snomedct",
]);

/** What was asked before: a file asks for the same few keys again and again. */
const askedKeys = new Map<string, boolean>();
const maxAskedKeys = 1000;

export function isIdKey(key: string): boolean {
  const known = askedKeys.get(key);
  if (known !== undefined) return known;
  const is = idKeys.has(key.toLowerCase().replace(/[ _-]/g, ""));
  if (askedKeys.size < maxAskedKeys) askedKeys.set(key, is);
  return is;
}

/** What infons say of a mention. */
export function meaningOf(infons: Infons): Meaning {
  let type = untyped;
  let ids: string[] | undefined;
  let score: number | undefined;
  for (const [key, value] of infons) {
    if (key === "type" && value !== null && value !== "") type = asText(value);
    else if (key === "score") score = probability(value);
    else if (isIdKey(key) && value !== null) {
      const more = splitIds(asText(value));
      ids = ids === undefined ? more : [...ids, ...more];
    }
  }
  const meaning: { -readonly [Key in keyof Meaning]: Meaning[Key] } = { type };
  if (ids !== undefined) meaning.ids = ids;
  if (score !== undefined) meaning.score = score;
  return meaning;
}

/** Infons for a mention of another origin. */
export function infonsFor({ type, ids, score }: Meaning): Infons {
  const infons: [string, unknown][] = [["type", type]];
  if (ids !== undefined) infons.push(["identifier", ids.join("|")]);
  if (score !== undefined) infons.push(["score", String(score)]);
  return infons;
}

export function sameMeaning(a: Meaning, b: Meaning): boolean {
  const ids = (of: Meaning): string => JSON.stringify(of.ids ?? null);
  return a.type === b.type && a.score === b.score && ids(a) === ids(b);
}

/** XML has strings only. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function probability(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number <= 1 ? number : undefined;
}

/** PubTator's rule (`pubtator.ts`): `D1|D2` are two, tmVar's `c|SUB|A|1|G` is one. */
function splitIds(value: string): string[] {
  if (value === "") return [];
  if (!value.includes("|")) return [value];
  const parts = value.split("|");
  return parts.every((part) => /\d\s*$/.test(part)) ? parts : [value];
}
