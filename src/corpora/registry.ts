/**
 * @file The list of corpus formats: what each is called, how it is recognised, what it can hold, who reads and writes
 * it. Readers and writers are loaded when they are used. A new format is one file (or two) in `formats/` and one entry.
 */
import type { Document } from "../documents/index.ts";
import type { Bc2Options } from "./formats/bc2.ts";
import type { BioScheme, BioTokens } from "./formats/bio-write.ts";
import type { JsonlWriteOptions } from "./formats/jsonl-write.ts";
import type { FileChunk, ReadOptions } from "./issues.ts";
import { firstKeys } from "./json-start.ts";

/** All that any reader may be told; each takes what is its own. */
export interface FormatReadOptions extends Bc2Options {
  /** Text: one document a line. */
  readonly perLine?: boolean | undefined;
  /** BIO: the type of bare labels; marked lines: the type of `<mark>`. */
  readonly type?: string | undefined;
}

/** All that any writer may be told; each takes what is its own. */
export interface FormatWriteOptions extends JsonlWriteOptions {
  /** BIO: how labels say where a mention begins and ends. */
  readonly scheme?: BioScheme | undefined;
  /** BIO: what a text is divided into. */
  readonly tokens?: BioTokens | undefined;
  /** Marked lines: the type that is written as `<mark>`. */
  readonly type?: string | undefined;
  /** Formats of several files: what they are called. */
  readonly stem?: string | undefined;
}

export type FormatReader = (
  source: AsyncIterable<Uint8Array>,
  options: FormatReadOptions,
) => AsyncIterable<Document>;
/** Reads what stands at `options.file`: a folder, an archive, a file whose partners stand beside it. */
export type PathReader = (options: ReadOptions) => AsyncIterable<Document>;
export type FormatWriter = (
  documents: AsyncIterable<Document>,
  options: FormatWriteOptions,
) => AsyncIterable<string>;
export type FilesWriter = (
  documents: AsyncIterable<Document>,
  options: FormatWriteOptions,
) => AsyncIterable<FileChunk>;

/** What comes back unchanged when documents are written and read again; the losses of all else are reported. */
export interface Holds {
  readonly discontinuous?: true;
  /** Mentions of which one lies within the other. */
  readonly nested?: true;
  /** Mentions that overlap in any way. */
  readonly crossing?: true;
  /** Mentions that begin or end within a word. */
  readonly anyPlace?: true;
  readonly types?: true;
  readonly ids?: true | "first";
  readonly scores?: true;
  readonly documentIds?: true;
  /** Several passages, their borders and kinds; "title and abstract" where there are exactly these. */
  readonly passages?: true | "title and abstract";
  /** Line breaks and runs of spaces. */
  readonly whiteSpace?: true | "no line breaks";
  /** What formats carry for each other: relations, events, unknown keys. */
  readonly carried?: true;
}

export interface FormatEntry {
  /** Without the first dot, the main one first; `.gz` may follow. Several formats may share one: then `sniff` decides. */
  readonly suffixes: readonly string[];
  /** Whether a file that begins with this text is of this format. */
  readonly sniff?: (start: string) => boolean;
  readonly read: () => Promise<FormatReader>;
  readonly readPath?: () => Promise<PathReader>;
  /** A folder of such files is one corpus. */
  readonly folders?: true;
  readonly write?: () => Promise<FormatWriter>;
  readonly writeFiles?: () => Promise<FilesWriter>;
  readonly holds: Holds;
}

const spans = { nested: true, crossing: true, anyPlace: true, types: true } as const;

const bioc = {
  ...spans,
  discontinuous: true,
  ids: true,
  scores: true,
  documentIds: true,
  passages: true,
  whiteSpace: true,
} as const;

