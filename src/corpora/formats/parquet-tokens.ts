/** @file A Parquet row of tokens and tags → a document. Tags are names, or numbers of the class names given. */
import { bioToMentions, isBioLabel } from "../../documents/index.ts";
import type { Document, Fragment } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import type { ParquetRow } from "./parquet.ts";

export interface TokenRow {
  /** The tags' column. */
  readonly tags: string;
  readonly names: readonly string[] | undefined;
  /** The id of a row that has none. */
  readonly id: string;
  readonly number: number;
}

/** Throws CORPUS_FORMAT with the row's number (as a line) for tags that are no labels. */
export function tokenDocument(
  row: ParquetRow,
  { tags: column, names, id, number }: TokenRow,
  { file }: ReadOptions,
): Document {
  const fail = (problem: string): never => {
    throw new NeriumError("CORPUS_FORMAT", `row ${number}: ${problem}`, { file, line: number });
  };
  const tokens = row["tokens"];
  const tags = row[column];
  if (!Array.isArray(tokens) || !Array.isArray(tags) || tokens.length !== tags.length) {
    return fail(`expected as many ${column} as tokens; is this a data set of tokens and their tags?`);
  }
  const labels = tags.map((tag: unknown) => {
    const name = typeof tag === "string" ? tag : names?.[Number(tag)];
    if (name !== undefined && isBioLabel(name) && (name === "O" || name.length > 1)) return name;
    const got = name === undefined ? `tag ${String(tag)} without a name` : quoted(name);
    return fail(
      `expected labels such as O and B-Disease, got ${got}; the class names stand in the file's "huggingface" metadata`,
    );
  });
  let end = -1;
  const words = tokens.map(String);
  const places = words.map((token): Fragment => {
    const start = end + 1;
    end = start + token.length;
    return { start, end };
  });
  const own = row["id"];
  return {
    id: typeof own === "string" && own !== "" ? own : id,
    passages: [{ text: words.join(" "), kind: "sentence", mentions: bioToMentions(places, labels) }],
    carried: [{ format: "bio-layout", lines: ["iob2"] }],
  };
}
