/**
 * @file doccano's JSON Lines ↔ documents: `{"text","label":[[0,6,"Disease"]]}` (what it imports; once it was "labels") and
 * `{"id","text","entities":[{"id","label","start_offset","end_offset"}],"relations":[…]}` (what it exports).
 * Format: https://doccano.github.io/doccano/tutorial/. Offsets count code points, as Python does.
 *
 * The first form is written, the second for documents that came in it. Unknown keys (relations, comments, an entity's
 * id) are kept and written back. Reading and writing gives equal JSON values, in this order of keys.
 */
import { z } from "zod";
import type { Document, Mention } from "../../documents/index.ts";
import { fileStem } from "../issues.ts";
import type { ReadOptions, WriteOptions } from "../issues.ts";
import { readJsonValues } from "../json-values.ts";
import type { JsonValue } from "../json-values.ts";
import { carriedKeys, checkedValue, flattened, jsonId, keysBack, reportFlat, spanPlacer } from "./flat.ts";
import type { FlatMention } from "./flat.ts";

const offset = z.int().nonnegative();
const triples = z.array(z.tuple([offset, offset, z.string().min(1)]));
const rowShape = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  text: z.string(),
  label: triples.optional(),
  labels: triples.optional(),
  entities: z
    .array(z.looseObject({ label: z.string().min(1), start_offset: offset, end_offset: offset }))
    .optional(),
});
const expected =
  '{"text","label":[[0,6,"Disease"]]} or {"text","entities":[{"label","start_offset","end_offset"}]}';
const layout = "doccano-layout";

/** Yields one document of one passage for each row. Throws CORPUS_FORMAT with the line. */
export async function* readDoccano(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  for await (const row of readJsonValues(source, options)) yield toDocument(row, options);
}

function toDocument(row: JsonValue, options: ReadOptions): Document {
  const { id, text, label, labels, entities, ...extra } = checkedValue(rowShape, row, expected, options);
  const place = spanPlacer(text, "code-point", row.line, options);
  const listed = [...(label ?? []), ...(labels ?? [])];
  const plain = listed.map(([start, end, type]): Mention => ({ ...place({ start, end }), type }));
  const spans = (entities ?? []).map(({ label: type, start_offset, end_offset, ...keys }): Mention => ({
    ...place({ start: start_offset, end: end_offset }),
    type,
    ...carriedKeys("doccano", keys),
  }));
  const { carried = [] } = carriedKeys("doccano", extra);
  const key = entities !== undefined ? "entities" : labels !== undefined ? "labels" : "label";
  const all = key === "label" ? carried : [...carried, { format: layout, lines: [key] }];
  return {
    id: String(id ?? `${fileStem(options.file)}:${row.line}`),
    passages: [{ text, mentions: [...plain, ...spans] }],
    ...(all.length > 0 && { carried: all }),
  };
}

/** Yields one row a document. What doccano cannot hold is reported. */
export async function* writeDoccano(
  documents: AsyncIterable<Document>,
  { onIssue }: WriteOptions = {},
): AsyncGenerator<string> {
  for await (const document of documents) {
    reportFlat(document, "doccano", ["ids", "scores", "stated-texts"], onIssue);
    const { text, mentions } = flattened(document, "code-point");
    const key = document.carried?.find(({ format }) => format === layout)?.lines[0] ?? "label";
    const row = {
      id: jsonId(document.id),
      text,
      [key]: mentions.map(key === "entities" ? toEntity : toTriple),
      ...keysBack("doccano", document.carried),
    };
    yield `${JSON.stringify(row)}\n`;
  }
}

function toTriple({ start, end, mention }: FlatMention): readonly [number, number, string] {
  return [start, end, mention.type];
}

function toEntity({ start, end, mention }: FlatMention, index: number): object {
  const { id = index + 1, ...keys } = keysBack("doccano", mention.carried);
  return { id, label: mention.type, start_offset: start, end_offset: end, ...keys };
}
