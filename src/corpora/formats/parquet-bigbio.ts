/** @file A Parquet row of the bigbio_kb schema → a document; its relations, events and coreferences are carried. */
import { codePointMap, mentionText, spanOf } from "../../documents/index.ts";
import type { Document, Fragment, Mention, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import type { ParquetRow } from "./parquet.ts";

interface Placed extends Fragment {
  readonly text: string;
  readonly kind: string;
  readonly mentions: Mention[];
}

/** Throws CORPUS_FORMAT with the row's number (as a line) for passages or entities without text and offsets. */
export function bigbioDocument(
  row: ParquetRow,
  fallbackId: string,
  number: number,
  options: ReadOptions,
): Document {
  const place = { file: options.file, line: number };
  const fail = (problem: string): never => {
    throw new NeriumError("CORPUS_FORMAT", `row ${number}: ${problem}`, place);
  };
  const passages = records(row["passages"]).map((passage): Placed => {
    const [first] = offsetsOf(passage["offsets"]);
    const text = strings(passage["text"]).join(" ");
    if (first === undefined) return fail("expected passages with offsets [[start, end]]");
    return {
      start: first.start,
      end: first.start + codePointMap(text).length,
      text,
      kind: named(passage["type"]),
      mentions: [],
    };
  });
  const ownId = row["document_id"] ?? row["id"];
  const id = typeof ownId === "string" && ownId !== "" ? ownId : fallbackId;
  const tell = (kind: string, problem: string): void =>
    options.onIssue?.({ kind, ...place, document: id, problem });
  for (const entity of records(row["entities"])) addEntity(entity, passages, tell, fail);
  const others = ["relations", "events", "coreferences"].flatMap((name) =>
    records(row[name]).map((item) => JSON.stringify({ [name]: item }, (_, value: unknown) => plain(value))),
  );
  const { separator } = gaps(passages);
  return {
    id,
    passages: passages.map(({ text, kind, mentions }): Passage => ({
      text,
      ...(kind !== "" && { kind }),
      mentions,
    })),
    ...(separator !== undefined && { separator }),
    ...(others.length > 0 && { carried: [{ format: "parquet", lines: others }] }),
  };
}

function addEntity(
  entity: ParquetRow,
  passages: readonly Placed[],
  tell: (kind: string, problem: string) => void,
  fail: (problem: string) => never,
): void {
  const parts = offsetsOf(entity["offsets"]);
  const type = named(entity["type"]);
  if (parts.length === 0 || type === "")
    return fail("expected entities with a type and offsets [[start, end]]");
  const { start, end } = spanOf(parts);
  const passage = passages.find((candidate) => candidate.start <= start && end <= candidate.end);
  if (passage === undefined) {
    tell("misplaced-mention", `${type} mention from ${start} to ${end} lies in no passage: left out`);
    return;
  }
  const map = codePointMap(passage.text);
  const fragments = parts.map((part) => ({
    start: map.toUtf16(part.start - passage.start),
    end: map.toUtf16(part.end - passage.start),
  }));
  const ids = records(entity["normalized"]).map(({ db_name, db_id }) =>
    [db_name, db_id].filter((part) => part != null && part !== "").join(":"),
  );
  const mention: Mention = {
    ...spanOf(fragments),
    type,
    ...(ids.length > 0 && { ids }),
  };
  const stated = strings(entity["text"]).join(" ");
  const found = mentionText(passage.text, mention);
  if (stated !== "" && stated !== found) {
    tell("stated-text-kept", `stated text ${quoted(stated)} differs from ${quoted(found)}: both kept`);
    passage.mentions.push({ ...mention, stated });
  } else passage.mentions.push(mention);
}

/** Passages that touch have no separator; what stood in longer gaps is not in the file, and spaces take its place. */
function gaps(passages: readonly Placed[]): { readonly separator?: string } {
  const [first, second] = passages;
  if (first === undefined || second === undefined) return {};
  const gap = second.start - first.end;
  return gap === 1 || gap < 0 ? {} : { separator: " ".repeat(Math.min(gap, 8)) };
}

/** A list of structs, or, as the datasets library also stores it, a struct of lists. */
function records(value: unknown): ParquetRow[] {
  if (Array.isArray(value))
    return value.filter((item) => typeof item === "object" && item !== null) as ParquetRow[];
  if (typeof value !== "object" || value === null) return [];
  const columns = Object.entries(value).filter((entry): entry is [string, unknown[]] =>
    Array.isArray(entry[1]),
  );
  const length = Math.max(0, ...columns.map(([, items]) => items.length));
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(columns.map(([name, items]) => [name, items[index]])),
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

/** `[[start, end], …]`, also of 64-bit integers. */
function offsetsOf(value: unknown): Fragment[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair: unknown) => {
    const [start, end] = Array.isArray(pair) ? pair.map(Number) : [];
    return Number.isInteger(start) && Number.isInteger(end) && start! < end!
      ? [{ start: start!, end: end! }]
      : [];
  });
}

function named(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
