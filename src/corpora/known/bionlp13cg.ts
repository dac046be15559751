/** @file The cancer genetics corpus of the BioNLP shared task 2013: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

export const bionlp13cg: KnownCorpus = {
  name: "bionlp13cg",
  title: "BioNLP 2013 cancer genetics",
  description: "600 PubMed abstracts on cancer with 16 entity types and the events they take part in.",
  homepage: "http://2013.bionlp-st.org/tasks/cancer-genetics",
  // No address of the task's own archives is sure.
  files: [],
  byHand: "Open the page and download the training and development archives (.txt, .a1 and .a2 files).",
  format: "brat",
  types: {
    Gene_or_gene_product: "Gene",
    Simple_chemical: "Chemical",
    Organism: "Species",
    Cancer: "Cancer",
    Cell: "Cell",
  },
  licence: "CC BY-SA 3.0 (annotations; abstracts under the terms of NLM)",
  citation:
    "Pyysalo S, Ohta T, Rak R, et al. Overview of the cancer genetics and pathway curation tasks of BioNLP shared task " +
    "2013. BMC Bioinformatics 2015;16(Suppl 10):S2. doi:10.1186/1471-2105-16-S10-S2",
};
