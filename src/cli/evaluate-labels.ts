/** @file Files of token labels → whether they are IOB2, and their documents as IOB2's letter has them. */
import { createReadStream } from "node:fs";
import type { CorpusFormat } from "../corpora/index.ts";
import { collect, formatOf, gunzipped, readBio, readLines } from "../corpora/index.ts";
import type { Document } from "../documents/index.ts";
import { withoutOrphans } from "../scores/index.ts";

/** Whether a file holds token labels, as far as its name or the format that was given says. */
export function isLabelled(path: string, format: CorpusFormat | undefined): boolean {
  return (format ?? (path === "-" ? "text" : formatOf(path))) === "bio";
}

/** The first label that IOB2 does not know, with its place, for messages; undefined if all are IOB2's. */
export async function foreignLabel(path: string): Promise<string | undefined> {
  for await (const lines of linesOf(path)) {
    for (const { text, number } of lines) {
      const label = labelOf(text);
      if (/^[ES](?:-|$)/.test(label)) return `${path}:${number} has ${label}`;
    }
  }
  return undefined;
}

/** The same documents as usual, without mentions that only a lenient reader sees. The labels must be IOB2's. */
export async function readStrictly(path: string): Promise<Document[]> {
  return collect(readBio(strictLines(path), { file: path }));
}

/** The same lines with O for each label that IOB2 gives no meaning, a sentence at a time. */
async function* strictLines(path: string): AsyncGenerator<Uint8Array> {
  let sentence: string[] = [];
  for await (const lines of linesOf(path)) {
    for (const { text } of lines) {
      if (text.trim() !== "" && !text.startsWith("-DOCSTART-")) sentence.push(text);
      else {
        yield Buffer.from(`${[...strictSentence(sentence), text].join("\n")}\n`);
        sentence = [];
      }
    }
  }
  yield Buffer.from(`${strictSentence(sentence).join("\n")}\n`);
}

function linesOf(path: string) {
  return readLines(gunzipped(createReadStream(path), path), { file: path });
}

function strictSentence(lines: readonly string[]): string[] {
  const labels = withoutOrphans(lines.map(labelOf));
  return lines.map((line, at) => line.trimEnd().replace(/\S*$/, () => labels[at]!));
}

/** The last column. */
function labelOf(line: string): string {
  return /\S*$/.exec(line.trimEnd())![0];
}
