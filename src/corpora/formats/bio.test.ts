/** @file IOBES, further columns and -DOCSTART- lines, there and back; BioCreative's three files, there and back. */
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import { collect, streamOf } from "../streams.ts";
import { bc2Alternatives, readBc2 } from "./bc2.ts";
import { writeBc2 } from "./bc2-write.ts";
import { readBio } from "./bio.ts";
import { writeBio } from "./bio-write.ts";
import type { BioScheme } from "./bio-write.ts";

const bytes = (text: string): AsyncGenerator<Uint8Array> => streamOf(new TextEncoder().encode(text));
const read = (text: string): Promise<Document[]> => collect(readBio(bytes(text), { file: "x.tsv" }));
const write = async (documents: readonly Document[], scheme?: BioScheme): Promise<string> =>
  (await collect(writeBio(streamOf(...documents), { scheme }))).join("");

const iob2 = "IL-2\tB-Gene\nalpha\tI-Gene\nof\tO\nhIL-4\tB-Gene\nCD4+\tB-Cell\n\n";
const iobes = "IL-2\tB-Gene\nalpha\tE-Gene\nof\tO\nhIL-4\tS-Gene\nCD4+\tS-Cell\n\n";

describe("BIO columns", () => {
  it.each([
    ["IOB2", iob2],
    ["IOBES", iobes],
    ["further columns", "IL-2\tNN\tx\tB-Gene\nof\tIN\ty\tO\n\nnone\tNN\tz\tO\n\n"],
    ["-DOCSTART- lines", `-DOCSTART-\t-X-\tO\n\n${iob2}none\tO\n\n-DOCSTART-\t-X-\tO\n\n${iobes}`],
  ])("give %s back", async (_, text) => {
    expect(await write(await read(text))).toBe(text);
  });

  it("are written in the scheme that is asked for", async () => {
    expect(await write(await read(iob2), "iobes")).toBe(iobes);
    expect(await write(await read(iobes), "iob2")).toBe(iob2);
  });
});

describe("BioCreative II", () => {
  it("gives sentences, answers and alternatives back", async () => {
    const files = {
      "t.in": "S1 IL-2 gene 🧬 x\nS2 none\n",
      "t.GENE.eval": "S1|0 3|IL-2\nS1|0 7|IL-2 gene\n",
      "t.ALTGENE.eval": "S1|4 8|gene 🧬\n",
    };
    const documents = await collect(
      readBc2(bytes(files["t.in"]), {
        file: "t.in",
        eval: bytes(files["t.GENE.eval"]),
        alternatives: bytes(files["t.ALTGENE.eval"]),
      }),
    );
    expect(bc2Alternatives(documents[0]!)).toEqual([{ start: 5, end: 12, type: "Gene" }]);
    expect(bc2Alternatives(documents[1]!)).toEqual([]);
    const written: Record<string, string> = {};
    for await (const { name, text } of writeBc2(streamOf(...documents), { stem: "t" })) {
      written[name] = (written[name] ?? "") + text;
    }
    expect(written).toEqual(files);
  });

  it("refuses alternatives outside of their sentence", async () => {
    const options = { file: "t.in", alternatives: bytes("S1|0 9|x\n"), alternativesFile: "t.ALT" };
    await expect(collect(readBc2(bytes("S1 abc\n"), options))).rejects.toMatchObject({
      file: "t.ALT",
      line: 1,
    });
  });
});
