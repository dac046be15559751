/** @file The NLM-Chem corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "https://ftp.ncbi.nlm.nih.gov/pub/lu/BC7-NLM-Chem-track/";
const name = "BC7T2-NLMChem-corpus_v2.BioC.xml.gz";
const splits = ["train", "dev", "test"];

export const nlmChem: KnownCorpus = {
  name: "nlm-chem",
  title: "NLM-Chem (BioCreative VII track 2)",
  description: "150 full-text articles with chemicals (MeSH).",
  homepage: folder,
  files: [
    {
      name,
      url: folder + name,
      splits,
      holds: splits.map((split) => `BC7T2-NLMChem-corpus-${split}.BioC.xml`),
    },
  ],
  byHand: `In spite of its name the file is a tar archive: tar xzf ${name}`,
  format: "bioc-xml",
  types: { Chemical: "Chemical", MeSH_Indexing_Chemical: "" },
  licence: "public domain (work of the U.S. Government)",
  citation:
    "Islamaj R, Leaman R, Kim S, et al. NLM-Chem, a new resource for chemical entity recognition in PubMed full text " +
    "literature. Sci Data 2021;8:91. doi:10.1038/s41597-021-00875-1",
};
