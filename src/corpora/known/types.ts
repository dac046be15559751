/** @file What Nerium knows of a published corpus: where it officially is, what it holds, and under which terms. */

/** One file at its official address. */
export interface KnownFile {
  /** The name it is saved under. */
  readonly name: string;
  readonly url: string;
  /** The splits it holds: "train", "dev", "test"; "all" for a corpus without official splits. */
  readonly splits: readonly string[];
  /** Only where the publisher states it; else it is recorded in the folder's lock file at the first download. */
  readonly sha256?: string;
  /** The corpus files in an archive; absent where they are not known for sure. */
  readonly holds?: readonly string[];
}

export interface KnownCorpus {
  /** As a person types it: "ncbi-disease". */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The official page. */
  readonly homepage: string;
  /** Empty where the publisher wants a form or a login, or where no address is sure: see `byHand`. */
  readonly files: readonly KnownFile[];
  /** How to fetch it by hand, or what to do with what was fetched. */
  readonly byHand?: string;
  /** The format of the corpus files, by the name that `--format` takes where there is a reader. */
  readonly format: string;
  /** The corpus's entity types → Nerium's; "" for types that are no entities. Others keep their names. */
  readonly types: Readonly<Record<string, string>>;
  readonly licence: string;
  readonly citation: string;
}
