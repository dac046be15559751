/** @file The GNormPlus corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "https://www.ncbi.nlm.nih.gov/CBBresearch/Lu/Demo/tmTools/download/GNormPlus";

export const gnormplus: KnownCorpus = {
  name: "gnormplus",
  title: "GNormPlus (BioCreative II gene normalization, re-annotated, and citation GIA)",
  description: "694 PubMed abstracts with genes (NCBI Gene), gene families and domains.",
  homepage: "https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/gnormplus/",
  files: [{ name: "GNormPlusCorpus.zip", url: `${folder}/GNormPlusCorpus.zip`, splits: ["train", "test"] }],
  format: "bioc-xml",
  // Families and domains are marked so that they are not taken for genes, and are not scored as genes.
  types: { Gene: "Gene", FamilyName: "GeneFamily", DomainMotif: "DomainMotif" },
  licence: "public domain notice of NCBI",
  citation:
    "Wei C-H, Kao H-Y, Lu Z. GNormPlus: an integrative approach for tagging genes, gene families, and protein domains. " +
    "Biomed Res Int 2015:918710. doi:10.1155/2015/918710",
};
