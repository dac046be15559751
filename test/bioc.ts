/** @file BioC text ↔ documents in one call, and a file's tree, for tests of both of BioC's formats. */
import type { Document } from "../src/documents/index.ts";
import { readBiocJson } from "../src/corpora/formats/bioc-json.ts";
import { writeBiocJson } from "../src/corpora/formats/bioc-json-write.ts";
import type { BiocJsonWriteOptions } from "../src/corpora/formats/bioc-json-write.ts";
import type { BiocReadOptions } from "../src/corpora/formats/bioc-read.ts";
import { readBiocXml } from "../src/corpora/formats/bioc-xml.ts";
import { writeBiocXml } from "../src/corpora/formats/bioc-xml-write.ts";
import type { CorpusIssue } from "../src/corpora/issues.ts";
import { collect, streamOf } from "../src/corpora/streams.ts";
import { readXml } from "../src/corpora/xml.ts";
import type { XmlHandler } from "../src/corpora/xml.ts";

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export async function readAs(
  format: "xml" | "json",
  text: string,
  options: Partial<BiocReadOptions> = {},
  size = 1000,
) {
  const read = format === "xml" ? readBiocXml : readBiocJson;
  const documents: Document[] = await collect(read(cut(text, size), { file: `x.${format}`, ...options }));
  return documents;
}

export async function xmlOf(documents: readonly Document[], issues: CorpusIssue[] = []): Promise<string> {
  const chunks = writeBiocXml(streamOf(...documents), { onIssue: (issue) => issues.push(issue) });
  return (await collect(chunks)).join("");
}

export async function jsonOf(
  documents: readonly Document[],
  options: BiocJsonWriteOptions = {},
): Promise<string> {
  return (await collect(writeBiocJson(streamOf(...documents), options))).join("");
}

/** A file as nested lists without white space between elements, to compare what two files say. */
export async function treeOf(xml: string): Promise<unknown> {
  type Node = [name: string, attributes: object, text: string, children: Node[]];
  const stack: Node[] = [["", {}, "", []]];
  const handler: XmlHandler<never> = {
    open: (name, attributes) => stack.push([name, { ...attributes }, "", []]),
    text: (text) => (stack.at(-1)![2] += text),
    close: () => {
      const node = stack.pop()!;
      if (node[3].length > 0) node[2] = "";
      stack.at(-1)![3].push(node);
    },
    take: () => [],
  };
  await collect(readXml(cut(xml, 1 << 20), { file: "tree" }, () => handler));
  return stack[0]![3];
}
