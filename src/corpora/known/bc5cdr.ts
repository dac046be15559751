/** @file The BioCreative V chemical-disease relation corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const parts = ["Training", "Development", "Test"];

export const bc5cdr: KnownCorpus = {
  name: "bc5cdr",
  title: "BC5CDR (BioCreative V CDR)",
  description: "1,500 PubMed abstracts with chemicals and diseases (MeSH) and the relations between them.",
  homepage: "https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/",
  files: [
    {
      name: "CDR_Data.zip",
      url: "https://biocreative.bioinformatics.udel.edu/media/store/files/2016/CDR_Data.zip",
      splits: ["train", "dev", "test"],
      holds: parts.map((part) => `CDR_Data/CDR.Corpus.v010516/CDR_${part}Set.PubTator.txt`),
    },
  ],
  format: "pubtator",
  types: { Chemical: "Chemical", Disease: "Disease" },
  licence: "public domain notice of NCBI (README of the archive)",
  citation:
    "Li J, Sun Y, Johnson RJ, et al. BioCreative V CDR task corpus: a resource for chemical disease relation " +
    "extraction. Database 2016:baw068. doi:10.1093/database/baw068",
};
