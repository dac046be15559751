/** @file IOBES, further columns and -DOCSTART- lines, there and back; BioCreative's three files, there and back. */
import { describe, expect, it } from "vitest";
import type { Document } from "../../documents/index.ts";
import { collect, streamOf } from "../streams.ts";
import { bc2Alternatives, readBc2 } from "./bc2.ts";
import { writeBc2 } from "./bc2-write.ts";
import { readBio } from "./bio.ts";
import { writeBio } from "./bio-write.ts";
import type { BioWriteOptions } from "./bio-write.ts";

const bytes = (text: string): AsyncGenerator<Uint8Array> => streamOf(new TextEncoder().encode(text));
const read = (text: string): Promise<Document[]> => collect(readBio(bytes(text), { file: "x.tsv" }));
const write = async (documents: readonly Document[], options: BioWriteOptions = {}): Promise<string> =>
  (await collect(writeBio(streamOf(...documents), options))).join("");

const iob2 = "IL-2\tB-Gene\nalpha\tI-Gene\nof\tO\nhIL-4\tB-Gene\nCD4+\tB-Cell\n\n";
const iobes = "IL-2\tB-Gene\nalpha\tE-Gene\nof\tO\nhIL-4\tS-Gene\nCD4+\tS-Cell\n\n";

describe("BIO columns", () => {
  it.each([
    ["IOB2", iob2],
    ["IOBES", iobes],
    ["further columns", "IL-2\tNN\tx\tB-Gene\nof\tIN\ty\tO\n\nnone\tNN\tz\tO\n\n"],
    ["-DOCSTART- lines", `-DOCSTART-\t-X-\tO\n\n${iob2}none\tO\n\n-DOCSTART-\t-X-\tO\n\n${iobes}`],
    ["JNLPBA's lines with a PubMed id", `###MEDLINE:95\n\n${iob2}none\tO\n\n###MEDLINE:96\n\n${iob2}`],
  ])("give %s back", async (_, text) => {
    expect(await write(await read(text))).toBe(text);
  });

  it("are written in the scheme that is asked for", async () => {
    expect(await write(await read(iob2), { scheme: "iobes" })).toBe(iobes);
    expect(await write(await read(iobes), { scheme: "iob2" })).toBe(iob2);
  });

  it("keep their tokens, and give them back after another format if told to divide at spaces", async () => {
    const documents = await read(iob2);
    const elsewhere = documents.map(({ id, passages }): Document => ({ id, passages }));
    expect(await write(documents)).toBe(iob2);
    expect(await write(elsewhere, { tokens: "spaces" })).toBe(iob2);
    expect(await write(elsewhere)).toMatch(/^IL\tB-Gene\n-\tI-Gene\n2\tI-Gene\nalpha\tI-Gene\n/);
    expect(await write(documents, { tokens: "words" })).toBe(await write(elsewhere));
    const lines: Document = { id: "1", passages: [{ text: "a\tb\u00A0c\nd", mentions: [] }] };
    expect(await write([lines], { tokens: "spaces" })).toBe("a\tO\nb\u00A0c\tO\nd\tO\n\n");
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
