/** @file The readers of all formats with their seeds → what there is to fuzz: one file of each that is mutated. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { CorpusFormat, FormatReadOptions } from "../../src/corpora/index.ts";
import { readCorpus } from "../../src/corpora/index.ts";
import type { Document } from "../../src/documents/index.ts";
import { parquetFile } from "../parquet-file.ts";
import { tarFile } from "../tar-file.ts";

export interface Target {
  readonly name: string;
  readonly format: CorpusFormat;
  readonly seeds: readonly Buffer[];
  /** How the mutated bytes get into the file that is read; as they are if absent. */
  readonly wrap?: (bytes: Buffer) => Buffer;
  /** The mutated bytes are an option of the reader, and this is its main file. */
  readonly beside?: { readonly main: Buffer; readonly as: "eval" | "alternatives" };
  /** Faults have a line, and not only a file. */
  readonly lines: boolean;
}

function seed(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/corpora/${name}`, import.meta.url));
}

/** A tar archive with one of its files mutated. */
function packed(mutatedName: string, others: readonly string[]): (bytes: Buffer) => Buffer {
  const kept = others.map((name) => [name, seed(`seeds/${name}`)] as const);
  return (bytes) => tarFile([...kept, [mutatedName, bytes]]);
}

const tokens = parquetFile({ id: "text", tokens: { list: "text" }, ner_tags: { list: "text" } }, [
  [{ id: "0", tokens: ["IL", "-2"], ner_tags: ["B-Gene", "I-Gene"] }],
  [{ id: "1", tokens: ["x"], ner_tags: ["O"] }],
]);
const span = {
  struct: { text: { list: "text" }, offsets: { list: { list: "int" } }, type: "text" },
} as const;
const bigbio = parquetFile({ id: "text", passages: { list: span }, entities: { list: span } }, [
  [
    {
      id: "1",
      passages: [{ type: "title", text: ["gout 🧬"], offsets: [[0, 6]] }],
      entities: [{ type: "Disease", text: ["gout"], offsets: [[0, 4]] }],
    },
  ],
]);

const plain = (format: CorpusFormat, ...seeds: readonly string[]): Target => ({
  name: format,
  format,
  seeds: seeds.map(seed),
  lines: true,
});
const bc2 = (as: "eval" | "alternatives", name: string): Target => ({
  name: `bc2 ${as}`,
  format: "bc2",
  seeds: [seed(`seeds/${name}`)],
  beside: { main: seed("seeds/sentences.in"), as },
  lines: true,
});
const inTar = (format: CorpusFormat, name: string, ...others: readonly string[]): Target => ({
  name: `${format} ${name}`,
  format,
  seeds: [seed(`seeds/${name}`)],
  wrap: packed(name, others),
  lines: true,
});
const archive = packed("notes.ann", ["notes.txt", "events.a1", "events.txt", "events.a2"])(
  seed("seeds/notes.ann"),
);
const xmlName = "article.txt.knowtator.xml";

export const targets: readonly Target[] = [
  plain("pubtator", "ncbi-disease.two.pubtator", "seeds/crossing.pubtator"),
  plain("doccano", "seeds/doccano.jsonl"),
  plain("label-studio", "seeds/label-studio.json"),
  plain("spacy", "seeds/displacy.json"),
  plain("jsonl", "seeds/rows.jsonl"),
  plain("bio", "seeds/columns.conll", "seeds/bare.tsv"),
  plain("bioc-xml", "bc5cdr.two.bioc.xml", "seeds/sentences.bioc.xml"),
  plain("bioc-json", "pubtator3.two.bioc.json", "seeds/collection.bioc.json", "seeds/rows.bioc.jsonl"),
  plain("pubmed", "pubmed.xml"),
  plain("marked", "seeds/marked.txt"),
  plain("text", "seeds/notes.txt"),
  plain("bc2", "seeds/sentences.in"),
  bc2("eval", "sentences.GENE.eval"),
  bc2("alternatives", "sentences.ALTGENE.eval"),
  inTar("brat", "notes.ann", "notes.txt"),
  inTar("brat", "notes.txt", "notes.ann"),
  inTar("brat", "events.a2", "events.txt", "events.a1"),
  inTar("knowtator", xmlName, "article.txt"),
  inTar("knowtator", "article.txt", xmlName),
  { name: "brat archive", format: "brat", seeds: [archive], lines: false },
  {
    name: "knowtator archive",
    format: "knowtator",
    seeds: [packed(xmlName, ["article.txt"])(seed(`seeds/${xmlName}`))],
    lines: false,
  },
  { name: "parquet", format: "parquet", seeds: [Buffer.from(tokens), Buffer.from(bigbio)], lines: false },
  { name: "gzip", format: "pubtator", seeds: [gzipSync(seed("ncbi-disease.two.pubtator"))], lines: false },
  {
    // The checksum of a mutated gzip rarely holds: this one comes to the reader.
    name: "gzip inside",
    format: "bioc-xml",
    seeds: [seed("seeds/sentences.bioc.xml")],
    wrap: (bytes) => gzipSync(bytes, { level: 1 }),
    lines: true,
  },
];

/** The file's name as messages have to say it. */
export const fileName = "fuzzed";

/** What the target's reader makes of mutated bytes that come in pieces of a size. */
export function read(target: Target, bytes: Buffer, pieceBytes: number): AsyncGenerator<Document> {
  const { format, beside, wrap } = target;
  const whole = wrap?.(bytes) ?? bytes;
  const options: FormatReadOptions = { file: fileName, type: "Gene", perLine: pieceBytes % 2 === 0 };
  if (beside === undefined) return readCorpus(format, pieces(whole, pieceBytes), options);
  const { main, as } = beside;
  return readCorpus(format, pieces(main, pieceBytes), {
    ...options,
    [as]: pieces(whole, pieceBytes),
    [`${as}File`]: fileName,
  });
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
