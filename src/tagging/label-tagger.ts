/** @file A model with label heads → a Tagger: all types in one pass, mentions made consistent within a document. */
import type { Document, Mention, Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { ModelFolder, NeriumFile } from "../models/model-folder.ts";
import { consistentMentions } from "./consistency.ts";
import { decodeMentions, spanSupport } from "./label-decoding.ts";
import { type LabelNetworkOptions, openLabelNetwork, type ReadPassage } from "./label-network.ts";
import type { Tagger, TagOptions } from "./types.ts";

export interface LabelTaggerOptions extends LabelNetworkOptions {
  /** Documents that are read before the first of them is tagged, so that batches hold texts of like length. */
  readonly documentsAtOnce?: number;
}

export async function openLabelTagger(model: ModelFolder, options: LabelTaggerOptions): Promise<Tagger> {
  const { documentsAtOnce = 64, name } = options;
  const { nerium } = model;
  const network = await openLabelNetwork(model, options);
  return {
    info: { model: name, types: nerium.types },
    async *tag(documents, tagOptions = {}) {
      checkTypes(nerium.types, tagOptions);
      for await (const group of grouped(documents, documentsAtOnce)) {
        const read = await network.read(group);
        for (const [index, document] of group.entries())
          yield withMentions(nerium, document, read[index]!, tagOptions);
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

async function* grouped<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    if (group.push(item) < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

type Settings = Pick<NeriumFile, "types" | "tagged" | "consistency">;

/** The mentions of a document's passages, of the wanted types: the same ones whatever else is wanted. */
export function documentMentions(
  { types, tagged, consistency }: Settings,
  read: readonly ReadPassage[],
  wanted: readonly string[],
): Mention[][] {
  const decided = [...new Set([...tagged, ...wanted])];
  const found = read.map(({ encoding, probabilities }) => ({
    text: encoding.text,
    mentions: decided.flatMap((type) => decodeMentions(encoding, probabilities, types.indexOf(type), type)),
    support: (start: number, end: number, type: string) =>
      spanSupport(encoding, probabilities, types.indexOf(type), [start, end]),
  }));
  const all =
    consistency === undefined
      ? found.map(({ mentions }) => mentions)
      : consistentMentions(found, consistency);
  return all.map((mentions) =>
    oneTypeEach(mentions)
      .filter(({ type }) => wanted.includes(type))
      .sort((a, b) => a.start - b.start || b.end - a.end),
  );
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
function withMentions(
  settings: Settings,
  document: Document,
  read: readonly ReadPassage[],
  { types = settings.tagged, threshold = 0 }: TagOptions,
): Document {
  const mentions = documentMentions(settings, read, [...new Set(types)]);
  const passages = document.passages.map(({ text, kind }, index): Passage => {
    const kept = mentions[index]!.filter(({ score }) => score! >= threshold);
    return { text, ...(kind !== undefined && { kind }), mentions: kept };
  });
  const { id, separator } = document;
  return { id, ...(separator !== undefined && { separator }), passages };
}
