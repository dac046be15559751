/** @file The MACCROBAT2020 corpus of case reports: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

export const maccrobat2020: KnownCorpus = {
  name: "maccrobat2020",
  title: "MACCROBAT2020",
  description: "200 clinical case reports of PubMed Central with 41 types of clinical entities and events.",
  homepage: "https://doi.org/10.6084/m9.figshare.9764942",
  // Figshare's addresses of single files change with each version: only the DOI is sure.
  files: [],
  byHand: "Open the page and download MACCROBAT2020 (a .txt and an .ann file for each report).",
  format: "brat",
  types: { Disease_disorder: "Disease", Medication: "Chemical" },
  licence: "CC BY 4.0",
  citation:
    "Caufield JH, Zhou Y, Garlid AO, et al. A reference set of curated biomedical data and metadata from clinical case " +
    "reports. Sci Data 2018;5:180258. doi:10.1038/sdata.2018.258",
};
