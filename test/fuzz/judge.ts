/** @file What a reader made of some bytes → nothing if that is sound, or an error that says what is not. */
import type { Document, Fragment, Mention } from "../../src/documents/index.ts";
import { NeriumError } from "../../src/errors.ts";
import { fileName } from "./targets.ts";

/** Whoever quotes a hostile file in a message quotes a little of it. */
const maxMessage = 1500;

/** Every mention lies inside of its passage's text. */
export function judgeDocuments(documents: readonly Document[]): void {
  for (const { id, passages } of documents) {
    check(typeof id === "string", "an id that is no text");
    for (const { text, mentions } of passages)
      for (const mention of mentions) judgeMention(mention, text.length);
  }
}

function judgeMention(mention: Mention, length: number): void {
  const { type, fragments, ids, score } = mention;
  check(typeof type === "string" && type !== "", "a mention without type");
  for (const part of [mention, ...(fragments ?? [])])
    check(inside(part, length), `${said(part)} outside of the text`);
  for (const part of fragments ?? []) {
    check(
      part.start >= mention.start && part.end <= mention.end,
      `${said(part)} outside of ${said(mention)}`,
    );
  }
  check(ids === undefined || ids.every((one) => typeof one === "string"), "an identifier that is no text");
  check(score === undefined || Number.isFinite(score), `the score ${score}`);
}

function inside({ start, end }: Fragment, length: number): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length;
}

function said({ start, end }: Fragment): string {
  return `a part from ${start} to ${end}`;
}

/** A fault of the input is ours to name: file, and line where the format has lines. */
export function judgeError(error: unknown, hasLines: boolean): void {
  if (!(error instanceof NeriumError)) throw error;
  check(error.file?.startsWith(fileName) === true || hasOwnFile(error), `no file in: ${error.message}`);
  const needsLine = hasLines && error.code !== "UNREADABLE";
  check(!needsLine || (error.line ?? 0) >= 1, `no line in: ${error.message}`);
  check(error.message.length <= maxMessage, `a message of ${error.message.length} characters`);
}

/** Inside of an archive the file is the one in it. */
function hasOwnFile({ file }: NeriumError): boolean {
  return file !== undefined && /\.(?:txt|ann|a1|a2|xml)$/.test(file);
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw new Error(`the reader gave ${problem}`);
}
