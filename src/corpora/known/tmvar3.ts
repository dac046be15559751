/** @file The tmVar 3 corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const variants = [
  "DNAMutation",
  "ProteinMutation",
  "OtherMutation",
  "SNP",
  "DNAAllele",
  "ProteinAllele",
  "AcidChange",
];

export const tmvar3: KnownCorpus = {
  name: "tmvar3",
  title: "tmVar 3",
  description:
    "500 PubMed abstracts with variants (dbSNP), genes, diseases, species and cell lines; no splits.",
  homepage: "https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/tmvar/",
  files: [
    {
      name: "tmVar3Corpus.txt",
      url: "https://ftp.ncbi.nlm.nih.gov/pub/lu/tmVar3/tmVar3Corpus.txt",
      splits: ["all"],
    },
  ],
  format: "pubtator",
  types: {
    ...Object.fromEntries(variants.map((type) => [type, "Variant"])),
    Gene: "Gene",
    Disease: "Disease",
    Species: "Species",
    CellLine: "CellLine",
  },
  licence: "public domain notice of NCBI",
  citation:
    "Wei C-H, Allot A, Riehle K, Milosavljevic A, Lu Z. tmVar 3.0: an improved variant concept recognition and " +
    "normalization tool. Bioinformatics 2022;38:4449-4451. doi:10.1093/bioinformatics/btac537",
};
