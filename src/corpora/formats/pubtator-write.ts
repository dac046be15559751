/** @file Documents of any origin → PubTator text, the inverse of `pubtator.ts`. */
import { codePointMap, documentText, mentionText, passageStarts } from "../../documents/index.ts";
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
  if (onIssue !== undefined) reportLosses(document, onIssue);
  const { title, abstract, starts } = textOf(document, onIssue);
  const map = codePointMap(`${title} ${abstract}`);
  const lines = document.passages.map((passage, index) =>
    passage.mentions.map((mention) => mentionLine(id, passage, mention, starts[index]!, map)),
  );
  let text = `${id}|t|${title}\n${id}|a|${abstract}\n`;
  for (const line of withCarried(inOrder(lines, document), document)) text += `${line}\n`;
  return `${text}\n`;
}

/** The parts of which PubTator holds some: the border of title and abstract, their two kinds. */
function reportLosses(document: Document, onIssue: OnIssue): void {
  reportDropped(document, "pubtator", ["scores"], onIssue);
  const { id, passages } = document;
  const tell = (kind: string, count: number, problem: string): void => {
    if (count > 0) onIssue({ kind, count, document: id, problem });
  };
  let [otherKinds, several, joined] = [0, 0, 0];
  for (const [index, { kind, mentions }] of passages.entries()) {
    if (kind !== undefined && kind !== (index === 0 ? "title" : index === 1 ? "abstract" : "")) otherKinds++;
    for (const { fragments, ids } of mentions) {
      if (fragments !== undefined && fragments.length > 1) several++;
      if (ids !== undefined && ids.length > 1 && splitIds(ids.join("|")).length === 1) joined++;
    }
  }
  tell("passage-kinds-dropped", otherKinds, "kinds of passages but title and abstract left out");
  tell("passage-borders-dropped", passages.length - 2, "borders between further passages left out");
  tell("discontinuous-mention", several, `${several} discontinuous mentions written with their outer bounds`);
  tell("ids-joined", joined, "identifiers that end in no digit are read back as one");
}

function textOf(document: Document, onIssue: OnIssue | undefined) {
  const [first, ...others] = document.passages;
  const rest: Document = { ...document, passages: others };
  const title = onOneLine(first?.text ?? "");
  const abstract = onOneLine(documentText(rest));
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

/** What would end a column or a line. */
const ending = /[\t\n\r]/;
const endings = /[\t\n\r]/g;

function mentionLine(
  id: string,
  passage: Passage,
  mention: Mention,
  passageStart: number,
  map: CodePointMap,
): string {
  const { start, end, type, stated, ids, carried } = mention;
  // `mentionText` throws where the mention is not in its passage.
  const inside = start >= 0 && start <= end && end <= passage.text.length;
  const text = stated ?? (inside ? passage.text.slice(start, end) : mentionText(passage.text, mention));
  const further = carried?.find(({ format }) => format === "pubtator")?.lines;
  let columns = type;
  if (ids !== undefined || further !== undefined) columns += `\t${ids?.join("|") ?? ""}`;
  if ([type, ...(ids ?? []), ...(further ?? [])].some((column) => ending.test(column))) {
    throw unwritable(id, "types and identifiers without tabs and line breaks", columns);
  }
  if (further !== undefined) columns += `\t${further.join("\t")}`;
  const [from, to] = [map.toCodePoint(passageStart + start), map.toCodePoint(passageStart + end)];
  return `${id}\t${from}\t${to}\t${ending.test(text) ? text.replace(endings, " ") : text}\t${columns}`;
}

/** Mention lines in the order that the source had, where the document still has the same number of mentions. */
function inOrder(lines: readonly (readonly string[])[], document: Document): readonly string[] {
  const order = document.carried?.find(({ format }) => format === "pubtator-order")?.lines[0] ?? "";
  const all = lines.flat();
  if (order.length !== all.length) return all;
  const next = lines.map(() => 0);
  const ordered: string[] = [];
  for (const digit of order) {
    const line = lines[Number(digit)]?.[next[Number(digit)]!++];
    if (line === undefined) return all;
    ordered.push(line);
  }
  return ordered;
}

/** Puts the carried lines where they stood between the mentions. */
function withCarried(mentions: readonly string[], { carried }: Document): readonly string[] {
  const part = carried?.find(({ format }) => format === "pubtator");
  if (part === undefined) return mentions;
  const result: string[] = [];
  let taken = 0;
  for (const [index, line] of part.lines.entries()) {
    const at = Math.min(part.at?.[index] ?? mentions.length, mentions.length);
    while (taken < at) result.push(mentions[taken++]!);
    result.push(line);
  }
  while (taken < mentions.length) result.push(mentions[taken++]!);
  return result;
}

function unwritable(id: string, expected: string, got: string): NeriumError {
  const problem = `document ${quoted(id)}: PubTator needs ${expected}, got ${quoted(got)}; rename it or write JSONL`;
  return new NeriumError("CORPUS_FORMAT", problem);
}
