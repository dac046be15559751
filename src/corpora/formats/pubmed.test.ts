/** @file PubMed XML: the fixture's citations by hand, gzip, and faults. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { CorpusIssue } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import { readPubmed } from "./pubmed.ts";

const fixture = join(import.meta.dirname, "../../../test/fixtures/corpora/pubmed.xml");

function passage(text: string, kind: string): object {
  return { text, kind, mentions: [] };
}

describe("readPubmed", () => {
  it.each(["plain", "gzip"])("gives title and abstract of each citation, %s", async (kind) => {
    const issues: CorpusIssue[] = [];
    const stream = createReadStream(fixture, { highWaterMark: 7 });
    const source = kind === "gzip" ? stream.pipe(createGzip()) : stream;
    const documents = await collect(
      readPubmed(source, { file: "p.xml", onIssue: (issue) => issues.push(issue) }),
    );
    expect(documents).toEqual([
      {
        id: "101",
        passages: [
          passage("Growth of E. coli at 37 °C with H2O & 🧬.", "title"),
          passage("AIM: To test 10-3 M. RESULTS: It x grew.", "abstract"),
        ],
      },
      { id: "102", passages: [passage("[No abstract].", "title")] },
      { id: "103", passages: [passage("A syndrome", "title"), passage("It is rare.", "abstract")] },
    ]);
    expect(issues).toMatchObject([
      {
        kind: "deleted-citations-noted",
        count: 2,
        problem: expect.stringContaining("citations 55, 56: remove"),
      },
    ]);
  });

  it.each([
    ["other XML", "<html/>", /PubmedArticleSet/],
    [
      "an article without PMID",
      "<PubmedArticleSet>\n<PubmedArticle/></PubmedArticleSet>",
      /<PMID> in every article/,
    ],
    ["a cut-off file", "<PubmedArticleSet><PubmedArticle>", /unclosed tag/],
  ])("refuses %s", async (_, xml, message) => {
    await expect(collect(readPubmed(streamOf(Buffer.from(xml)), { file: "p.xml" }))).rejects.toThrow(message);
  });
});
