/** @file A model with label heads → a Tagger: all types in one pass, mentions made consistent within a document. */
import type { Document, Mention, Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { readAhead } from "../shared/read-ahead.ts";
import type { ModelFolder, NeriumFile } from "../models/model-folder.ts";
import { calibrated } from "./calibration.ts";
import { consistentMentions, type FoundPassage } from "./consistency.ts";
import { decodeMentions, spanSupport } from "./label-decoding.ts";
import {
  type LabelNetwork,
  type LabelNetworkOptions,
  openLabelNetwork,
  type ReadPassage,
} from "./label-network.ts";
import { modelFingerprint } from "./model-fingerprint.ts";
import { NameIndex } from "./name-index.ts";
import { pooledMentions } from "./pooled-scores.ts";
import type { Tagger, TagOptions } from "./types.ts";

export interface LabelTaggerOptions extends LabelNetworkOptions {
  /** Documents that are read before the first of them is tagged, so that batches hold texts of like length. */
  readonly documentsAtOnce?: number;
}

export async function openLabelTagger(model: ModelFolder, options: LabelTaggerOptions): Promise<Tagger> {
  const { documentsAtOnce = 64, name, precision = "float32" } = options;
  const { nerium } = model;
  const network = await openLabelNetwork(model, options);
  const fingerprint = `${modelFingerprint(model)} ${precision}`; // now, so that the weights need not be kept for it
  return {
    info: { model: name, types: nerium.types, precision },
    lanes: network.lanes,
    resumption: { documentsAtOnce, fingerprint },
    async *tag(documents, tagOptions = {}) {
      const { signal } = tagOptions;
      checkTypes(nerium.types, tagOptions);
      const groups = readGroups(network, grouped(documents, documentsAtOnce, signal));
      for await (const { group, reading } of readAhead(groups, groupsAhead, signal)) {
        const read = await reading;
        for (const [index, document] of group.entries()) {
          signal?.throwIfAborted();
          yield tagged(nerium, document, read[index]!, tagOptions);
        }
      }
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

function checkTypes(known: readonly string[], { types = [] }: TagOptions): void {
  const unknown = types.find((type) => !known.includes(type));
  if (unknown === undefined) return;
  throw new NeriumError("USAGE", `the model has no type "${unknown}"; it has ${known.join(", ")}`);
}

/** While one group is decoded and written, the sessions have the next, and the one after it is ready for them. */
const groupsAhead = 2;

interface Group {
  readonly group: readonly Document[];
  readonly reading: Promise<ReadPassage[][]>;
}

async function* readGroups(
  network: LabelNetwork,
  groups: AsyncIterable<readonly Document[]>,
): AsyncGenerator<Group> {
  for await (const group of groups) {
    const reading = network.read(group);
    reading.catch(() => {}); // it is awaited in its turn, or by nobody if an earlier one fails
    yield { group, reading };
  }
}

async function* grouped<T>(
  items: AsyncIterable<T>,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    signal?.throwIfAborted();
    if (group.push(item) < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

export type TaggingSettings = Pick<
  NeriumFile,
  "types" | "tagged" | "consistency" | "pooled" | "calibration" | "thresholds"
>;

/**
 * The mentions of a document's passages, of the wanted types: the same ones whatever else is wanted. A span has one of the
 * types that are tagged by default; the others follow guidelines of their own and mark what they mark. Mentions with a score
 * below `threshold`, or else below the model's own threshold of their type, are left out.
 */
export function documentMentions(
  settings: TaggingSettings,
  read: readonly ReadPassage[],
  wanted: readonly string[],
  threshold?: number,
): Mention[][] {
  const least = (type: string): number => threshold ?? settings.thresholds?.[type] ?? 0;
  const further = wanted.filter((type) => !settings.tagged.includes(type));
  const index = nameIndexOf(read);
  const found = new Map(
    [...settings.tagged, ...further].map((type) => [type, mentionsOf(type, settings, read, index)]),
  );
  const of = (types: readonly string[], passage: number): Mention[] =>
    types.flatMap((type) => found.get(type)![passage]!);
  return read.map((_, passage) =>
    [...oneTypeEach(of(settings.tagged, passage)), ...of(further, passage)]
      .filter(({ type, score }) => wanted.includes(type) && score! >= least(type))
      .sort((a, b) => a.start - b.start || b.end - a.end),
  );
}

/** Of each passage the mentions of one type, consistent within the document, with scores as probabilities. */
export function mentionsOf(
  type: string,
  { types, consistency, pooled, calibration }: TaggingSettings,
  read: readonly ReadPassage[],
  index: NameIndex = nameIndexOf(read),
): Mention[][] {
  const head = types.indexOf(type);
  const found = read.map(({ encoding, probabilities }) => ({
    text: encoding.text,
    mentions: decodeMentions(encoding, probabilities, head, type),
    support: (start: number, end: number) => spanSupport(encoding, probabilities, head, [start, end]),
  }));
  const [rules, curve] = [consistency?.[type], calibration?.[type]];
  const named =
    rules === undefined
      ? found.map(({ mentions }) => mentions)
      : consistentMentions(found, index, type, rules);
  const all = pooled?.includes(type) === true ? pooledMentions(withMentions(found, named), index) : named;
  if (curve === undefined) return all;
  return all.map((mentions) =>
    mentions.map((mention) => ({ ...mention, score: calibrated(mention.score!, curve) })),
  );
}

const nameIndexOf = (read: readonly ReadPassage[]): NameIndex =>
  new NameIndex(read.map(({ encoding }) => encoding.text));

function withMentions(
  passages: readonly FoundPassage[],
  all: readonly (readonly Mention[])[],
): FoundPassage[] {
  return passages.map((passage, at) => ({ ...passage, mentions: all[at]! }));
}

/** Of mentions of the same span the most probable: heads decide alone, and a name is rarely two things at once. */
function oneTypeEach(mentions: readonly Mention[]): Mention[] {
  const best = new Map<string, Mention>();
  for (const mention of mentions) {
    const key = `${mention.start} ${mention.end}`;
    const other = best.get(key);
    if (other === undefined || other.score! < mention.score!) best.set(key, mention);
  }
  return [...best.values()];
}

/** Only what is predicted goes out: neither gold mentions nor lines that the source format carried along. */
function tagged(
  settings: TaggingSettings,
  document: Document,
  read: readonly ReadPassage[],
  { types = settings.tagged, threshold }: TagOptions,
): Document {
  const mentions = documentMentions(settings, read, [...new Set(types)], threshold);
  const passages = document.passages.map(({ text, kind }, index): Passage => {
    return { text, ...(kind !== undefined && { kind }), mentions: mentions[index]! };
  });
  const { id, separator } = document;
  return { id, ...(separator !== undefined && { separator }), passages };
}
