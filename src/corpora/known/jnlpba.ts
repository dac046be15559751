/** @file The corpus of the JNLPBA 2004 shared task, made from GENIA: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const folder = "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/JNLPBA";

export const jnlpba: KnownCorpus = {
  name: "jnlpba",
  title: "JNLPBA 2004",
  description: "2,404 MEDLINE abstracts with proteins, DNA, RNA, cell lines and cell types; no identifiers.",
  homepage: "http://www.geniaproject.org/shared-tasks/bionlp-jnlpba-shared-task-2004",
  files: [
    { name: "Genia4ERtraining.tar.gz", url: `${folder}/Train/Genia4ERtraining.tar.gz`, splits: ["train"] },
    { name: "Genia4ERtest.tar.gz", url: `${folder}/Evaluation/Genia4ERtest.tar.gz`, splits: ["test"] },
  ],
  byHand: "Read the .iob2 files in the archives with --format bio.",
  format: "bio",
  types: { protein: "Gene", DNA: "DNA", RNA: "RNA", cell_line: "CellLine", cell_type: "CellType" },
  licence: "GENIA Project License for Annotated Corpora",
  citation:
    "Kim J-D, Ohta T, Tsuruoka Y, Tateisi Y, Collier N. Introduction to the bio-entity recognition task at JNLPBA. " +
    "Proc. JNLPBA 2004:70-75",
};
