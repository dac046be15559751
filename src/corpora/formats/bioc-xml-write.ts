/** @file Documents of any origin → one BioC XML file that BioC.dtd accepts, the inverse of `bioc-xml.ts`. */
import type { Document } from "../../documents/index.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { escapeAttribute, escapeText, forbiddenInXml } from "../xml.ts";
import { asText } from "./bioc-model.ts";
import type {
  BiocAnnotation,
  BiocBlock,
  BiocCollection,
  BiocDocument,
  BiocPassage,
  BiocRelation,
  Infons,
} from "./bioc-model.ts";
import { fromDocument } from "./bioc-write.ts";

/**
 * Yields the head with the first document's collection, one document after another, and the end. What XML cannot hold
 * is reported: control characters become U+FFFD, JSON's values become text, JSON's further keys are left out. Throws
 * OFFSETS for mentions outside of their passage.
 */
export async function* writeBiocXml(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<string> {
  let first: string | undefined;
  for await (const document of documents) {
    const { tree, collection } = fromDocument(document, options.onIssue);
    const head = headOf(collection);
    if (first === undefined) yield head;
    else if (head !== first) {
      const problem =
        "source, date, key and infons of another collection left out: a file has those of its first document";
      options.onIssue?.({ kind: "collection-dropped", document: document.id, problem });
    }
    first ??= head;
    reportJson(document.id, tree, options.onIssue);
    yield cleaned(`${documentXml(tree)}\n`, document.id, options.onIssue);
  }
  if (first === undefined) yield headOf(undefined);
  yield "</collection>\n";
}

function headOf(collection: BiocCollection | undefined): string {
  const { source = "", date = "", key = "", infons = [] } = collection ?? {};
  const head = `<source>${escapeText(source)}</source><date>${escapeText(date)}</date><key>${escapeText(key)}</key>`;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection>${head}`;
  return `${xml.replace(forbiddenInXml, "\uFFFD")}${infonsXml(infons).replace(forbiddenInXml, "\uFFFD")}\n`;
}

function documentXml({ id, infons, passages, relations }: BiocDocument): string {
  const inside = passages.map((passage) => passageXml(passage)).join("");
  return `<document><id>${escapeText(id)}</id>${infonsXml(infons)}${inside}${relationsXml(relations)}</document>`;
}

function passageXml(passage: BiocPassage): string {
  // The DTD allows text and annotations, or else sentences.
  const sentences = passage.sentences
    .map((sentence) => `<sentence>${blockXml(sentence)}</sentence>`)
    .join("");
  return `\n<passage>${blockXml(passage, sentences)}</passage>`;
}

function blockXml({ infons, offset, text, annotations, relations }: BiocBlock, sentences = ""): string {
  const own = text === undefined ? "" : `<text>${escapeText(text)}</text>`;
  const inside = annotations.map((annotation) => annotationXml(annotation)).join("");
  return `${infonsXml(infons)}<offset>${offset}</offset>${own}${inside}${sentences}${relationsXml(relations)}`;
}

function annotationXml({ id, infons, locations, text }: BiocAnnotation): string {
  const places = locations.map(({ offset, length }) => `<location offset="${offset}" length="${length}"/>`);
  return `\n<annotation${idXml(id)}>${infonsXml(infons)}${places.join("")}<text>${escapeText(text ?? "")}</text></annotation>`;
}

function relationsXml(relations: readonly BiocRelation[]): string {
  return relations.map((relation) => relationXml(relation)).join("");
}

function relationXml({ id, infons, nodes }: BiocRelation): string {
  const ends = nodes.map(({ refid, role }) => {
    const part = role === undefined ? "" : ` role="${escapeAttribute(role)}"`;
    return `<node refid="${escapeAttribute(refid)}"${part}/>`;
  });
  return `\n<relation${idXml(id)}>${infonsXml(infons)}${ends.join("")}</relation>`;
}

function idXml(id: string | undefined): string {
  return id === undefined ? "" : ` id="${escapeAttribute(id)}"`;
}

function infonsXml(infons: Infons): string {
  return infons
    .map(([key, value]) => `<infon key="${escapeAttribute(key)}">${escapeText(asText(value))}</infon>`)
    .join("");
}

function cleaned(xml: string, document: string, onIssue: OnIssue | undefined): string {
  let count = 0;
  const clean = xml.replace(forbiddenInXml, () => {
    count++;
    return "\uFFFD";
  });
  if (count > 0) {
    const problem = `${count} control characters or lone surrogates written as U+FFFD: XML cannot hold them`;
    onIssue?.({ kind: "characters-replaced", count, document, problem });
  }
  return clean;
}

/** What came from BioC JSON and is no string, or no key of BioC; and annotations without text, which the DTD forbids. */
function reportJson(document: string, tree: BiocDocument, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  const blocks = tree.passages.flatMap((passage) => [passage, ...passage.sentences]);
  const annotations = blocks.flatMap((block) => block.annotations);
  const relations = [...tree.relations, ...blocks.flatMap((block) => block.relations)];
  const all: readonly { readonly infons: Infons; readonly extra?: object | undefined }[] = [
    tree,
    ...blocks,
    ...annotations,
    ...relations,
  ];
  const values = all.flatMap(({ infons }) => infons.filter(([, value]) => typeof value !== "string")).length;
  const keys = all.reduce((sum, { extra }) => sum + Object.keys(extra ?? {}).length, 0);
  const mixed = tree.passages.filter(
    ({ text, sentences }) => text !== undefined && sentences.length > 0,
  ).length;
  const tell = (kind: string, count: number, problem: string): void => {
    if (count > 0) onIssue({ kind, count, document, problem: `${count} ${problem}` });
  };
  tell("values-as-text", values, "values of infons that are no text written as JSON text");
  tell("keys-dropped", keys, "keys that BioC XML does not know left out");
  tell("mixed-passages-kept", mixed, "passages with text and sentences: BioC.dtd allows only one of them");
}
