/** @file Documents → files of a format → documents again, and which mentions have to come back from there. */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  collect,
  countIssues,
  openCorpus,
  streamOf,
  suffixOf,
  writeCorpusFiles,
} from "../src/corpora/index.ts";
import type { Holds, IssueCounter, TargetFormat } from "../src/corpora/index.ts";
import type { Document, Mention, Passage } from "../src/documents/index.ts";

/** Documents → files of a format → documents. */
export async function rewritten(
  format: TargetFormat,
  documents: readonly Document[],
  issues: IssueCounter = countIssues(),
): Promise<Document[]> {
  const folder = mkdtempSync(join(tmpdir(), "nerium-rewritten-"));
  const options = { stem: "corpus", onIssue: issues.add };
  const names = new Set<string>();
  for await (const { name, text } of writeCorpusFiles(format, streamOf(...documents), options)) {
    appendFileSync(join(folder, name), text);
    names.add(name);
  }
  const path = format === "brat" ? folder : join(folder, `corpus${suffixOf(format)}`);
  const evalPath = format === "bc2" ? join(folder, "corpus.GENE.eval") : undefined;
  const read = await collect(openCorpus(path, { format, perLine: true, evalPath }));
  rmSync(folder, { recursive: true });
  if (format !== "brat") return read;
  // A folder's files are read in the order of their names: back to the order in which they were written.
  const places = new Map(Array.from(names, (name, index) => [name.replace(/\.[^.]+$/, ""), index]));
  return read.sort((one, other) => places.get(one.id)! - places.get(other.id)!);
}

/** A mention's key in a text without white space, with what a format holds of it. */
export function keys(
  of: readonly Document[],
  holds: Holds,
  only: (mention: Mention, passage: Passage) => boolean,
): string[] {
  let before = 0;
  return of.flatMap(({ passages }) =>
    passages.flatMap((passage) => {
      const at = before;
      const solid = solidBefore(passage.text);
      before += solid.at(-1)!;
      const place = (offset: number): number => at + solid[offset]!;
      return passage.mentions
        .filter((mention) => only(mention, passage))
        .map((mention) => {
          const parts = holds.discontinuous === true ? (mention.fragments ?? [mention]) : [mention];
          const spans = parts.map(({ start, end }) => `${place(start)}-${place(end)}`).join(";");
          const ids = holds.ids === "first" ? mention.ids?.slice(0, 1) : mention.ids;
          return [
            spans,
            holds.types === true ? mention.type : "",
            holds.ids === undefined ? "" : (ids ?? []).join("|"),
            holds.scores === true ? String(mention.score) : "",
          ].join(" ");
        });
    }),
  );
}

/** How many characters that are no white space stand before each offset of a text. */
function solidBefore(text: string): Int32Array {
  const counts = new Int32Array(text.length + 1);
  for (let at = 0; at < text.length; at++) counts[at + 1] = counts[at]! + (/\s/.test(text[at]!) ? 0 : 1);
  return counts;
}

export function isHeld(mention: Mention, { text, mentions }: Passage, holds: Holds): boolean {
  const { start, end, fragments = [] } = mention;
  if (text.slice(start, end).trim() === "" || (holds.types === undefined && holds.anyPlace === undefined))
    return false;
  if (fragments.length > 1 && holds.discontinuous !== true) return false;
  const others = mentions.filter((other) => other !== mention && other.start < end && start < other.end);
  const crossing = others.some(
    (other) => !(other.start <= start && end <= other.end) && !(start <= other.start && other.end <= end),
  );
  if (others.length > 0 && holds.nested !== true) return false;
  if (crossing && holds.crossing !== true) return false;
  const whole = /^\s?$/.test(text[start - 1] ?? "") && /^\s?$/.test(text[end] ?? "");
  return holds.anyPlace === true || (whole && text.slice(start, end) === text.slice(start, end).trim());
}
