/** @file The CellFinder corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "https://www.informatik.hu-berlin.de/de/forschung/gebiete/wbi/resources/cellfinder/";
const name = "cellfinder1_brat.tar.gz";

export const cellfinder: KnownCorpus = {
  name: "cellfinder",
  title: "CellFinder 1.0",
  description: "10 full-text articles on stem cells with six entity types; no official splits.",
  homepage,
  files: [{ name, url: homepage + name, splits: ["all"] }],
  format: "brat",
  types: {
    GeneProtein: "Gene",
    Species: "Species",
    CellType: "CellType",
    CellLine: "CellLine",
    Anatomy: "Anatomy",
    CellComponent: "Anatomy",
  },
  licence: "CC BY-SA 3.0 (annotations; articles of the PMC open-access subset)",
  citation:
    "Neves M, Damaschun A, Kurtz A, Leser U. Annotating and evaluating text for stem cell research. Proc. BioTxtM " +
    "2012:16-23",
};
