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
import { maxJsonDepth } from "../json-values.ts";
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
  const place = (offset: number): number => map?.toUtf16(offset) ?? offset;
  const attempt = <T>(what: string, act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      if (!(cause instanceof NeriumError)) throw cause;
      throw malformed(line, options, `${what}${cause.message}`, cause);
    }
  };
  const mentions = (entities ?? []).map((entity, index) =>
    attempt(`entity ${index + 1}: `, () => toMention(text, entity, place)),
  );
  const documentId = String(id ?? `${fileStem(options.file)}:${line.number}`);
  for (const { stated } of mentions) {
    if (stated === undefined) continue;
    const problem = `stated text ${quoted(stated)} differs from the text at its offsets: both kept`;
    const where = { file: options.file, line: line.number, document: documentId };
    options.onIssue?.({ kind: "stated-text-kept", ...where, problem });
  }
  const limit = map?.length ?? text.length;
  const { passages, separator, others } = passagesOf(text, mentions, extra, (place_) => ({
    start: place(Math.min(place_.start, limit)),
    end: place(Math.min(place_.end, limit)),
  }));
  const document: Writable<Document> = { id: documentId, passages };
  if (separator !== undefined) document.separator = separator;
  const carried = attempt("", () => carriedParts(others));
  if (carried !== undefined) document.carried = carried;
  return document;
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

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const entityKeys = new Set(["start", "end", "label", "text", "score", "ids", "fragments"]);

/** Field by field, not by spreading: this runs once a mention. */
function toMention(text: string, entity: Entity, place: (offset: number) => number): Writable<Mention> {
  const { text: stated, score, ids, fragments } = entity;
  const [start, end] = [place(entity.start), place(entity.end)];
  const mention: Writable<Mention> = { start, end, type: entity.label };
  if (fragments != null) {
    mention.fragments = fragments.map((part) => ({ start: place(part.start), end: place(part.end) }));
  }
  if (ids != null) mention.ids = ids;
  if (score != null) mention.score = score;
  if (start > end || end > text.length || fragments != null) mentionText(text, mention); // checks the bounds
  const carried = Object.keys(entity).every((key) => entityKeys.has(key)) ? undefined : unknownParts(entity);
  if (carried !== undefined) mention.carried = carried;
  if (stated == null || (stated.length === end - start && text.startsWith(stated, start))) return mention;
  // A discontinuous mention may state its parts, or everything between its outer bounds.
  if (fragments == null || mentionText(text, mention) !== stated) mention.stated = stated;
  return mention;
}

function unknownParts(entity: Entity): readonly Carried[] | undefined {
  return carriedParts(Object.fromEntries(Object.entries(entity).filter(([key]) => !entityKeys.has(key))));
}

/** Parts of other formats as they were, and unknown keys as a part of this one. Throws where these nest too deep. */
function carriedParts(extra: Readonly<Record<string, unknown>>): readonly Carried[] | undefined {
  const { carried, ...unknown } = extra;
  const known = isCarried(carried) ? carried : [];
  const others = carried === undefined || isCarried(carried) ? unknown : extra;
  if (deeperThan(others, maxJsonDepth)) {
    const problem = `expected keys at most ${maxJsonDepth} brackets deep, got deeper ones`;
    throw new NeriumError("CORPUS_FORMAT", problem);
  }
  const keys = Object.keys(others).length === 0 ? [] : [{ format: "jsonl", lines: [JSON.stringify(others)] }];
  const all = [...known, ...keys];
  return all.length === 0 ? undefined : all;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeperThan(inner, levels - 1));
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
  mentions: readonly Writable<Mention>[],
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
  const homes = mentions.map((mention) => homeOf(mention, places));
  if (homes.includes(-1)) return whole;
  const inside = places.map((): Mention[] => []);
  for (const [index, mention] of mentions.entries()) {
    const home = homes[index]!;
    move(mention, -places[home]!.start);
    inside[home]!.push(mention);
  }
  const passages = places.map(({ start, end, ...kind }, index) => ({
    text: text.slice(start, end),
    ...kind,
    mentions: inside[index]!,
  }));
  return { passages, ...(separator !== undefined && { separator }), others };
}

/** The passage that holds a mention; -1 if none does. */
function homeOf({ start, end }: Mention, places: readonly Fragment[]): number {
  for (let index = 0; index < places.length; index++) {
    if (places[index]!.start <= start && end <= places[index]!.end) return index;
  }
  return -1;
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

function move(mention: Writable<Mention>, by: number): void {
  mention.start += by;
  mention.end += by;
  const { fragments } = mention;
  if (fragments === undefined) return;
  mention.fragments = fragments.map(({ start, end }) => ({ start: start + by, end: end + by }));
}

function malformed(line: Line, options: ReadOptions, problem: string, cause: unknown): NeriumError {
  const next = 'a row is {"id","text","offsets":"code-point","entities":[{"start","end","label"}]}';
  const place = { file: options.file, line: line.number, cause };
  return new NeriumError("CORPUS_FORMAT", `${problem}; ${next}`, place);
}
