/** @file The AnatEM corpus: its address, types and terms. */
import type { KnownCorpus } from "./types.ts";

const homepage = "http://nactem.ac.uk/anatomytagger/";
const anatomy = [
  "Organism_subdivision",
  "Anatomical_system",
  "Organ",
  "Multi-tissue_structure",
  "Tissue",
  "Developing_anatomical_structure",
  "Organism_substance",
  "Immaterial_anatomical_entity",
  "Pathological_formation",
  "Cellular_component",
];

export const anatem: KnownCorpus = {
  name: "anatem",
  title: "AnatEM (anatomical entity mentions)",
  description:
    "1,212 documents (abstracts and extracts of full texts) with twelve types of anatomical entities.",
  homepage,
  files: [
    {
      name: "AnatEM-1.0.2.tar.gz",
      url: `${homepage}AnatEM-1.0.2.tar.gz`,
      splits: ["train", "dev", "test"],
    },
  ],
  format: "brat",
  types: { ...Object.fromEntries(anatomy.map((type) => [type, "Anatomy"])), Cell: "Cell", Cancer: "Cancer" },
  licence: "CC BY-SA 3.0 (annotations; texts under the terms of NLM and PMC)",
  citation:
    "Pyysalo S, Ananiadou S. Anatomical entity mention recognition at literature scale. Bioinformatics " +
    "2014;30:868-875. doi:10.1093/bioinformatics/btt580",
};
