/** @file The Colorado Richly Annotated Full-Text corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "https://github.com/UCDenver-ccp/CRAFT";

export const craft: KnownCorpus = {
  name: "craft",
  title: "CRAFT 5 (Colorado Richly Annotated Full Text)",
  description: "97 full-text articles with concepts of ten ontologies, many of them discontinuous.",
  homepage,
  files: [
    {
      name: "CRAFT-5.0.2.tar.gz",
      url: `${homepage}/archive/refs/tags/v5.0.2.tar.gz`,
      splits: ["all"],
      holds: ["CRAFT-5.0.2/articles/txt", "CRAFT-5.0.2/concept-annotation"],
    },
  ],
  byHand: "GitHub packs such archives on demand: the checksum may change one day while the content does not.",
  format: "knowtator",
  types: { CHEBI: "Chemical", PR: "Gene", NCBITaxon: "Species", CL: "CellType", UBERON: "Anatomy" },
  licence: "CC BY 3.0 (annotations; articles of the PMC open-access subset)",
  citation:
    "Bada M, Eckert M, Evans D, et al. Concept annotation in the CRAFT corpus. BMC Bioinformatics 2012;13:161. " +
    "doi:10.1186/1471-2105-13-161",
};
