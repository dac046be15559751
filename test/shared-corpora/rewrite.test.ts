/**
 * @file The files of the shared corpora, written again: A → A gives the same bytes but for what the format documents,
 * and A → B → A loses nothing that B holds, with all else counted. NERIUM_SHARED=all takes all files and documents.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { countIssues, openCorpus, targetFormats, writeCorpusFiles } from "../../src/corpora/index.ts";
import type { TargetFormat } from "../../src/corpora/index.ts";
import { formatEntry } from "../../src/corpora/registry.ts";
import { documentText } from "../../src/documents/index.ts";
import type { Document } from "../../src/documents/index.ts";
import { treeOf } from "../bioc.ts";
import { isHeld, keys, rewritten } from "../rewritten.ts";
import { describeWithShared } from "../shared-data.ts";
import { corporaFolder, corporaOf, corpusName, sharedCorpora, wholeCorpora } from "./corpora.ts";
import type { SharedCorpus } from "./corpora.ts";

const sampledCorpora = sharedCorpora().map((corpus) => [corpusName(corpus.path), corpus] as const);

/** What a file becomes when its own documents are written in its own format. */
async function writtenAgain({ path, format, evalPath, alternativesPath }: SharedCorpus, folder: string) {
  const options = { type: "X", evalPath, alternativesPath };
  const files = writeCorpusFiles(format as TargetFormat, openCorpus(path, options), { stem: "again" });
  for await (const { name, text } of files) appendFileSync(join(folder, name), text);
}

/** The lines that are not blank: how many of those there are is documented not to be kept. */
const solidLines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

/** The documents that pairs of formats are tried with: all, or so many that this takes seconds. */
async function sampled({ path, evalPath, alternativesPath }: SharedCorpus): Promise<Document[]> {
  const documents: Document[] = [];
  let characters = 0;
  for await (const document of openCorpus(path, { type: "X", evalPath, alternativesPath })) {
    documents.push(document);
    characters += documentText(document).length;
    if (!wholeCorpora && (documents.length === 5 || characters > 10_000)) break;
  }
  return documents;
}

/** Brat has no spaces in identifiers; those around them are documented, and counted, to be trimmed. */
function withTrimmedIds(documents: readonly Document[]): Document[] {
  return documents.map((document) => ({
    ...document,
    passages: document.passages.map((passage) => ({
      ...passage,
      mentions: passage.mentions.map((mention) =>
        mention.ids === undefined ? mention : { ...mention, ids: mention.ids.map((id) => id.trim()) },
      ),
    })),
  }));
}

/** What is true of a corpus after it went through a format: nothing here knows what the format's writer reported. */
function expectHeld(before: readonly Document[], after: readonly Document[], format: TargetFormat): void {
  const { holds } = formatEntry(format);
  const solid = (of: readonly Document[]): string => of.map(documentText).join("").replaceAll(/\s/g, "");
  expect(solid(after) === solid(before)).toBe(true); // texts are too long to be shown
  const got = new Map<string, number>();
  for (const key of keys(after, holds, () => true)) got.set(key, (got.get(key) ?? 0) + 1);
  const missing = keys(before, holds, (mention, passage) => isHeld(mention, passage, holds)).filter((key) => {
    const left = got.get(key) ?? 0;
    got.set(key, left - 1);
    return left < 1;
  });
  expect(missing).toEqual([]);
}

const count = (documents: readonly Document[]): number =>
  documents.reduce(
    (sum, { passages }) => sum + passages.reduce((more, { mentions }) => more + mentions.length, 0),
    0,
  );

describeWithShared("the shared corpora, written again", corporaFolder, () => {
  it.each(corporaOf(({ format }) => format !== "knowtator"))("%s is the same file", async (_, corpus) => {
    const folder = mkdtempSync(join(tmpdir(), "nerium-again-"));
    try {
      await writtenAgain(corpus, folder);
      if (corpus.format === "brat") {
        const original = mkdtempSync(join(tmpdir(), "nerium-original-"));
        execFileSync("tar", ["-xzf", corpus.path, "-C", original]);
        expect(different(original, folder)).toEqual([]);
        rmSync(original, { recursive: true });
      } else if (corpus.format === "bioc-xml") {
        const again = await treeOf(readFileSync(join(folder, "again.bioc.xml"), "utf8"));
        expect(again).toEqual(await treeOf(readFileSync(corpus.path, "utf8")));
      } else {
        for (const [original, name] of filesOf(corpus)) {
          const lines = solidLines(readFileSync(original, "utf8"));
          const expected = corpus.format === "bio" ? iob2(lines) : lines;
          const again = solidLines(readFileSync(join(folder, name), "utf8"));
          const first = again.findIndex((line, index) => line !== expected[index]);
          expect([again[first], again.length]).toEqual([expected[first], expected.length]);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(sampledCorpora)("%s comes back from each format with what that holds", async (_, corpus) => {
    const before = await sampled(corpus);
    for (const format of targetFormats) {
      const issues = countIssues();
      const after = await rewritten(format, before, issues);
      expectHeld(format === "brat" ? withTrimmedIds(before) : before, after, format);
      // No mention is lost without a word.
      const fewer = count(before) - count(after);
      if (fewer > 0) expect([format, issues.losses() >= fewer]).toEqual([format, true]);
      if (corpus.format === "knowtator") continue;
      expectHeld(after, await rewritten(corpus.format, after), corpus.format);
      if (format === "jsonl") {
        expect(isDeepStrictEqual(after, before)).toBe(true);
        expect(issues.losses()).toBe(0);
      }
    }
  });
});

/** A corpus's files with the names they are written to. */
function filesOf({ path, format, evalPath, alternativesPath }: SharedCorpus): (readonly [string, string])[] {
  if (format !== "bc2") return [[path, format === "bio" ? "again.tsv" : "again.pubtator"]];
  return [
    [path, "again.in"],
    [evalPath!, "again.GENE.eval"],
    [alternativesPath!, "again.ALTGENE.eval"],
  ];
}

/** The files of the first folder that the second has not, or has otherwise. */
function different(one: string, other: string): string[] {
  const files = readdirSync(one, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ name }) => name)
    .filter((name) => !readFileSync(join(one, name)).equals(readOrEmpty(join(other, name))));
}

function readOrEmpty(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}

/** Labels as IOB2 has them, with the type that the reader was told. */
function iob2(lines: readonly string[]): string[] {
  let before = "O";
  return lines.map((line) => {
    const [token, label = ""] = line.split("\t");
    const bare = label.length === 1 && label !== "O" ? `${label}-X` : label;
    const begins = bare.startsWith("I") && before.slice(2) !== bare.slice(2);
    before = begins ? `B${bare.slice(1)}` : bare;
    return `${token}\t${before}`;
  });
}
