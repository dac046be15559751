/** @file Documents of any origin → BioC JSON in one of its shapes, the inverse of `bioc-json.ts`. */
import type { Document } from "../../documents/index.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import type {
  BiocAnnotation,
  BiocBlock,
  BiocCollection,
  BiocDocument,
  BiocPassage,
  BiocRelation,
  BiocShape,
  Infons,
} from "./bioc-model.ts";
import { fromDocument } from "./bioc-write.ts";

export interface BiocJsonWriteOptions extends WriteOptions {
  /** How the documents are put together. If absent: as the first document was; one collection if that says nothing. */
  readonly shape?: BiocShape | undefined;
}

interface Frame {
  readonly start: string;
  readonly between: string;
  readonly end: string;
}

/**
 * Yields the start, one document after another, and the end. Infons of one key twice, which XML can hold and JSON not,
 * are reported. Throws OFFSETS for mentions outside of their passage.
 */
export async function* writeBiocJson(
  documents: AsyncIterable<Document>,
  options: BiocJsonWriteOptions = {},
): AsyncGenerator<string> {
  let frame: Frame | undefined;
  let shape = options.shape;
  let first = "";
  for await (const document of documents) {
    const { tree, collection, shape: own } = fromDocument(document, options.onIssue);
    shape ??= own ?? "collection";
    const head = headOf(collection);
    if (frame === undefined) first = head;
    yield frame === undefined ? frameOf(shape, head).start : frame.between;
    frame ??= frameOf(shape, head);
    reportCollection(head, first, shape, document.id, options.onIssue);
    const twice = { count: 0 };
    yield JSON.stringify(documentJson(tree, twice));
    reportTwice(twice.count, document.id, options.onIssue);
  }
  if (frame === undefined) yield frameOf(shape ?? "collection", headOf(undefined)).start;
  yield frame?.end ?? frameOf(shape ?? "collection", "").end;
}

function frameOf(shape: BiocShape, head: string): Frame {
  const frames: Readonly<Record<BiocShape, Frame>> = {
    collection: { start: `${head.slice(0, -1)},"documents":[\n`, between: ",\n", end: "\n]}\n" },
    pubtator3: { start: '{"PubTator3":[\n', between: ",\n", end: "\n]}\n" },
    array: { start: "[\n", between: ",\n", end: "\n]\n" },
    lines: { start: "", between: "\n", end: "\n" },
  };
  return frames[shape];
}

function headOf(collection: BiocCollection | undefined): string {
  const { source = "", date = "", key = "", infons = [], extra } = collection ?? {};
  return JSON.stringify({ source, date, key, infons: Object.fromEntries(infons), ...extra });
}

/** Only one shape has room for what a collection says, and for one collection only. */
function reportCollection(
  head: string,
  first: string,
  shape: BiocShape,
  document: string,
  onIssue: OnIssue | undefined,
) {
  const kept = shape === "collection" && head === first;
  if (kept || head === headOf(undefined)) return;
  const problem = `source, date, key and infons of a collection left out: the file, ${shape}, has no place for them`;
  onIssue?.({ kind: "collection-dropped", document, problem });
}

function reportTwice(count: number, document: string, onIssue: OnIssue | undefined): void {
  if (count === 0) return;
  const problem = `${count} infons left out because a later one has the same key: JSON holds only one`;
  onIssue?.({ kind: "infons-dropped", count, document, problem });
}

interface Twice {
  count: number;
}

function documentJson({ id, infons, passages, relations, extra }: BiocDocument, twice: Twice): object {
  return {
    ...extra,
    id,
    infons: object(infons, twice),
    passages: passages.map((passage) => passageJson(passage, twice)),
    relations: relations.map((relation) => relationJson(relation, twice)),
  };
}

function passageJson(passage: BiocPassage, twice: Twice): object {
  const sentences = passage.sentences.map((sentence) => blockJson(sentence, twice));
  return { ...blockJson(passage, twice), sentences };
}

function blockJson({ infons, offset, text, annotations, relations, extra }: BiocBlock, twice: Twice): object {
  return {
    infons: object(infons, twice),
    offset,
    ...(text !== undefined && { text }),
    annotations: annotations.map((annotation) => annotationJson(annotation, twice)),
    relations: relations.map((relation) => relationJson(relation, twice)),
    ...extra,
  };
}

function annotationJson({ id, infons, locations, text, extra }: BiocAnnotation, twice: Twice): object {
  return {
    ...(id !== undefined && { id }),
    infons: object(infons, twice),
    ...(text !== undefined && { text }),
    locations,
    ...extra,
  };
}

function relationJson({ id, infons, nodes, extra }: BiocRelation, twice: Twice): object {
  return { ...(id !== undefined && { id }), infons: object(infons, twice), nodes, ...extra };
}

/** `fromEntries` makes a key "__proto__" a key like any other. */
function object(infons: Infons, twice: Twice): object {
  const result = Object.fromEntries(infons) as object;
  twice.count += infons.length - Object.keys(result).length;
  return result;
}
