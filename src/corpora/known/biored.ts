/** @file The BioRED corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "https://ftp.ncbi.nlm.nih.gov/pub/lu/BioRED/";

export const biored: KnownCorpus = {
  name: "biored",
  title: "BioRED",
  description: "600 PubMed abstracts with six entity types and the relations between them.",
  homepage: folder,
  files: [
    {
      name: "BIORED.zip",
      url: `${folder}BIORED.zip`,
      splits: ["train", "dev", "test"],
      holds: ["BioRED/Train.PubTator", "BioRED/Dev.PubTator", "BioRED/Test.PubTator"],
    },
  ],
  format: "pubtator",
  types: {
    GeneOrGeneProduct: "Gene",
    DiseaseOrPhenotypicFeature: "Disease",
    ChemicalEntity: "Chemical",
    OrganismTaxon: "Species",
    SequenceVariant: "Variant",
    CellLine: "CellLine",
  },
  licence: "public domain (work of the U.S. Government)",
  citation:
    "Luo L, Lai P-T, Wei C-H, Arighi CN, Lu Z. BioRED: a rich biomedical relation extraction dataset. Brief Bioinform " +
    "2022;23:bbac282. doi:10.1093/bib/bbac282",
};
