/** @file The Species-800 corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "https://species.jensenlab.org/";

export const s800: KnownCorpus = {
  name: "s800",
  title: "Species-800",
  description: "800 PubMed abstracts of eight fields with organisms (NCBI Taxonomy); no official splits.",
  homepage,
  files: [{ name: "S800-1.0.tar.gz", url: `${homepage}files/S800-1.0.tar.gz`, splits: ["all"] }],
  byHand: "The archive holds abstracts and a table of mentions, for which there is no reader yet.",
  format: "s800",
  types: { Species: "Species" },
  licence: "see the homepage; abstracts keep their publishers' terms",
  citation:
    "Pafilis E, Frankild SP, Fanini L, et al. The SPECIES and ORGANISMS resources for fast and accurate identification " +
    "of taxonomic names in text. PLoS One 2013;8:e65390. doi:10.1371/journal.pone.0065390",
};
