/** @file What counts as a mention of a type, in a few sentences for prompts of models that were not trained for it. */
import type { StyleType } from "./types.ts";

/** After the annotation guidelines of NCBI-disease, BC5CDR, BC2GM and S800, shortened. */
export const usualGuidelines: Readonly<Record<string, string>> = {
  Disease:
    "Mark names of diseases, disorders, syndromes, symptoms and abnormal conditions, with the words that belong to the name (breast cancer, renal failure), also as abbreviations and where they modify another word (cancer patients). Do not mark organisms, species names, or general words such as disease, disorder and deficiency on their own.",
  Chemical:
    "Mark names of chemical substances and drugs: systematic, generic and trade names, formulas, abbreviations and classes of substances (aspirin, Na+, ACE inhibitors). Do not mark proteins, genes, or general words such as drug, compound and chemical on their own.",
  Gene: "Mark names of genes, gene products, proteins, protein families and complexes, with the words that belong to the name (p53, insulin receptor, human IL-2 promoter), also as abbreviations. Do not mark cells, chemicals, diseases, or general words such as gene and protein on their own.",
  Species:
    "Mark names of organisms: scientific names, common names and abbreviations of species, genera, viruses and bacteria, and words for people that name the species (human, patients, mice, E. coli). Do not mark cell lines or strains on their own.",
};

/** One line a type that has a guideline; empty where none has. */
export function guidelineLines(
  types: readonly StyleType[],
  guidelines: Readonly<Record<string, string>>,
): readonly string[] {
  return types.flatMap(({ type, name }) => {
    const guideline = guidelines[type];
    return guideline === undefined ? [] : [`${name}: ${guideline}`];
  });
}
