/** @file The corpora that Nerium knows by name; a new one is one file beside this and one line in the list. */
import { anatem } from "./anatem.ts";
import { bc2gm } from "./bc2gm.ts";
import { bc5cdr } from "./bc5cdr.ts";
import { bionlp13cg } from "./bionlp13cg.ts";
import { biored } from "./biored.ts";
import { cellfinder } from "./cellfinder.ts";
import { craft } from "./craft.ts";
import { drugprot } from "./drugprot.ts";
import { gnormplus } from "./gnormplus.ts";
import { jnlpba } from "./jnlpba.ts";
import { linnaeus } from "./linnaeus.ts";
import { maccrobat2020 } from "./maccrobat2020.ts";
import { medmentions } from "./medmentions.ts";
import { ncbiDisease } from "./ncbi-disease.ts";
import { nlmChem } from "./nlm-chem.ts";
import { nlmGene } from "./nlm-gene.ts";
import { s800 } from "./s800.ts";
import { tmvar3 } from "./tmvar3.ts";
import type { KnownCorpus } from "./types.ts";

export type { KnownCorpus, KnownFile } from "./types.ts";

export const knownCorpora: readonly KnownCorpus[] = [
  anatem,
  bc2gm,
  bc5cdr,
  bionlp13cg,
  biored,
  cellfinder,
  craft,
  drugprot,
  gnormplus,
  jnlpba,
  linnaeus,
  maccrobat2020,
  medmentions,
  ncbiDisease,
  nlmChem,
  nlmGene,
  s800,
  tmvar3,
];
