/** @file Documents ↔ the one text with a flat list of spans that annotation tools' JSON has. Knows no format's keys. */
import type { z } from "zod";
import { codePointMap, documentText, passageStarts } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { reportDropped } from "../issues.ts";
import type { OnIssue, Part, ReadOptions } from "../issues.ts";
import type { JsonValue } from "../json-values.ts";
import type { OffsetUnit } from "./jsonl.ts";

/** A mention with its outer bounds as the format counts them. */
export interface FlatMention extends Fragment {
  readonly mention: Mention;
}

export interface FlatDocument {
  readonly text: string;
  readonly mentions: readonly FlatMention[];
}

/** Offsets from the start of the document's one text, in the given unit. */
export function flattened(document: Document, unit: OffsetUnit): FlatDocument {
  const text = documentText(document);
  const map = unit === "utf-16" ? undefined : codePointMap(text);
  const starts = passageStarts(document);
  const counted = (offset: number): number => map?.toCodePoint(offset) ?? offset;
  const mentions = document.passages.flatMap((passage, index) =>
    passage.mentions.map((mention) => ({
      mention,
      start: counted(starts[index]! + mention.start),
      end: counted(starts[index]! + mention.end),
    })),
  );
  return { text, mentions };
}

/** A function that places spans in a text; it throws CORPUS_FORMAT for those that do not lie in it. */
export function spanPlacer(
  text: string,
  unit: OffsetUnit,
  line: number,
  { file }: ReadOptions,
): (span: Fragment) => Fragment {
  const map = unit === "utf-16" ? undefined : codePointMap(text);
  const length = map?.length ?? text.length;
  return ({ start, end }) => {
    if (start >= 0 && start <= end && end <= length) {
      return { start: map?.toUtf16(start) ?? start, end: map?.toUtf16(end) ?? end };
    }
    const problem = `expected 0 <= start <= end <= ${length} (${unit}), got ${start} and ${end}; correct the offsets`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, line });
  };
}

/** Checks a value against a schema. Throws CORPUS_FORMAT that names line, key and the shape that was expected. */
export function checkedValue<Shape extends z.ZodType>(
  shape: Shape,
  { value, line }: JsonValue,
  expected: string,
  { file }: ReadOptions,
): z.output<Shape> {
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  const [first] = error.issues;
  const key = first?.path.join(".") ?? "";
  const where = key === "" ? "value" : `key ${JSON.stringify(key)}`;
  const problem = `${where}: ${first?.message ?? ""}; expected ${expected}`;
  throw new NeriumError("CORPUS_FORMAT", problem, { file, line, cause: error });
}

/** Keys that a reader does not know, kept as a part of its format; nothing if there are none. */
export function carriedKeys(format: string, extra: object): { carried?: readonly Carried[] } {
  if (Object.keys(extra).length === 0) return {};
  return { carried: [{ format, lines: [JSON.stringify(extra)] }] };
}

/** What `carriedKeys` kept. */
export function keysBack(
  format: string,
  carried: readonly Carried[] | undefined,
): Readonly<Record<string, unknown>> {
  const line = carried?.find((part) => part.format === format)?.lines[0];
  return line === undefined ? {} : (JSON.parse(line) as Record<string, unknown>);
}

/** An id as JSON had it: numbers that a string gives back exactly are numbers. */
export function jsonId(id: string): string | number {
  return /^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}

/** Reports what no flat list of spans holds, and the given further parts. */
export function reportFlat(
  document: Document,
  format: string,
  dropped: readonly Part[],
  onIssue: OnIssue | undefined,
): void {
  if (onIssue === undefined) return;
  reportDropped(document, format, ["passage-kinds", "passage-borders", ...dropped], onIssue);
  const several = ({ fragments = [] }: Mention): boolean => fragments.length > 1;
  const count = document.passages.flatMap(({ mentions }) => mentions.filter(several)).length;
  if (count === 0) return;
  const problem = `${count} discontinuous mentions written with their outer bounds`;
  onIssue({ kind: "discontinuous-mention", count, document: document.id, problem });
}
