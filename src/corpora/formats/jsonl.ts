/**
 * @file JSON Lines → documents: `{"id","text","offsets":"code-point","entities":[{"start","end","text","label"}]}`.
 * The row says which unit its offsets have; code points if it does not (D1, D12). The writer is in `jsonl-write.ts`.
 *
 * This is the format that holds everything: a row's `passages` (`{"start","end","kind"}`, absent for one passage
 * without a kind) and `separator` give the passages back, `carried` (on the row and on each entity) what other formats
 * hold beyond our model. Keys that this file does not know are kept, on the row and on each entity, and written back.
 * Reading and writing gives the same bytes but for: the order and spacing of keys, the spelling of numbers, blank lines,
 * and what the writer always says (`id`, `offsets`, `entities`, each entity's `text`).
 */
import { codePointMap, mentionText } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem, quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export type OffsetUnit = "code-point" | "utf-16";

/** An entity of a row; null is as good as absent. */
interface Entity extends Fragment {
  readonly label: string;
  readonly text?: string | null;
  readonly score?: number | null;
  readonly ids?: readonly string[] | null;
  readonly fragments?: readonly Fragment[] | null;
}

interface Row {
  readonly id?: string | number | null;
  readonly text: string;
  readonly offsets?: OffsetUnit | null;
  readonly entities?: readonly Entity[] | null;
}

/** Yields one document for each row; blank lines are skipped. Throws CORPUS_FORMAT with the line. */
export async function* readJsonl(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      if (line.text.trim() === "") continue;
      const row = parsedRow(line, options);
      if (!isRow(row)) {
        // The schema knows why; loading it takes longer than reading a small corpus.
        const { rowFault } = await import("./jsonl-shape.ts");
        throw malformed(line, options, rowFault(row), undefined);
      }
      yield toDocument(row, line, options);
    }
  }
}

function toDocument(row: Row, line: Line, options: ReadOptions): Document {
  const { id, text, offsets, entities, ...extra } = row;
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

function parsedRow(line: Line, options: ReadOptions): unknown {
  try {
    return JSON.parse(line.text) as unknown;
  } catch (cause) {
    throw malformed(line, options, `expected one JSON object, got ${quoted(line.text)}`, cause);
  }
}

function isRow(value: unknown): value is Row {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { id, text, offsets, entities } = value as Record<string, unknown>;
  return (
    (id == null || typeof id === "string" || typeof id === "number") &&
    typeof text === "string" &&
    (offsets == null || offsets === "code-point" || offsets === "utf-16") &&
    (entities == null || (Array.isArray(entities) && entities.every(isEntity)))
  );
}

function isEntity(value: unknown): value is Entity {
  if (!isPlace(value)) return false;
  const { label, text, score, ids, fragments } = value as Fragment & Record<string, unknown>;
  return (
    typeof label === "string" &&
    label !== "" &&
    (text == null || typeof text === "string") &&
    (score == null || Number.isFinite(score)) &&
    (ids == null || isStrings(ids)) &&
    (fragments == null ||
      (Array.isArray(fragments) && fragments.every((part) => isPlace(part) && within(part, value))))
  );
}

function within(part: Fragment, whole: Fragment): boolean {
  return whole.start <= part.start && part.end <= whole.end;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isPlace(value: unknown): value is Fragment {
  if (typeof value !== "object" || value === null) return false;
  const { start, end } = value as Record<string, unknown>;
  return isOffset(start) && isOffset(end);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
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
  return Array.isArray(value) && value.every(isPart);
}

function isPart(value: unknown): value is Carried {
  if (typeof value !== "object" || value === null) return false;
  const { format, lines, at, ...others } = value as Record<string, unknown>;
  if (Object.keys(others).length > 0 || typeof format !== "string" || !isStrings(lines)) return false;
  return at === undefined || (Array.isArray(at) && at.every(isOffset));
}

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
