/** @file Documents of any origin → JSON Lines, one row a document; nothing is lost. */
import { codePointMap, documentText, mentionText, passageStarts } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention } from "../../documents/index.ts";
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
  for await (const document of documents) yield `${JSON.stringify(row(document, options))}\n`;
}

function row(document: Document, options: JsonlWriteOptions): object {
  const unit = options.offsets ?? "code-point";
  const text = documentText(document);
  const map = unit === "utf-16" ? undefined : codePointMap(text);
  const starts = passageStarts(document);
  const placed =
    (passageStart: number) =>
    ({ start, end }: Fragment): Fragment => {
      const [from, to] = [passageStart + start, passageStart + end];
      return { start: map?.toCodePoint(from) ?? from, end: map?.toCodePoint(to) ?? to };
    };
  const entities = document.passages.flatMap((passage, index) => {
    const place = placed(starts[index]!);
    return passage.mentions.map((mention) => toEntity(passage.text, mention, place, options.scoreDigits));
  });
  const { separator } = document;
  return {
    id: document.id,
    text,
    offsets: unit,
    entities,
    ...passageKeys(document, (index, length) => placed(starts[index]!)({ start: 0, end: length })),
    ...(separator !== undefined && { separator }),
    ...keysBack(document.carried),
  };
}

/** Only where the one text does not say it all. */
function passageKeys(
  { passages }: Document,
  place: (index: number, length: number) => Fragment,
): { passages?: readonly object[] } {
  if (passages.length === 1 && passages[0]!.kind === undefined) return {};
  return {
    passages: passages.map(({ text, kind }, index) => ({
      ...place(index, text.length),
      ...(kind !== undefined && { kind }),
    })),
  };
}

function toEntity(
  text: string,
  mention: Mention,
  place: (fragment: Fragment) => Fragment,
  scoreDigits: number | undefined,
): object {
  const { type, score, ids, fragments } = mention;
  const slice = mentionText(text, mention);
  return {
    ...place(mention),
    text: mention.stated ?? slice,
    label: type,
    ...(score !== undefined && { score: rounded(score, scoreDigits) }),
    ...(ids !== undefined && { ids }),
    ...(fragments !== undefined && { fragments: fragments.map(place) }),
    ...keysBack(mention.carried),
  };
}

function rounded(score: number, digits: number | undefined): number {
  return digits === undefined ? score : Number(score.toFixed(digits));
}

function keysBack(carried: readonly Carried[] = []): object {
  if (carried.length === 0) return {};
  const others = carried.filter(({ format }) => format !== "jsonl");
  const own = carried.filter(({ format }) => format === "jsonl").flatMap(({ lines }) => lines);
  return Object.assign(
    {},
    ...own.map((line) => JSON.parse(line) as object),
    others.length > 0 && { carried: others },
  ) as object;
}
