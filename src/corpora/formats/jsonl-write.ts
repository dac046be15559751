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
  const between = separator === undefined ? "" : `,"separator":${JSON.stringify(separator)}`;
  const tail = `${passageKeys(document, placed)}${between}${keysBack(carried)}`;
  return `${head},"entities":[${entities}]${tail}}\n`;
}

/** An offset in a passage → the offset that is written. */
type Placer = (offset: number) => number;

/** Only where the one text does not say it all. */
function passageKeys({ passages }: Document, place: (index: number, offset: number) => number): string {
  if (passages.length === 1 && passages[0]!.kind === undefined) return "";
  const places = passages.map(({ text, kind }, index) => {
    const bounds = `{"start":${place(index, 0)},"end":${place(index, text.length)}`;
    return kind === undefined ? `${bounds}}` : `${bounds},"kind":${JSON.stringify(kind)}}`;
  });
  return `,"passages":[${places.join(",")}]`;
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
  return `${entity}${keysBack(carried)}}`;
}

function rounded(score: number, digits: number | undefined): number {
  return digits === undefined ? score : Number(score.toFixed(digits));
}

/** The keys that this format does not know, and the parts of others, to follow other keys. */
function keysBack(carried: readonly Carried[] = []): string {
  if (carried.length === 0) return "";
  const others = carried.filter(({ format }) => format !== "jsonl");
  const parts = others.length === 0 ? "" : `,"carried":${JSON.stringify(others)}`;
  if (others.length === carried.length) return parts;
  const own = carried.filter(({ format }) => format === "jsonl").flatMap(({ lines }) => lines);
  // By entries, because a key may be called "__proto__".
  const entries = own.flatMap((line) => Object.entries(JSON.parse(line) as object));
  const keys = JSON.stringify(Object.fromEntries(entries)).slice(1, -1);
  return keys === "" ? parts : `,${keys}${parts}`;
}
