/** @file Both of BioC's formats: random documents come back, and real files come back as the same tree. */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonOf, readAs, treeOf, xmlOf } from "../../../test/bioc.ts";
import { hardUnits, randomDocument, withoutCarried } from "../../../test/random-documents.ts";
import { collect } from "../streams.ts";
import { readBiocXml } from "./bioc-xml.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/corpora");

describe("random documents", () => {
  it.each(["xml", "json"] as const)("come back from BioC %s", async (format) => {
    const units = format === "json" ? [...hardUnits, "\uD83E", "\u0000"] : hardUnits;
    const property = fc.asyncProperty(randomDocument({ scores: true, units }), async (document) => {
      const text = format === "xml" ? await xmlOf([document]) : await jsonOf([document]);
      const [back] = await readAs(format, text);
      expect(withoutCarried(back!)).toEqual(document);
      expect(format === "xml" ? await xmlOf([back!]) : await jsonOf([back!])).toBe(text);
    });
    await fc.assert(property, { numRuns: 300, seed: 5 });
  });
});

const shared = join(import.meta.dirname, "../../../../shared/data/corpora");
const files: [path: string, documents: number, mentions: number, parted: number, stated: string[]][] = [
  [join(fixtures, "bc5cdr.two.bioc.xml"), 2, 37, 1, ["2224762"]],
  [
    join(shared, "bc5cdr/sample50.gold.BioC.xml"),
    ...([50, 945, 6] as const),
    // Five shifted documents, and one mention in 11587867.
    ["2224762", "4027862", "8649546", "11587867", "17466854", "19803309"],
  ],
  [
    join(shared, "bc5cdr/sample50.system_output.DNER.BioC.xml"),
    ...([50, 408, 0] as const),
    ["2224762", "4027862", "8649546", "17466854", "19803309"],
  ],
  [join(shared, "aioner-example-fulltext.bioc.xml"), 1, 0, 0, []],
];

describe("the BioC files", () => {
  it.each(files.filter(([path]) => existsSync(path)))(
    "%s come back as the same tree, through JSON too (without the shared ones where ../shared/data is absent)",
    async (path, count, mentions, parted, stated) => {
      const documents = await collect(readBiocXml(createReadStream(path), { file: path }));
      const all = documents.flatMap(({ passages }) => passages.flatMap((one) => one.mentions));
      const parts = all.filter(({ fragments }) => fragments !== undefined);
      expect([documents.length, all.length, parts.length]).toEqual([count, mentions, parted]);
      const differing = documents.filter(({ passages }) =>
        passages.some((one) => one.mentions.some((mention) => mention.stated !== undefined)),
      );
      expect(differing.map(({ id }) => id).sort()).toEqual([...stated].sort());
      const tree = await treeOf(readFileSync(path, "utf8"));
      expect(await treeOf(await xmlOf(documents))).toEqual(tree);
      const throughJson = await readAs("json", await jsonOf(documents), {}, 1 << 20);
      expect(await treeOf(await xmlOf(throughJson))).toEqual(tree);
    },
  );
});
