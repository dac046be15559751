/** @file The shifted documents of a real corpus are found and repaired: against the pairs of offset and text in its XML. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { collect, openCorpus } from "../../src/corpora/index.ts";
import { newLinter } from "../../src/corpora/lint.ts";
import { describeWithShared, sharedFile } from "../shared-data.ts";

const path = sharedFile("corpora", "bc5cdr", "sample50.gold.BioC.xml");

describeWithShared("the sample of BC5CDR", path, () => {
  it("has five shifted documents, whose repaired mentions are the texts that the file states", async () => {
    const linter = newLinter({ keep: Infinity });
    const before = await collect(openCorpus(path, { onIssue: linter.addIssue }));
    const repaired = before.map((document) => linter.check(document));
    const { problems } = linter.report();
    const shifted = problems.filter(({ kind }) => kind === "shifted-offsets");
    expect(shifted.map(({ document }) => document)).toEqual([
      "2224762",
      "4027862",
      "8649546",
      "17466854",
      "19803309",
    ]);
    const stated = Array.from(
      readFileSync(path, "utf8").matchAll(/<annotation[^>]*>[^]*?<text>([^]*?)<\/text>/g),
      ([, text = ""]) =>
        text
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&apos;", "'")
          .replaceAll("&quot;", '"')
          .replaceAll("&amp;", "&"),
    );
    const found = repaired.flatMap(({ passages }) =>
      passages.flatMap(({ text, mentions }) =>
        mentions.map(({ start, end, fragments = [{ start, end }] }) =>
          fragments.map((part) => text.slice(part.start, part.end)).join(" "),
        ),
      ),
    );
    expect(found.length).toBe(stated.length);
    const different = found.flatMap((text, index) => (text === stated[index] ? [] : [[text, stated[index]]]));
    // The file's own discontinuous mentions are one character off; nothing says by how much.
    expect(different).toEqual([["opistothonus  dysfunctio", "opistothonus dysfunction"]]);
  });
});
