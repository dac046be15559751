/** @file The BioCreative II gene mention corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

export const bc2gm: KnownCorpus = {
  name: "bc2gm",
  title: "BC2GM (BioCreative II gene mention)",
  description:
    "20,000 sentences of MEDLINE abstracts with genes and gene products, and accepted alternatives.",
  homepage: "http://www.biocreative.org/resources/corpora/biocreative-ii-corpus/",
  // The archives' names are known, their direct addresses are not sure.
  files: [],
  byHand:
    "Open the page and download bc2GMtrain_1.1.tar.gz and bc2GMtest_1.0.tar.gz; train.in is the text, GENE.eval and " +
    "ALTGENE.eval are the answers.",
  format: "bc2",
  types: { Gene: "Gene" },
  licence: "public domain notice of the U.S. Government (NOTICE in the archive)",
  citation:
    "Smith L, Tanabe LK, Ando RJ, et al. Overview of BioCreative II gene mention recognition. Genome Biol " +
    "2008;9(Suppl 2):S2. doi:10.1186/gb-2008-9-s2-s2",
};
