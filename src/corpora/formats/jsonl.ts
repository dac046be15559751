/**
 * @file JSON Lines → documents: `{"id","text","offsets":"code-point","entities":[{"start","end","text","label"}]}`.
 * The row says which unit its offsets have; code points if it does not (D1, D12). The writer is in `jsonl-write.ts`.
 *
 * This is the format that holds everything: a row's `passages` (`{"start","end","kind"}`, absent for one passage
 * without a kind) and `separator` give the passages back, `carried` (on the row and on each entity) what other formats
 * hold beyond our model. Keys that this file does not know are kept, on the row and on each entity, and written back.
 * Reading and writing gives the same bytes but for: the order and spacing of keys, scores (4 decimals), blank lines,
 * and what the writer always says (`id`, `offsets`, `entities`, each entity's `text`).
 */
import { z } from "zod";
import { codePointMap, mentionText } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export type OffsetUnit = "code-point" | "utf-16";

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
type Row = z.infer<typeof rowShape>;

/** Yields one document for each row; blank lines are skipped. Throws CORPUS_FORMAT with the line. */
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
    const place = { file: options.file, line: line.number, document: documentId };
    options.onIssue?.({ kind: "stated-text-kept", ...place, problem });
  }
  const limit = map?.length ?? text.length;
  const { passages, separator, others } = passagesOf(text, mentions, extra, (place) => ({
    start: toUtf16(Math.min(place.start, limit)),
    end: toUtf16(Math.min(place.end, limit)),
  }));
  return {
    id: documentId,
    passages,
    ...(separator !== undefined && { separator }),
    ...carriedParts(others),
  };
}

function validRow(line: Line, options: ReadOptions): Row {
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch (cause) {
    throw malformed(line, options, `expected one JSON object, got ${quoted(line.text)}`, cause);
  }
  // The schema is the law, and knows why a row breaks it; for rows that keep it, this is five times as fast.
  if (isRow(value)) return value;
  const { success, data, error } = rowShape.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  const key = first?.path.join(".") ?? "";
  const where = key === "" ? "row" : `key ${quoted(key)}`;
  throw malformed(line, options, `${where}: ${first?.message ?? ""}`, error);
}

function isRow(value: unknown): value is Row {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { id, text, offsets, entities } = value as Record<string, unknown>;
  return (
    (id === undefined || typeof id === "string") &&
    typeof text === "string" &&
    (offsets === undefined || offsets === "code-point" || offsets === "utf-16") &&
    (entities === undefined || (Array.isArray(entities) && entities.every(isEntity)))
  );
}

function isEntity(value: unknown): value is Entity {
  if (!isPlace(value)) return false;
  const { label, text, score, ids, fragments } = value as Fragment & Record<string, unknown>;
  return (
    typeof label === "string" &&
    label !== "" &&
    (text === undefined || typeof text === "string") &&
    (score === undefined || typeof score === "number") &&
    (ids === undefined || (Array.isArray(ids) && ids.every((id) => typeof id === "string"))) &&
    (fragments === undefined || (Array.isArray(fragments) && fragments.every(isPlace)))
  );
}

function isPlace(value: unknown): value is Fragment {
  if (typeof value !== "object" || value === null) return false;
  const { start, end } = value as Record<string, unknown>;
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && Number(start) >= 0 && Number(end) >= 0;
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
    ...carriedParts(extra),
  };
  if (mentionText(text, mention) === stated || stated == null) return mention;
  // The other reading of a discontinuous mention's text: everything between its outer bounds.
  return text.slice(mention.start, mention.end) === stated ? mention : { ...mention, stated };
}

/** Parts of other formats as they were, and unknown keys as a part of this one. */
function carriedParts(extra: Readonly<Record<string, unknown>>): { carried?: readonly Carried[] } {
  const { carried, ...unknown } = extra;
  const known = isCarried(carried) ? carried : [];
  const others = carried === undefined || isCarried(carried) ? unknown : extra;
  const keys = Object.keys(others).length === 0 ? [] : [{ format: "jsonl", lines: [JSON.stringify(others)] }];
  const all = [...known, ...keys];
  return all.length === 0 ? {} : { carried: all };
}

function isCarried(value: unknown): value is Carried[] {
  return Array.isArray(value) && z.array(carriedShape).safeParse(value).success;
}

const carriedShape = z.strictObject({
  format: z.string(),
  lines: z.array(z.string()),
  at: z.array(offset).optional(),
});

interface Passages {
  readonly passages: readonly Passage[];
  readonly separator?: string;
  readonly others: Readonly<Record<string, unknown>>;
}

/** The row's passages, where it has such that cover its text and hold its mentions; else its text is the one passage. */
function passagesOf(
  text: string,
  mentions: readonly Mention[],
  extra: Readonly<Record<string, unknown>>,
  placed: (place: Fragment) => Fragment,
): Passages {
  const { passages: stated, separator, ...others } = extra;
  const whole = { passages: [{ text, mentions }], others: extra };
  if (!Array.isArray(stated) || !stated.every(isPlace)) return whole;
  if (separator !== undefined && typeof separator !== "string") return whole;
  const places = (stated as (Fragment & { readonly kind?: unknown })[]).map((place) => ({
    ...placed(place),
    ...(typeof place.kind === "string" && { kind: place.kind }),
  }));
  if (!covers(places, text, separator ?? " ")) return whole;
  const inside = places.map((): Mention[] => []);
  for (const mention of mentions) {
    const index = places.findIndex(({ start, end }) => start <= mention.start && mention.end <= end);
    if (index < 0) return whole;
    inside[index]!.push(moved(mention, -places[index]!.start));
  }
  const passages = places.map(({ start, end, ...kind }, index) => ({
    text: text.slice(start, end),
    ...kind,
    mentions: inside[index]!,
  }));
  return { passages, ...(separator !== undefined && { separator }), others };
}

function covers(places: readonly Fragment[], text: string, separator: string): boolean {
  if (places.length === 0) return text === "";
  let next = 0;
  for (const { start, end } of places) {
    if (start !== next || end < start) return false;
    if (start > 0 && !text.endsWith(separator, start)) return false;
    next = end + separator.length;
  }
  return places.at(-1)!.end === text.length;
}

function moved(mention: Mention, by: number): Mention {
  if (by === 0) return mention;
  const shift = ({ start, end }: Fragment): Fragment => ({ start: start + by, end: end + by });
  const { fragments } = mention;
  return {
    ...mention,
    ...shift(mention),
    ...(fragments !== undefined && { fragments: fragments.map(shift) }),
  };
}

function malformed(line: Line, options: ReadOptions, problem: string, cause: unknown): NeriumError {
  const next = 'a row is {"id","text","offsets":"code-point","entities":[{"start","end","label"}]}';
  const place = { file: options.file, line: line.number, cause };
  return new NeriumError("CORPUS_FORMAT", `${problem}; ${next}`, place);
}
