/** @file Documents of any origin → sentences with marks, one passage a line: the inverse of `marked.ts`. */
import type { Document, Mention, Passage } from "../../documents/index.ts";
import { idPart, reportDropped } from "../issues.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { parseMarks, renderMarks } from "./mark-up.ts";

export interface MarkedWriteOptions extends WriteOptions {
  /** The type that is written as a bare `<mark>`; "Entity" if absent. */
  readonly type?: string | undefined;
}

/** Yields a line for each passage. What marks cannot hold is reported: ids, scores, crossing mentions, parts … */
export async function* writeMarked(
  documents: AsyncIterable<Document>,
  options: MarkedWriteOptions = {},
): AsyncGenerator<string> {
  let number = 1;
  for await (const document of documents) {
    reportLosses(document, number, options.onIssue);
    number += document.passages.length;
    const raw = document.carried?.find(({ format }) => format === "marked-layout")?.lines[0];
    const lines = document.passages.map((passage) => {
      if (raw !== undefined && says(raw, passage, options.type)) return `${raw}\n`;
      const text = passage.text.replace(/[\n\r]/g, " ");
      const { line, dropped } = renderMarks(text, passage.mentions, options.type);
      reportMentions(document.id, dropped, options.onIssue);
      return `${line}\n`;
    });
    yield lines.join("");
  }
}

/** Whether a line still says the same as when it was read. */
function says(raw: string, { text, mentions }: Passage, bareType: string | undefined): boolean {
  const parsed = parseMarks(raw, bareType);
  const key = ({ start, end, type }: Mention): string => `${start} ${end} ${type}`;
  const keys = (of: readonly Mention[]): string => of.map(key).sort().join("\n");
  return parsed.text === text && keys(parsed.mentions) === keys(mentions);
}

function reportMentions(document: string, dropped: readonly Mention[], onIssue: OnIssue | undefined): void {
  for (const { start, end, type } of dropped) {
    const crossing = start < end;
    const why = crossing ? "crosses another one" : "has no text";
    const problem = `${type} mention from ${start} to ${end} ${why}: left out, marks cannot hold it`;
    onIssue?.({ kind: crossing ? "overlapping-mention" : "empty-mention", document, problem });
  }
}

function reportLosses(document: Document, number: number, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  reportDropped(document, "marked", [...idPart(document, number), "ids", "scores", "stated-texts"], onIssue);
  const { id, passages } = document;
  const tell = (kind: string, count: number, problem: string): void => {
    if (count > 0) onIssue({ kind, count, document: id, problem: `${problem} (${count})` });
  };
  const kinds = passages.filter(({ kind }) => kind !== undefined && kind !== "sentence").length;
  tell("passage-kinds-dropped", kinds, "kinds of passages left out: each is a line");
  tell(
    "document-split",
    passages.length > 1 ? 1 : 0,
    "each passage written as a line, read back as a document",
  );
  const breaks = passages.reduce((sum, { text }) => sum + (text.match(/[\n\r]/g)?.length ?? 0), 0);
  tell("line-break-replaced", breaks, "line breaks written as spaces");
  const blank = passages.filter(({ text }) => text.trim() === "").length;
  tell("blank-passage-dropped", blank, "passages without text are blank lines, which are skipped in reading");
  const several = ({ fragments = [] }: Mention): boolean => fragments.length > 1;
  const parted = passages.flatMap(({ mentions }) => mentions.filter(several)).length;
  tell("discontinuous-mention", parted, "discontinuous mentions marked from their first part to their last");
}
