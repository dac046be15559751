/**
 * @file CRAFT's texts and Knowtator annotations → documents. Format: https://github.com/UCDenver-ccp/CRAFT (v3 and
 * later), `concept-annotation/ONTOLOGY/ONTOLOGY/knowtator/ID.txt.knowtator.xml` and `articles/txt/ID.txt`.
 *
 *     <annotation><mention id="CL_1"/><span start="36" end="44"/><span …/><spannedText>granule ... cells</spannedText>
 *     <classMention id="CL_1"><mentionClass id="CL:0000120">granule cell</mentionClass></classMention>
 *
 * The annotations of all ontologies make one document an article: the folder's name is the type ("GO_BP" and "GO_CC"
 * share the prefix GO), the class the identifier. Annotators, class labels, comments and slots are left out (reported);
 * there is no writer. Offsets count code points.
 */
import { codePointMap, mentionText, sortMentions, spanOf } from "../../documents/index.ts";
import type { CodePointMap, Document, Mention } from "../../documents/index.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import type { NamedFile } from "../tar.ts";
import { decodeUtf8 } from "../utf8.ts";
import { parseKnowtator } from "./knowtator-xml.ts";
import type { KnowtatorAnnotation, KnowtatorFile } from "./knowtator-xml.ts";

/** A document of one passage from a text and its annotation files. */
export async function toCraftDocument(
  id: string,
  text: NamedFile,
  annotations: readonly NamedFile[],
  options: ReadOptions,
): Promise<Document> {
  const content = decodeUtf8(text.bytes, text.path, 1);
  const map = codePointMap(content);
  const mentions: Mention[] = [];
  let details = 0;
  for (const { path, bytes } of annotations) {
    const [file] = await collect(parseKnowtator(streamOf(bytes), path));
    if (file === undefined) continue;
    details += file.details;
    const where = { ...options, file: path, id };
    for (const annotation of file.annotations) {
      const mention = toMention(annotation, file, content, map, where);
      if (mention !== undefined) mentions.push(mention);
    }
  }
  if (details > 0) {
    const problem = `${details} names of annotators, labels of classes, comments and slots left out`;
    options.onIssue?.({
      kind: "knowtator-details-dropped",
      count: details,
      file: options.file,
      document: id,
      problem,
    });
  }
  return { id, passages: [{ text: content, mentions: sortMentions(mentions) }] };
}

interface Where extends ReadOptions {
  readonly id: string;
}

function toMention(
  { spans, stated, mention, line }: KnowtatorAnnotation,
  { classes }: KnowtatorFile,
  text: string,
  map: CodePointMap,
  where: Where,
): Mention | undefined {
  const inside = spans.every(({ start, end }) => start < end && end <= map.length);
  if (!inside || spans.length === 0) {
    tell(
      "unplaced-mention-dropped",
      `annotation ${quoted(mention)} has no place in its text: left out`,
      line,
      where,
    );
    return undefined;
  }
  const id = classes.get(mention);
  if (id === undefined) tell("class-missing-kept", `annotation ${quoted(mention)} has no class`, line, where);
  const parts = spans
    .map(({ start, end }) => ({ start: map.toUtf16(start), end: map.toUtf16(end) }))
    .sort((a, b) => a.start - b.start); // as the stated text has them
  const bare: Mention = {
    ...spanOf(parts),
    type: ontologyOf(where.file) ?? (id?.split(":")[0] || "Annotation"),
    ...(id !== undefined && { ids: [id] }),
  };
  const joined = parts.map(({ start, end }) => text.slice(start, end)).join(" ... ");
  if (stated === undefined || stated === joined) return bare;
  const found = quoted(mentionText(text, bare));
  tell("stated-text-kept", `stated text ${quoted(stated)} differs from ${found}: both kept`, line, where);
  return { ...bare, stated };
}

/** The folder above "knowtator". */
function ontologyOf(path: string): string | undefined {
  const folders = path.split(/[/\\]/);
  const place = folders.lastIndexOf("knowtator");
  return place > 0 ? folders[place - 1] : undefined;
}

function tell(kind: string, problem: string, line: number, { file, id, onIssue }: Where): void {
  onIssue?.({ kind, file, line, document: id, problem });
}
