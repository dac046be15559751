/**
 * @file BioC JSON → documents. Format: https://github.com/bionlplab/bioc and PubTator 3's export,
 * https://www.ncbi.nlm.nih.gov/research/pubtator3/api; the writer is in `bioc-json-write.ts`.
 *
 *     {"source":"PubTator","date":"","key":"","infons":{},"documents":[{"id":"1","passages":[…]}]}
 *     [{"id":"1","passages":[…]}]   {"PubTator3":[{"_id":"1|None","id":"1",…}]}   or one document a line:
 *     {"id":"1","infons":{},"passages":[{"infons":{"type":"title"},"offset":0,"text":"BRAF in melanoma","annotations":[
 *      {"id":"3","infons":{"identifier":"673","type":"Gene"},"text":"BRAF","locations":[{"offset":0,"length":4}]}]}]}
 *
 * What becomes of it is said in `bioc-xml.ts`; keys that BioC does not know (`_id`, `accessions` …) are carried too.
 * Reading and writing gives the same values but for: keys that were absent or null and are written as empty lists,
 * objects or texts, numbers as ids, keys that a location has beyond offset and length (left out), keys after the list.
 */
import { z } from "zod";
import { codePointMap } from "../../documents/index.ts";
import type { Document } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { fileStem } from "../issues.ts";
import type {
  BiocAnnotation,
  BiocBlock,
  BiocCollection,
  BiocDocument,
  BiocPassage,
  BiocRelation,
  Infons,
} from "./bioc-model.ts";
import { splitBiocJson } from "./bioc-json-split.ts";
import type { JsonPiece } from "./bioc-json-split.ts";
import { toDocument } from "./bioc-read.ts";
import type { BiocReadOptions } from "./bioc-read.ts";

const name = z.union([z.string(), z.number()]).nullish();
const integer = z.union(
  [
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,15}$/)
      .transform(Number),
  ],
  "expected a whole number",
);
// Not a record: zod would lose a key "__proto__".
const infonsShape = z
  .custom<object>((value) => typeof value === "object" && !Array.isArray(value), "expected an object")
  .nullish();
const relationShape = z.looseObject({
  id: name,
  infons: infonsShape,
  nodes: z
    .array(z.object({ refid: z.union([z.string(), z.number()]), role: z.string().nullish() }))
    .nullish(),
});
const annotationShape = z.looseObject({
  id: name,
  infons: infonsShape,
  text: z.string().nullish(),
  locations: z.array(z.object({ offset: integer, length: integer })).nullish(),
});
const blockShape = z.looseObject({
  infons: infonsShape,
  offset: integer.nullish(),
  text: z.string().nullish(),
  annotations: z.array(annotationShape).nullish(),
  relations: z.array(relationShape).nullish(),
});
const documentShape = z.looseObject({
  id: name,
  infons: infonsShape,
  passages: z.array(blockShape.extend({ sentences: z.array(blockShape).nullish() })),
  relations: z.array(relationShape).nullish(),
});
const headShape = z.looseObject({
  source: z.string().nullish(),
  date: z.string().nullish(),
  key: z.string().nullish(),
  infons: infonsShape,
});
const listKeys = new Set(["documents", "PubTator3"]);

/** Throws CORPUS_FORMAT with the line for what is no BioC JSON. */
export async function* readBiocJson(
  source: AsyncIterable<Uint8Array>,
  options: BiocReadOptions,
): AsyncGenerator<Document> {
  let collection: BiocCollection | undefined;
  let keysBefore = 0;
  let number = 0;
  for await (const piece of splitBiocJson(source, options.file)) {
    if (piece.kind === "head") {
      collection = toCollection(piece, options);
      keysBefore = Object.keys(piece.value as object).length;
    } else if (piece.kind === "tail") {
      reportTail(Object.keys(piece.value as object).length - keysBefore, piece, options);
      collection = undefined;
    } else {
      number++;
      const tree = toTree(piece, number, options);
      // A collection's object is the writer's own shape: it need not be remembered.
      const shape = piece.shape === "collection" ? {} : { shape: piece.shape };
      yield toDocument(tree, { collection, line: piece.line, ...shape }, options);
    }
  }
}

