/**
 * @file spaCy-style JSON ↔ documents: displaCy's `{"text","ents":[{"start","end","label"}],"title"}` and the training
 * pairs `["text", {"entities": [[0,6,"Disease"]]}]`, as an array or one a line. Also `{"text","entities":[[0,6,"Disease"]]}`,
 * which many corpora have, and Prodigy's `{"text","spans":[{"start","end","label"}]}`.
 * Formats: https://spacy.io/usage/visualizers#manual-usage and https://v2.spacy.io/usage/training. Offsets count code
 * points, as Python does.
 *
 * The first form is written, as an array; another for documents that came in it. `title` is the document's id, and
 * `kb_id` the first identifier of a mention. Unknown keys (tokens, sents, cats …) are kept and written back. Reading
 * and writing gives equal JSON values, one a line, in this order of keys.
 */
import { z } from "zod";
import type { Document, Mention } from "../../documents/index.ts";
import { fileStem, idPart } from "../issues.ts";
import type { ReadOptions, WriteOptions } from "../issues.ts";
import { readJsonValues } from "../json-values.ts";
import type { JsonValue } from "../json-values.ts";
import { carriedKeys, checkedValue, flattened, keysBack, reportFlat, spanPlacer } from "./flat.ts";
import type { FlatMention } from "./flat.ts";

const offset = z.int().nonnegative();
const entShape = z.looseObject({
  start: offset,
  end: offset,
  label: z.string().min(1),
  kb_id: z.string().nullish(),
});
const entityShape = z.tuple([offset, offset, z.string().min(1)]).rest(z.string());
const docShape = z.looseObject({
  text: z.string(),
  title: z.string().nullish(),
  ents: z.array(entShape).optional(),
  spans: z.array(entShape).optional(),
  entities: z.array(entityShape).optional(),
});
const pairShape = z.tuple([z.string(), z.looseObject({ entities: z.array(entityShape).optional() })]);
type Ent = z.output<typeof entShape>;
type Entity = z.output<typeof entityShape>;
const expected = '{"text","ents":[{"start","end","label"}]} or ["text", {"entities": [[0,6,"Disease"]]}]';
const layout = "spacy-layout";

/** Yields one document of one passage for each value. Throws CORPUS_FORMAT with the line on which it begins. */
export async function* readSpacy(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Document> {
  const stem = fileStem(options.file);
  let count = 0;
  for await (const item of readJsonValues(source, options)) {
    const id = `${stem}:${++count}`;
    yield Array.isArray(item.value) ? fromPair(item, id, options) : fromDoc(item, id, options);
  }
}

function fromDoc(item: JsonValue, id: string, options: ReadOptions): Document {
  const value = checkedValue(docShape, item, expected, options);
  const { text, title, ents, spans, entities, ...extra } = value;
  const place = spanPlacer(text, "code-point", item.line, options);
  const mentions = [
    ...[...(ents ?? []), ...(spans ?? [])].map((ent) => fromEnt(ent, place)),
    ...(entities ?? []).map((entity) => fromEntity(entity, place)),
  ];
  const key = ents === undefined && (spans !== undefined ? "spans" : entities !== undefined && "entities");
  return { id: title ?? id, passages: [{ text, mentions }], ...carriedForm(extra, key || undefined) };
}

type Placer = ReturnType<typeof spanPlacer>;

function fromEnt({ start, end, label, kb_id, ...keys }: Ent, place: Placer): Mention {
  return {
    ...place({ start, end }),
    type: label,
    ...(kb_id != null && kb_id !== "" && { ids: [kb_id] }),
    ...carriedKeys("spacy", keys),
  };
}

function fromEntity([start, end, type, ...ids]: Entity, place: Placer): Mention {
  return { ...place({ start, end }), type, ...(ids.length > 0 && { ids }) };
}

/** Unknown keys, and the form where it is not the usual one. */
function carriedForm(extra: object, form: string | undefined): Pick<Document, "carried"> {
  const { carried = [] } = carriedKeys("spacy", extra);
  const all = form === undefined ? carried : [...carried, { format: layout, lines: [form] }];
  return all.length === 0 ? {} : { carried: all };
}

function fromPair(item: JsonValue, id: string, options: ReadOptions): Document {
  const [text, { entities, ...extra }] = checkedValue(pairShape, item, expected, options);
  const place = spanPlacer(text, "code-point", item.line, options);
  const mentions = (entities ?? []).map((entity) => fromEntity(entity, place));
  return { id, passages: [{ text, mentions }], ...carriedForm(extra, "pair") };
}

/** Yields the pieces of one array, a document a line. What the form cannot hold is reported. */
export async function* writeSpacy(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<string> {
  let before = "[\n";
  let number = 0;
  for await (const document of documents) {
    yield `${before}${JSON.stringify(toValue(document, ++number, options))}`;
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

function toValue(document: Document, number: number, { onIssue }: WriteOptions): unknown {
  const form = document.carried?.find(({ format }) => format === layout)?.lines[0];
  const dropped = ["scores", "stated-texts"] as const;
  reportFlat(
    document,
    "spacy",
    form === "pair" ? [...idPart(document, number), ...dropped] : dropped,
    onIssue,
  );
  const { text, mentions } = flattened(document, "code-point");
  const extra = keysBack("spacy", document.carried);
  if (form === "pair") return [text, { entities: mentions.map(toEntity), ...extra }];
  // A name that the reader made is none to write where there was none; displaCy's form, our own, has one always.
  const title = form === undefined || idPart(document, number).length > 0 ? { title: document.id } : {};
  if (form === "entities") return { text, entities: mentions.map(toEntity), ...title, ...extra };
  const further = mentions.reduce((sum, { mention }) => sum + Math.max(0, (mention.ids?.length ?? 1) - 1), 0);
  if (further > 0) {
    const problem = `identifiers after a mention's first left out: kb_id is one (${further})`;
    onIssue?.({ kind: "ids-dropped", count: further, document: document.id, problem });
  }
  return { text, [form ?? "ents"]: mentions.map(toEnt), ...title, ...extra };
}

function toEntity({ start, end, mention }: FlatMention): readonly unknown[] {
  return [start, end, mention.type, ...(mention.ids ?? [])];
}

function toEnt({ start, end, mention }: FlatMention): object {
  const [id] = mention.ids ?? [];
  return {
    start,
    end,
    label: mention.type,
    ...(id !== undefined && { kb_id: id }),
    ...keysBack("spacy", mention.carried),
  };
}
