/** @file The DrugProt corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "https://zenodo.org/record/5119892";
const name = "drugprot-training-development-test-background.zip";

export const drugprot: KnownCorpus = {
  name: "drugprot",
  title: "DrugProt (BioCreative VII track 1)",
  description: "5,000 PubMed abstracts with chemicals, genes and the relations between them; no identifiers.",
  homepage,
  files: [{ name, url: `${homepage}/files/${name}`, splits: ["train", "dev", "test"] }],
  byHand:
    "The archive holds tables of abstracts, entities and relations, for which there is no reader yet; the test texts " +
    "lie without answers among background abstracts.",
  format: "drugprot",
  types: { CHEMICAL: "Chemical", GENE: "Gene", "GENE-Y": "Gene", "GENE-N": "Gene" },
  licence: "CC BY 4.0",
  citation:
    "Miranda-Escalada A, Mehryary F, Luoma J, et al. Overview of DrugProt task at BioCreative VII. Database " +
    "2023:baad080. doi:10.1093/database/baad080",
};