function reportTail(count: number, { line }: JsonPiece, { file, onIssue }: BiocReadOptions): void {
  if (count <= 0) return;
  const problem = `${count} keys left out that stand after the list of documents: the file is read as a stream`;
  onIssue?.({ kind: "keys-dropped", count, file, line, problem });
}

function toCollection(piece: JsonPiece, options: BiocReadOptions): BiocCollection {
  const { source, date, key, infons, ...others } = valid(headShape, piece, options);
  const extra = Object.fromEntries(Object.entries(others).filter(([other]) => !listKeys.has(other)));
  return {
    source: source ?? "",
    date: date ?? "",
    key: key ?? "",
    infons: pairs(infons),
    ...extraOf(extra),
  };
}

function toTree(piece: JsonPiece, number: number, options: BiocReadOptions): BiocDocument {
  const { id, infons, passages, relations, ...others } = valid(documentShape, piece, options);
  let next = 0;
  const trees = passages.map(({ sentences, ...passage }): BiocPassage => {
    const block = toBlock(passage, next);
    next = block.offset + codePointMap(block.text ?? "").length + 1;
    let inside = block.offset;
    return {
      ...block,
      sentences: (sentences ?? []).map((sentence) => {
        const own = toBlock(sentence, inside);
        inside = own.offset + codePointMap(own.text ?? "").length + 1;
        return own;
      }),
    };
  });
  return {
    id: id == null ? `${fileStem(options.file)}:${number}` : String(id),
    infons: pairs(infons),
    passages: trees,
    relations: (relations ?? []).map((relation) => toRelation(relation)),
    ...extraOf(others),
  };
}

function toBlock(block: z.infer<typeof blockShape>, usualOffset: number): BiocBlock {
  const { infons, offset, text, annotations, relations, ...others } = block;
  return {
    infons: pairs(infons),
    offset: offset ?? usualOffset,
    ...(text != null && { text }),
    annotations: (annotations ?? []).map((annotation) => toAnnotation(annotation)),
    relations: (relations ?? []).map((relation) => toRelation(relation)),
    ...extraOf(others),
  };
}

function toAnnotation(annotation: z.infer<typeof annotationShape>): BiocAnnotation {
  const { id, infons, text, locations, ...others } = annotation;
  return {
    ...(id != null && { id: String(id) }),
    infons: pairs(infons),
    locations: locations ?? [],
    ...(text != null && { text }),
    ...extraOf(others),
  };
}

function toRelation(relation: z.infer<typeof relationShape>): BiocRelation {
  const { id, infons, nodes, ...others } = relation;
  return {
    ...(id != null && { id: String(id) }),
    infons: pairs(infons),
    nodes: (nodes ?? []).map(({ refid, role }) => ({
      refid: String(refid),
      ...(role != null && { role }),
    })),
    ...extraOf(others),
  };
}

function pairs(infons: object | null | undefined): Infons {
  return Object.entries(infons ?? {});
}

function extraOf(others: object): { extra?: object } {
  return Object.keys(others).length > 0 ? { extra: others } : {};
}

function valid<Shape extends z.ZodType>(
  shape: Shape,
  piece: JsonPiece,
  options: BiocReadOptions,
): z.infer<Shape> {
  const { success, data, error } = shape.safeParse(piece.value);
  if (success) return data;
  const [first] = error.issues;
  const key = JSON.stringify(first?.path.join(".") ?? "");
  const problem = `key ${key}: ${first?.message ?? ""}; a document is {"id","passages":[{"offset","text","annotations":[…]}]}`;
  throw new NeriumError("CORPUS_FORMAT", problem, { file: options.file, line: piece.line, cause: error });
}
