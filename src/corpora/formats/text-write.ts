/** @file Documents of any origin → plain text, one document a line: what `text.ts` reads with `perLine`. */
import { documentText } from "../../documents/index.ts";
import type { Document } from "../../documents/index.ts";
import { idPart, reportDropped } from "../issues.ts";
import type { WriteOptions } from "../issues.ts";

/** Yields a line for each document; all mentions and the line breaks within the text are lost, and reported. */
export async function* writeText(
  documents: AsyncIterable<Document>,
  { onIssue }: WriteOptions = {},
): AsyncGenerator<string> {
  let number = 0;
  for await (const document of documents) {
    const text = documentText(document);
    reportDropped(
      document,
      "text",
      [...idPart(document, ++number), "passage-kinds", "passage-borders"],
      onIssue,
    );
    const tell = (kind: string, count: number, problem: string): void => {
      if (count > 0) onIssue?.({ kind, count, document: document.id, problem: `${problem} (${count})` });
    };
    const mentions = document.passages.reduce((sum, passage) => sum + passage.mentions.length, 0);
    tell("mentions-dropped", mentions, "mentions left out: plain text has none");
    tell("line-break-replaced", text.match(/[\n\r]/g)?.length ?? 0, "line breaks written as spaces");
    tell("blank-passage-dropped", text.trim() === "" ? 1 : 0, "document without text left a blank line");
    yield `${text.replace(/[\n\r]/g, " ")}\n`;
  }
}
