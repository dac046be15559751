/** @file The NCBI disease corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE";
const parts = { train: "NCBItrainset_corpus", dev: "NCBIdevelopset_corpus", test: "NCBItestset_corpus" };

export const ncbiDisease: KnownCorpus = {
  name: "ncbi-disease",
  title: "NCBI disease corpus",
  description: "793 PubMed abstracts with diseases, each with a MeSH or OMIM identifier.",
  homepage: `${folder}/`,
  files: Object.entries(parts).map(([split, part]) => ({
    name: `${part}.zip`,
    url: `${folder}/${part}.zip`,
    splits: [split],
    holds: [`${part}.txt`],
  })),
  format: "pubtator",
  types: {
    SpecificDisease: "Disease",
    Modifier: "Disease",
    DiseaseClass: "Disease",
    CompositeMention: "Disease",
  },
  licence: "public domain (work of the U.S. Government)",
  citation:
    "Doğan RI, Leaman R, Lu Z. NCBI disease corpus: a resource for disease name recognition and concept " +
    "normalization. J Biomed Inform 2014;47:1-10. doi:10.1016/j.jbi.2013.12.006",
};
