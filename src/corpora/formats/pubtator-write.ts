/** @file Documents of any origin → PubTator text, the inverse of `pubtator.ts`. */
import { codePointMap, mentionText, passageStarts } from "../../documents/index.ts";
import type { CodePointMap, Document, Mention, Passage } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted, reportDropped } from "../issues.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { splitIds } from "./pubtator.ts";

/**
 * Yields one record a document, with a blank line after it. The first passage is the title, all others are joined as
 * the abstract. What PubTator cannot hold is reported: line breaks become spaces (of the same length, so that offsets
 * stay), discontinuous mentions become their outer bounds, scores and borders of further passages are left out. Throws CORPUS_FORMAT for ids or types
 * that would break the columns, OFFSETS for mentions outside of their passage.
 */
export async function* writePubTator(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<string> {
  for await (const document of documents) yield record(document, options.onIssue);
}

function record(document: Document, onIssue: OnIssue | undefined): string {
  const { id } = document;
  if (id === "" || /[\t\n\r|]/.test(id)) throw unwritable(id, "an id without tabs, line breaks and |", id);
  reportLosses(document, onIssue);
  const { title, abstract, starts } = textOf(document, onIssue);
  const map = codePointMap(`${title} ${abstract}`);
  const lines = document.passages.map((passage, index) =>
    passage.mentions.map((mention) => mentionLine(id, passage, mention, starts[index]!, map)),
  );
  const body = withCarried(inOrder(lines, document), document);
  return [`${id}|t|${title}`, `${id}|a|${abstract}`, ...body, "", ""].join("\n");
}

/** The parts of which PubTator holds some: the border of title and abstract, their two kinds. */
function reportLosses(document: Document, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  reportDropped(document, "pubtator", ["scores"], onIssue);
  const { id, passages } = document;
  const mentions = passages.flatMap((passage) => passage.mentions);
  const tell = (kind: string, count: number, problem: string): void => {
    if (count > 0) onIssue({ kind, count, document: id, problem });
  };
  const kinds = ["title", "abstract"];
  const otherKinds = passages.filter(({ kind }, index) => kind !== undefined && kind !== kinds[index]);
  tell("passage-kinds-dropped", otherKinds.length, "kinds of passages but title and abstract left out");
  tell("passage-borders-dropped", passages.length - 2, "borders between further passages left out");
  const several = mentions.filter(({ fragments }) => (fragments?.length ?? 0) > 1).length;
  tell("discontinuous-mention", several, `${several} discontinuous mentions written with their outer bounds`);
  const joined = mentions.filter(({ ids = [] }) => ids.length > 1 && splitIds(ids.join("|")).length === 1);
  tell("ids-joined", joined.length, "identifiers that end in no digit are read back as one");
}

function textOf(document: Document, onIssue: OnIssue | undefined) {
  const [first, ...others] = document.passages;
  const rest: Document = { ...document, passages: others };
  const title = onOneLine(first?.text ?? "");
  const abstract = onOneLine(others.map((passage) => passage.text).join(document.separator ?? " "));
  if (title.breaks + abstract.breaks > 0) {
    const count = title.breaks + abstract.breaks;
    const problem = `${count} line breaks written as spaces: PubTator cannot hold them`;
    onIssue?.({ kind: "line-break-replaced", count, document: document.id, problem });
  }
  const starts = [0, ...passageStarts(rest).map((start) => title.text.length + 1 + start)];
  return { title: title.text, abstract: abstract.text, starts };
}

function onOneLine(text: string): { readonly text: string; readonly breaks: number } {
  let breaks = 0;
  const line = text.replace(/[\n\r]/g, () => {
    breaks++;
    return " ";
  });
  return { text: line, breaks };
}

function mentionLine(
  id: string,
  passage: Passage,
  mention: Mention,
  passageStart: number,
  map: CodePointMap,
): string {
  const { fragments: _, ...whole } = mention;
  const text = mention.stated ?? mentionText(passage.text, whole);
  const further = mention.carried?.find((carried) => carried.format === "pubtator")?.lines ?? [];
  const ids = mention.ids ?? (further.length > 0 ? [] : undefined);
  const columns = [mention.type, ...(ids === undefined ? [] : [ids.join("|")]), ...further];
  const broken = columns.find((column) => /[\t\n\r]/.test(column));
  if (broken !== undefined)
    throw unwritable(id, "types and identifiers without tabs and line breaks", broken);
  const start = map.toCodePoint(passageStart + mention.start);
  const end = map.toCodePoint(passageStart + mention.end);
  return [id, start, end, text.replace(/[\t\n\r]/g, " "), ...columns].join("\t");
}

/** Mention lines in the order that the source had, where the document still has the same number of mentions. */
function inOrder(lines: readonly (readonly string[])[], document: Document): readonly string[] {
  const order = document.carried?.find((carried) => carried.format === "pubtator-order")?.lines[0] ?? "";
  const passages = Array.from(order, Number);
  const count = (index: number): number => passages.filter((passage) => passage === index).length;
  const fits =
    passages.length === lines.flat().length && lines.every((of, index) => count(index) === of.length);
  if (!fits) return lines.flat();
  const next = lines.map(() => 0);
  return passages.map((passage) => lines[passage]![next[passage]!++]!);
}

/** Puts the carried lines where they stood between the mentions. */
function withCarried(mentions: readonly string[], document: Document): readonly string[] {
  const carried = (document.carried ?? []).filter(({ format }) => format === "pubtator");
  if (carried.length === 0) return mentions;
  const before: string[][] = Array.from({ length: mentions.length + 1 }, () => []);
  for (const { lines, at } of carried) {
    for (const [index, line] of lines.entries()) {
      before[Math.min(at?.[index] ?? mentions.length, mentions.length)]!.push(line);
    }
  }
  return before.flatMap((lines, index) => (index < mentions.length ? [...lines, mentions[index]!] : lines));
}

function unwritable(id: string, expected: string, got: string): NeriumError {
  const problem = `document ${quoted(id)}: PubTator needs ${expected}, got ${quoted(got)}; rename it or write JSONL`;
  return new NeriumError("CORPUS_FORMAT", problem);
}
