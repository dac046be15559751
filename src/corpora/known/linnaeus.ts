/** @file The LINNAEUS species corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const name = "manual-corpus-species-1.0.tar.gz";

export const linnaeus: KnownCorpus = {
  name: "linnaeus",
  title: "LINNAEUS manual species corpus",
  description: "100 full-text articles of PubMed Central with species (NCBI Taxonomy); no official splits.",
  homepage: "http://linnaeus.sourceforge.net/",
  files: [
    {
      name,
      url: `https://sourceforge.net/projects/linnaeus/files/Corpora/${name}/download`,
      splits: ["all"],
    },
  ],
  byHand: "The archive holds texts and a table of tags, for which there is no reader yet.",
  format: "linnaeus",
  types: { species: "Species", Species: "Species" },
  licence: "CC BY (annotations; articles of the PMC open-access subset keep their own terms)",
  citation:
    "Gerner M, Nenadic G, Bergman CM. LINNAEUS: a species name identification system for biomedical literature. BMC " +
    "Bioinformatics 2010;11:85. doi:10.1186/1471-2105-11-85",
};
