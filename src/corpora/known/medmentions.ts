/** @file The MedMentions corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "https://raw.githubusercontent.com/chanzuckerberg/MedMentions/master";
const parts = { train: "trng", dev: "dev", test: "test" };

export const medmentions: KnownCorpus = {
  name: "medmentions",
  title: "MedMentions (st21pv)",
  description: "4,392 PubMed abstracts with concepts of the UMLS, here the subset of 21 semantic types.",
  homepage: "https://github.com/chanzuckerberg/MedMentions",
  files: [
    {
      name: "corpus_pubtator.txt.gz",
      url: `${folder}/st21pv/data/corpus_pubtator.txt.gz`,
      splits: Object.keys(parts),
    },
    ...Object.entries(parts).map(([split, part]) => ({
      name: `corpus_pubtator_pmids_${part}.txt`,
      url: `${folder}/full/data/corpus_pubtator_pmids_${part}.txt`,
      splits: [split],
    })),
  ],
  byHand: "The lists of identifiers say which abstract belongs to which split.",
  format: "pubtator",
  // The semantic types are wider or finer than ours: "Biologic Function" (T038) holds more than diseases.
  types: { T103: "Chemical" },
  licence: "CC0 1.0",
  citation: "Mohan S, Li D. MedMentions: a large biomedical corpus annotated with UMLS concepts. AKBC 2019",
};
