/** @file The NLM-Gene corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "https://zenodo.org/record/5089049";
const name = "NLM-Gene-Corpus.zip";

export const nlmGene: KnownCorpus = {
  name: "nlm-gene",
  title: "NLM-Gene",
  description: "550 PubMed abstracts of 28 species with genes (NCBI Gene), rich in ambiguous names.",
  homepage,
  files: [{ name, url: `${homepage}/files/${name}`, splits: ["train", "test"] }],
  byHand: "The archive holds one BioC XML file for each abstract, and a list of identifiers for each split.",
  format: "bioc-xml",
  // Families and domains are marked so that they are not taken for genes, and are not scored as genes.
  types: { Gene: "Gene", FamilyName: "GeneFamily", DomainMotif: "DomainMotif", Cell: "Cell" },
  licence: "public domain (work of the U.S. Government)",
  citation:
    "Islamaj R, Wei C-H, Cissel D, et al. NLM-Gene, a richly annotated gold standard dataset for gene entities that " +
    "addresses ambiguity and multi-species gene recognition. J Biomed Inform 2021;118:103779. " +
    "doi:10.1016/j.jbi.2021.103779",
};
