/** @file Documents of any origin → JSON Lines, one row a document; nothing is lost. */
import { codePointMap, documentText, mentionText, passageStarts } from "../../documents/index.ts";
import type { Carried, Document, Mention } from "../../documents/index.ts";
import type { WriteOptions } from "../issues.ts";
import type { OffsetUnit } from "./jsonl.ts";

export interface JsonlWriteOptions extends WriteOptions {
  /** The unit of the offsets that are written; code points if absent. */
  readonly offsets?: OffsetUnit | undefined;
  /** Decimals to which scores are rounded; as they are if absent. */
  readonly scoreDigits?: number | undefined;
}

/** Yields one row a document. Throws OFFSETS for mentions outside of their passage. */
export async function* writeJsonl(
  documents: AsyncIterable<Document>,
  options: JsonlWriteOptions = {},
): AsyncGenerator<string> {
  for await (const document of documents) yield row(document, options);
}

/** Put together from its parts: turning a tree of small objects into text takes twice as long. */
function row(document: Document, { offsets: unit = "code-point", scoreDigits }: JsonlWriteOptions): string {
  const { id, passages, separator, carried } = document;
  const text = documentText(document);
  const map = unit === "utf-16" ? undefined : codePointMap(text);
  const starts = passageStarts(document);
  const placed = (index: number, offset: number): number => {
    const at = starts[index]! + offset;
    return map === undefined ? at : map.toCodePoint(at);
  };
  let entities = "";
  for (const [index, passage] of passages.entries()) {
    const place: Placer = (offset) => placed(index, offset);
    for (const mention of passage.mentions) {
      entities += `${entities === "" ? "" : ","}${toEntity(passage.text, mention, place, scoreDigits)}`;
    }
  }
  const head = `{"id":${JSON.stringify(id)},"text":${JSON.stringify(text)},"offsets":"${unit}"`;
  const tail = JSON.stringify({
    ...passageKeys(document, placed),
    ...(separator !== undefined && { separator }),
    ...keysBack(carried),
  });
  return `${head},"entities":[${entities}]${continued(tail)}\n`;
}

/** An offset in a passage → the offset that is written. */
type Placer = (offset: number) => number;

/** The keys of an object's text, to follow other keys, with the brace that ends it. */
function continued(object: string): string {
  return object === "{}" ? "}" : `,${object.slice(1)}`;
}

/** Only where the one text does not say it all. */
function passageKeys(
  { passages }: Document,
  place: (index: number, offset: number) => number,
): { passages?: readonly object[] } {
  if (passages.length === 1 && passages[0]!.kind === undefined) return {};
  return {
    passages: passages.map(({ text, kind }, index) => ({
      start: place(index, 0),
      end: place(index, text.length),
      ...(kind !== undefined && { kind }),
    })),
  };
}

function toEntity(text: string, mention: Mention, place: Placer, scoreDigits: number | undefined): string {
  const { start, end, type, stated, score, ids, fragments, carried } = mention;
  const slice = mentionText(text, mention); // also checks the bounds
  let entity = `{"start":${place(start)},"end":${place(end)},"text":${JSON.stringify(stated ?? slice)},"label":${JSON.stringify(type)}`;
  if (score !== undefined) entity += `,"score":${JSON.stringify(rounded(score, scoreDigits))}`;
  if (ids !== undefined) entity += `,"ids":${JSON.stringify(ids)}`;
  if (fragments !== undefined) {
    const parts = fragments.map((part) => `{"start":${place(part.start)},"end":${place(part.end)}}`);
    entity += `,"fragments":[${parts.join(",")}]`;
  }
  return carried === undefined ? `${entity}}` : entity + continued(JSON.stringify(keysBack(carried)));
}

function rounded(score: number, digits: number | undefined): number {
  return digits === undefined ? score : Number(score.toFixed(digits));
}

/** By entries, because a key may be called "__proto__". */
function keysBack(carried: readonly Carried[] = []): object {
  if (carried.length === 0) return {};
  const others = carried.filter(({ format }) => format !== "jsonl");
  const own = carried.filter(({ format }) => format === "jsonl").flatMap(({ lines }) => lines);
  const entries = own.flatMap((line) => Object.entries(JSON.parse(line) as object));
  return Object.fromEntries(others.length > 0 ? [...entries, ["carried", others]] : entries) as object;
}
