/**
 * @file JSON Lines ↔ documents: `{"id","text","offsets":"code-point","entities":[{"start","end","text","label"}]}`.
 * The row says which unit its offsets have; code points if it does not (D1, D12).
 *
 * A document of several passages is written as one text and read back as one passage. Keys that this file does not
 * know are kept, on the row and on each entity, and written back.
 */
import { z } from "zod";
import { codePointMap, documentText, mentionText, passageStarts } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted, reportLeftOut } from "../issues.ts";
import type { ReadOptions, WriteOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export type OffsetUnit = "code-point" | "utf-16";

export interface JsonlWriteOptions extends WriteOptions {
  /** The unit of the offsets that are written; code points if absent. */
  readonly offsets?: OffsetUnit | undefined;
}

const offset = z.int().nonnegative();
const entityShape = z.looseObject({
  start: offset,
  end: offset,
  label: z.string().min(1),
  text: z.string().nullish(),
  score: z.number().nullish(),
  ids: z.array(z.string()).nullish(),
  fragments: z.array(z.object({ start: offset, end: offset })).nullish(),
});
const rowShape = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  text: z.string(),
  offsets: z.enum(["code-point", "utf-16"]).nullish(),
  entities: z.array(entityShape).nullish(),
});
type Entity = z.infer<typeof entityShape>;

/** Yields one document of one passage for each row; blank lines are skipped. Throws CORPUS_FORMAT with the line. */
export async function* readJsonl(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  for await (const lines of readLines(source, options)) {
    for (const line of lines) if (line.text.trim() !== "") yield parseRow(line, options);
  }
}

function parseRow(line: Line, options: ReadOptions): Document {
  const { id, text, offsets, entities, ...extra } = validRow(line, options);
  const map = offsets === "utf-16" ? undefined : codePointMap(text);
  const toUtf16 = (offset: number): number => map?.toUtf16(offset) ?? offset;
  const mentions = (entities ?? []).map((entity, index) => {
    try {
      return toMention(text, entity, toUtf16);
    } catch (cause) {
      if (!(cause instanceof NeriumError)) throw cause;
      throw malformed(line, options, `entity ${index + 1}: ${cause.message}`, cause);
    }
  });
  const documentId = String(id ?? `${fileStem(options.file)}:${line.number}`);
  for (const { stated } of mentions) {
    if (stated === undefined) continue;
    const problem = `stated text ${quoted(stated)} differs from the text at its offsets: both kept`;
    options.onIssue?.({ file: options.file, line: line.number, document: documentId, problem });
  }
  return { id: documentId, passages: [{ text, mentions }], ...carriedKeys(extra) };
}

function validRow(line: Line, options: ReadOptions): z.infer<typeof rowShape> {
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch (cause) {
    throw malformed(line, options, `expected one JSON object, got ${quoted(line.text)}`, cause);
  }
  const { success, data, error } = rowShape.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  const key = first?.path.join(".") ?? "";
  throw malformed(
    line,
    options,
    `${key === "" ? "row" : `key ${quoted(key)}`}: ${first?.message ?? ""}`,
    error,
  );
}

function toMention(text: string, entity: Entity, toUtf16: (offset: number) => number): Mention {
  const { start, end, label, text: stated, score, ids, fragments, ...extra } = entity;
  const place = ({ start, end }: Fragment): Fragment => ({ start: toUtf16(start), end: toUtf16(end) });
  const mention: Mention = {
    ...place({ start, end }),
    type: label,
    ...(fragments != null && { fragments: fragments.map(place) }),
    ...(ids != null && { ids }),
    ...(score != null && { score }),
    ...carriedKeys(extra),
  };
  if (mentionText(text, mention) === stated || stated == null) return mention;
  // The other reading of a discontinuous mention's text: everything between its outer bounds.
  return text.slice(mention.start, mention.end) === stated ? mention : { ...mention, stated };
}

function carriedKeys(extra: object): { carried?: readonly Carried[] } {
  if (Object.keys(extra).length === 0) return {};
  return { carried: [{ format: "jsonl", lines: [JSON.stringify(extra)] }] };
}

function malformed(line: Line, options: ReadOptions, problem: string, cause: unknown): NeriumError {
  const next = 'a row is {"id","text","offsets":"code-point","entities":[{"start","end","label"}]}';
  return new NeriumError("CORPUS_FORMAT", `${problem}; ${next}`, {
    file: options.file,
    line: line.number,
    cause,
  });
}

/** Yields one row a document; scores are rounded to 4 decimals. Throws OFFSETS for mentions outside of their passage. */
export async function* writeJsonl(
  documents: AsyncIterable<Document>,
  options: JsonlWriteOptions = {},
): AsyncGenerator<string> {
  const unit = options.offsets ?? "code-point";
  for await (const document of documents) {
    reportLeftOut(document, "jsonl", options.onIssue);
    yield `${JSON.stringify(row(document, unit))}\n`;
  }
}

function row(document: Document, unit: OffsetUnit): object {
  const text = documentText(document);
  const map = unit === "utf-16" ? undefined : codePointMap(text);
  const starts = passageStarts(document);
  const entities = document.passages.flatMap((passage, index) => {
    const place = ({ start, end }: Fragment): Fragment => {
      const [from, to] = [starts[index]! + start, starts[index]! + end];
      return { start: map?.toCodePoint(from) ?? from, end: map?.toCodePoint(to) ?? to };
    };
    return passage.mentions.map((mention) => toEntity(passage.text, mention, place));
  });
  return { id: document.id, text, offsets: unit, entities, ...keysBack(document.carried) };
}

function toEntity(text: string, mention: Mention, place: (fragment: Fragment) => Fragment): object {
  const { type, score, ids, fragments } = mention;
  const slice = mentionText(text, mention);
  return {
    ...place(mention),
    text: mention.stated ?? slice,
    label: type,
    ...(score !== undefined && { score: Math.round(score * 1e4) / 1e4 }),
    ...(ids !== undefined && { ids }),
    ...(fragments !== undefined && { fragments: fragments.map(place) }),
    ...keysBack(mention.carried),
  };
}

function keysBack(carried: readonly Carried[] | undefined): object {
  const lines = carried?.find(({ format }) => format === "jsonl")?.lines ?? [];
  return Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as object;
}
