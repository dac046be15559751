/** @file Every file of the shared corpora: Nerium finds each mention that an independent parser finds, and no other. NERIUM_SHARED=all takes all files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { collect, openCorpus } from "../../src/corpora/index.ts";
import { describeWithShared } from "../shared-data.ts";
import { corporaFolder, corporaOf, independentFacts } from "./corpora.ts";
import { factsOf } from "./facts.ts";
import { parseBio } from "./parsers.ts";

describeWithShared("the shared corpora, read", corporaFolder, () => {
  it.each(corporaOf(({ format }) => format !== "bio"))(
    "%s says what an independent parser finds",
    async (_, corpus) => {
      const folder = mkdtempSync(join(tmpdir(), "nerium-shared-"));
      try {
        const documents = await collect(openCorpus(corpus.path, { evalPath: corpus.evalPath }));
        const found = documents.map(factsOf);
        const expected = independentFacts(corpus, folder);
        expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        for (const [index, facts] of found.entries()) {
          // A text is too long to be shown.
          expect([facts.id, facts.mentions]).toEqual([facts.id, expected[index]!.mentions]);
          expect([facts.id, isDeepStrictEqual(facts.texts, expected[index]!.texts)]).toEqual([
            facts.id,
            true,
          ]);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it.each(corporaOf(({ format }) => format === "bio"))(
    "%s has the tokens and spans of its lines",
    async (_, { path }) => {
      const found = [];
      for await (const { passages } of openCorpus(path, { type: "X" })) {
        for (const { text, mentions } of passages) {
          const tokens = text.split(" ");
          const at = (offset: number): number => text.slice(0, offset).split(" ").length - 1;
          found.push({
            tokens,
            mentions: mentions.map(({ start, end, type }) => `${at(start)}-${at(end)} ${type}`),
          });
        }
      }
      expect(found).toEqual(parseBio(path, "X"));
    },
  );
});