/** In the order in which a file of unknown name is tried. */
export const formats = {
  pubtator: {
    suffixes: ["pubtator", "pubtator.txt", "txt"],
    sniff: (start) => /^[^|\t\n]+\|t\|/.test(start),
    read: async () => (await import("./formats/pubtator.ts")).readPubTator,
    write: async () => (await import("./formats/pubtator-write.ts")).writePubTator,
    holds: {
      ...spans,
      ids: true,
      documentIds: true,
      passages: "title and abstract",
      whiteSpace: "no line breaks",
    },
  },
  doccano: {
    suffixes: ["doccano.jsonl", "jsonl", "json"],
    sniff: (start) =>
      /^[[{]/.test(start) &&
      /"labels?"\s*:\s*\[\s*\[\s*\d|"label"\s*:\s*\[\s*\]|"start_offset"\s*:/.test(start),
    read: async () => (await import("./formats/doccano.ts")).readDoccano,
    write: async () => (await import("./formats/doccano.ts")).writeDoccano,
    holds: { ...spans, documentIds: true, whiteSpace: true },
  },
  "label-studio": {
    suffixes: ["label-studio.json", "json"],
    sniff: (start) => firstKeys(start).has("data"),
    read: async () => (await import("./formats/label-studio.ts")).readLabelStudio,
    write: async () => (await import("./formats/label-studio-write.ts")).writeLabelStudio,
    holds: { ...spans, ids: true, scores: true, documentIds: true, whiteSpace: true },
  },
  spacy: {
    suffixes: ["spacy.json", "spacy.jsonl", "jsonl", "json"],
    sniff: (start) => {
      if (/^(?:\[\s*)?\[\s*"|^[[{][^]*?(?:"ents"\s*:|"entities"\s*:\s*\[\s*\[)/.test(start)) return true;
      const keys = firstKeys(start);
      return keys.has("text") && keys.has("spans") && !keys.has("entities");
    },
    read: async () => (await import("./formats/spacy.ts")).readSpacy,
    write: async () => (await import("./formats/spacy.ts")).writeSpacy,
    holds: { ...spans, ids: "first", documentIds: true, whiteSpace: true },
  },
  "bioc-json": {
    suffixes: ["bioc.json", "bioc.jsonl", "biocjson", "json", "jsonl", "txt"],
    sniff: (start) => {
      const keys = firstKeys(start);
      return !keys.has("text") && ["PubTator3", "documents", "passages"].some((key) => keys.has(key));
    },
    read: async () => (await import("./formats/bioc-json.ts")).readBiocJson,
    write: async () => (await import("./formats/bioc-json-write.ts")).writeBiocJson,
    holds: bioc,
  },
  jsonl: {
    suffixes: ["jsonl", "ndjson", "txt"],
    sniff: (start) => /^\{\s*"/.test(start),
    read: async () => (await import("./formats/jsonl.ts")).readJsonl,
    write: async () => (await import("./formats/jsonl-write.ts")).writeJsonl,
    holds: { ...bioc, carried: true },
  },
  bio: {
    suffixes: ["tsv", "bio", "iob", "iob2", "iobes", "conll", "txt"],
    // Two lines where columns are divided by spaces: a text may begin with "Vitamin B-12".
    sniff: (start) =>
      /^(?:-DOCSTART-|###MEDLINE:\d+\s|\S+\t(?:O|[BIES](?:-\S+)?)\r?\n|(?:\S+(?:[ \t]+\S+){0,8}?[ \t]+(?:O|[BIES]-\S+)\s*\n){2})/.test(
        start,
      ),
    read: async () => (await import("./formats/bio.ts")).readBio,
    write: async () => (await import("./formats/bio-write.ts")).writeBio,
    holds: { types: true },
  },
  brat: {
    suffixes: ["ann", "a1", "a2", "brat.tar", "tar"],
    read: async () => (await import("./formats/brat-files.ts")).readBrat,
    readPath: async () => (await import("./formats/brat-files.ts")).readBratPath,
    folders: true,
    writeFiles: async () => (await import("./formats/brat-chunks.ts")).writeBratChunks,
    holds: {
      ...spans,
      discontinuous: true,
      ids: true,
      documentIds: true,
      whiteSpace: true,
    },
  },
  "bioc-xml": {
    suffixes: ["bioc.xml", "xml"],
    sniff: (start) => /<!DOCTYPE collection|<collection[\s>]/.test(start),
    read: async () => (await import("./formats/bioc-xml.ts")).readBiocXml,
    write: async () => (await import("./formats/bioc-xml-write.ts")).writeBiocXml,
    holds: bioc,
  },
  knowtator: {
    suffixes: ["knowtator.xml", "knowtator.tar"],
    sniff: (start) => /<annotations\s+textSource=/.test(start),
    read: async () => (await import("./formats/knowtator-files.ts")).readKnowtator,
    readPath: async () => (await import("./formats/knowtator-files.ts")).readKnowtatorPath,
    folders: true,
    holds: {},
  },
  pubmed: {
    suffixes: ["pubmed.xml", "xml"],
    sniff: (start) => /<PubmedArticle|<PubmedBook/.test(start),
    read: async () => (await import("./formats/pubmed.ts")).readPubmed,
    holds: {},
  },
  bc2: {
    suffixes: ["in"],
    read: async () => (await import("./formats/bc2.ts")).readBc2,
    writeFiles: async () => (await import("./formats/bc2-write.ts")).writeBc2,
    holds: {
      nested: true,
      crossing: true,
      anyPlace: true,
      documentIds: true,
      whiteSpace: "no line breaks",
    },
  },
  parquet: {
    suffixes: ["parquet"],
    sniff: (start) => start.startsWith("PAR1"),
    read: async () => (await import("./formats/parquet.ts")).readParquet,
    readPath: async () => (await import("./formats/parquet.ts")).readParquetPath,
    holds: {},
  },
  marked: {
    suffixes: ["marked", "marked.txt", "txt"],
    sniff: (start) => /<(mark|span)(?: class="[^"<>\n]*")?>[^\n]*<\/\1>/.test(start),
    read: async () => (await import("./formats/marked.ts")).readMarked,
    write: async () => (await import("./formats/marked-write.ts")).writeMarked,
    holds: { nested: true, anyPlace: true, types: true, whiteSpace: "no line breaks" },
  },
  text: {
    suffixes: ["txt", "text"],
    read: async () => (await import("./formats/text.ts")).readText,
    write: async () => (await import("./formats/text-write.ts")).writeText,
    holds: { whiteSpace: "no line breaks" },
  },
} as const satisfies Readonly<Record<string, FormatEntry>>;

export type CorpusFormat = keyof typeof formats;
/** Formats that are written as one stream of text. */
export type WritableFormat = {
  [Name in CorpusFormat]: (typeof formats)[Name] extends { readonly write: unknown } ? Name : never;
}[CorpusFormat];
/** Formats that are written at all: as one stream, or as several files. */
export type TargetFormat =
  | WritableFormat
  | {
      [Name in CorpusFormat]: (typeof formats)[Name] extends { readonly writeFiles: unknown } ? Name : never;
    }[CorpusFormat];

/** The list's names, in its order. */
export const corpusFormats = Object.keys(formats) as readonly CorpusFormat[];
export const writableFormats = corpusFormats.filter(isWritable);
export const targetFormats = corpusFormats.filter(isTarget);

/** An entry without its literal types. */
export function formatEntry(format: CorpusFormat): FormatEntry {
  return formats[format];
}

export function isWritable(format: CorpusFormat): format is WritableFormat {
  return formatEntry(format).write !== undefined;
}

export function isTarget(format: CorpusFormat): format is TargetFormat {
  return isWritable(format) || formatEntry(format).writeFiles !== undefined;
}
