/** @file Two corpora → the documents they share, and how many of the second's mentions occur in the first. */
import { createHash } from "node:crypto";
import type { Document } from "../documents/index.ts";
import { documentText, mentionText } from "../documents/index.ts";
import type { Sketch, SketchIndex } from "./overlap-sketch.ts";
import { indexSketches, mostSimilar, sketchOf } from "./overlap-sketch.ts";

/** A document of the second corpus (`b`) and one of the first (`a`), by their ids. */
export interface SharedText {
  readonly a: string;
  readonly b: string;
}

export interface SimilarText extends SharedText {
  /** Share of common word 5-grams, 0..1. */
  readonly similarity: number;
}

export interface SeenMentions {
  /** Mentions in the second corpus. */
  readonly mentions: number;
  /** Of them, those whose lower-cased text is a mention of the same type in the first. */
  readonly surfaceSeen: number;
  /** Of them, those with identifiers, and those of which an identifier occurs with the same type in the first. */
  readonly withIds: number;
  readonly idSeen: number;
}

export interface CorpusOverlap {
  readonly documents: { readonly a: number; readonly b: number };
  /** Ids that both corpora have. */
  readonly sharedIds: readonly string[];
  /** Documents of the second corpus whose text the first has letter for letter, under whatever id. */
  readonly identical: readonly SharedText[];
  /** Other documents of the second whose text is similar to one of the first: the most similar one. */
  readonly similar: readonly SimilarText[];
  readonly all: SeenMentions;
  readonly types: Readonly<Record<string, SeenMentions>>;
}

export interface OverlapOptions {
  /** From which similarity on texts are near-duplicates. */
  readonly threshold?: number | undefined;
}

interface First {
  readonly ids: readonly string[];
  readonly idSet: ReadonlySet<string>;
  readonly idByText: ReadonlyMap<string, string>;
  readonly index: SketchIndex;
  readonly surfaces: ReadonlySet<string>;
  readonly mentionIds: ReadonlySet<string>;
}

type Seen = { -readonly [Key in keyof SeenMentions]: SeenMentions[Key] };

/**
 * Reads the first corpus to its end, then the second. About 1.5 kB are kept for each document of the first, and its
 * different surfaces and identifiers; of the second only what is found.
 */
export async function corpusOverlap(
  a: AsyncIterable<Document>,
  b: AsyncIterable<Document>,
  { threshold = 0.5 }: OverlapOptions = {},
): Promise<CorpusOverlap> {
  const first = await readFirst(a);
  const sharedIds = new Set<string>();
  const identical: SharedText[] = [];
  const similar: SimilarText[] = [];
  const all = newSeen();
  const types = new Map<string, Seen>();
  let documents = 0;
  for await (const document of b) {
    documents++;
    if (first.idSet.has(document.id)) sharedIds.add(document.id);
    const match = textMatch(document, first, threshold);
    if (match?.similarity === undefined) identical.push(...(match === undefined ? [] : [match]));
    else similar.push({ ...match, similarity: match.similarity });
    countSeen(document, first, all, types);
  }
  const named = [...types].sort(([x], [y]) => (x < y ? -1 : 1));
  return {
    documents: { a: first.ids.length, b: documents },
    sharedIds: [...sharedIds],
    identical,
    similar,
    all,
    types: Object.fromEntries(named),
  };
}

/** Whether the two have a document in common, under one id or with (nearly) one text. */
export function sharesDocuments({ sharedIds, identical, similar }: CorpusOverlap): boolean {
  return sharedIds.length + identical.length + similar.length > 0;
}

/** Blank documents are like nothing. An identical text has no `similarity`. */
function textMatch(
  document: Document,
  { ids, idByText, index }: First,
  threshold: number,
): (SharedText & { readonly similarity?: number }) | undefined {
  const text = documentText(document);
  if (text.trim() === "") return undefined;
  const a = idByText.get(hashOf(text));
  if (a !== undefined) return { a, b: document.id };
  const match = mostSimilar(index, sketchOf(text), threshold);
  if (match === undefined) return undefined;
  return { a: ids[match.number]!, b: document.id, similarity: match.similarity };
}

async function readFirst(documents: AsyncIterable<Document>): Promise<First> {
  const ids: string[] = [];
  const idByText = new Map<string, string>();
  const sketches: Sketch[] = [];
  const surfaces = new Set<string>();
  const mentionIds = new Set<string>();
  for await (const document of documents) {
    const text = documentText(document);
    ids.push(document.id);
    idByText.set(hashOf(text), document.id);
    sketches.push(sketchOf(text));
    for (const keys of keysOf(document)) {
      surfaces.add(keys.surface);
      for (const id of keys.ids) mentionIds.add(id);
    }
  }
  return { ids, idSet: new Set(ids), idByText, index: indexSketches(sketches), surfaces, mentionIds };
}

function newSeen(): Seen {
  return { mentions: 0, surfaceSeen: 0, withIds: 0, idSeen: 0 };
}

function countSeen(document: Document, first: First, all: Seen, types: Map<string, Seen>): void {
  for (const { type, surface, ids } of keysOf(document)) {
    const own = types.get(type) ?? newSeen();
    types.set(type, own);
    for (const seen of [all, own]) {
      seen.mentions++;
      if (first.surfaces.has(surface)) seen.surfaceSeen++;
      if (ids.length > 0) seen.withIds++;
      if (ids.some((id) => first.mentionIds.has(id))) seen.idSeen++;
    }
  }
}

/** What a mention is recognised by: its text and identifiers, each with the type. */
function* keysOf({ passages }: Document) {
  for (const { text, mentions } of passages) {
    for (const mention of mentions) {
      const { type, ids = [] } = mention;
      const surface = `${type}\t${mentionText(text, mention).toLowerCase()}`;
      // "-" and "-1" are how corpora write that there is no identifier.
      const known = ids.filter((id) => !/^(?:-1?)?$/.test(id));
      yield { type, surface, ids: known.map((id) => `${type}\t${id}`) };
    }
  }
}

function hashOf(text: string): string {
  return createHash("sha1").update(text).digest("base64url").slice(0, 16);
}
