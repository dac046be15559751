/** @file A model with label heads → a Tagger: all types in one pass, long texts in overlapping windows. */
import type { Document, Mention, Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import { attentionMaskData } from "../models/attention-mask.ts";
import { taggingGraph, tokenClassifierParameters } from "../models/token-classifier.ts";
import { floats, type GraphSession, ints64, type Runtime, type Tensors } from "../runtime/types.ts";
import { batchByLength, type Encoding, openTokenizer, type Tokenizer, windows } from "../tokens/index.ts";
import { decodeMentions } from "./label-decoding.ts";
import type { Tagger, TagOptions } from "./types.ts";

export interface LabelTaggerOptions {
  readonly runtime: Runtime;
  /** What a person calls the model. */
  readonly name: string;
  readonly threads?: number;
  /** Most tokens (rows × longest row) in one run of the network. */
  readonly batchTokens?: number;
  /** Documents that are read before the first of them is tagged, so that batches hold texts of like length. */
  readonly documentsAtOnce?: number;
}

interface Network {
  readonly model: ModelFolder;
  readonly tokenizer: Tokenizer;
  readonly session: GraphSession;
  readonly batchTokens: number;
}

/** A document's passages in one row of tokens, with a separator between two of them. */
interface EncodedDocument {
  readonly encodings: readonly Encoding[];
  readonly ids: Int32Array;
  /** [tokens, types, 3], filled window by window. */
  readonly probabilities: Float32Array;
}

interface Piece {
  readonly document: EncodedDocument;
  readonly start: number;
  readonly end: number;
  readonly keepStart: number;
  readonly keepEnd: number;
}

export async function openLabelTagger(model: ModelFolder, options: LabelTaggerOptions): Promise<Tagger> {
  const { runtime, name, threads = 0, batchTokens = 4096, documentsAtOnce = 64 } = options;
  const { config, nerium, parameters } = model;
  if (nerium.task !== "labels") {
    const problem = `the model was trained for "${nerium.task}" and has no label heads; train it with task: labels`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: name });
  }
  const held: Tensors = Object.fromEntries(
    tokenClassifierParameters(config, nerium.types).map((shape) => [
      shape.name,
      floats(parameters.get(shape.name)!, shape.shape),
    ]),
  );
  const tokenizer = openTokenizer(model.tokenizer);
  checkTokenizer(tokenizer, config.vocabularySize, name);
  // Positions beyond the window never occur, and a model may promise millions of them.
  const graph = taggingGraph({ ...config, maximumLength: nerium.window.size }, nerium.types);
  const session = await runtime.open(graph, { threads, held });
  const network: Network = { model, tokenizer, session, batchTokens };
  return {
    info: { model: name, types: nerium.types },
    async *tag(documents, tagOptions = {}) {
      checkTypes(nerium.types, tagOptions);
      for await (const group of grouped(documents, documentsAtOnce)) {
        yield* await tagGroup(network, group, tagOptions);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function checkTokenizer({ vocabularySize, specials }: Tokenizer, embedded: number, name: string): void {
  if (vocabularySize <= embedded && specials.pad >= 0 && specials.separator >= 0) return;
  const problem = `expected a tokenizer of at most ${embedded} tokens with <pad> and <sep>, got ${vocabularySize} tokens`;
  throw new NeriumError("MODEL_FORMAT", `${problem}; is tokenizer.json from another model?`, { file: name });
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

async function tagGroup(
  network: Network,
  documents: readonly Document[],
  options: TagOptions,
): Promise<Document[]> {
  const encoded: EncodedDocument[] = [];
  for (const document of documents) encoded.push(await encode(network, document));
  const { window } = network.model.nerium;
  const pieces = encoded.flatMap((document) =>
    windows(document.ids.length, window).map((place): Piece => ({ document, ...place })),
  );
  const lengths = pieces.map(({ start, end }) => end - start);
  for (const batch of batchByLength(lengths, { tokenBudget: network.batchTokens })) {
    await runBatch(
      network,
      batch.map((index) => pieces[index]!),
    );
  }
  return documents.map((document, index) => withMentions(network, document, encoded[index]!, options));
}

async function encode({ tokenizer, model }: Network, document: Document): Promise<EncodedDocument> {
  const encodings = await tokenizer.encodeBatch(document.passages.map(({ text }) => text));
  const length = encodings.reduce((total, { ids }) => total + ids.length + 1, -1);
  const ids = new Int32Array(Math.max(0, length)).fill(tokenizer.specials.separator);
  let offset = 0;
  for (const encoding of encodings) {
    ids.set(encoding.ids, offset);
    offset += encoding.ids.length + 1;
  }
  return { encodings, ids, probabilities: new Float32Array(ids.length * model.nerium.types.length * 3) };
}

/** One run of the network over windows of like length; each window's kept tokens get their probabilities. */
async function runBatch({ model, tokenizer, session }: Network, pieces: readonly Piece[]): Promise<void> {
  const rows = pieces.length;
  const lengths = pieces.map(({ start, end }) => end - start);
  const time = Math.max(...lengths);
  const ids = new Int32Array(rows * time).fill(tokenizer.specials.pad);
  pieces.forEach(({ document, start, end }, row) => ids.set(document.ids.subarray(start, end), row * time));
  const { data, shape } = attentionMaskData(lengths, time, model.config);
  const [output] = await session.run({ ids: ints64(ids, [rows, time]), mask: floats(data, shape) });
  const values = output!.data as Float32Array;
  const perToken = model.nerium.types.length * 3;
  pieces.forEach(({ document, start, keepStart, keepEnd }, row) => {
    const from = (row * time + keepStart - start) * perToken;
    const kept = values.subarray(from, from + (keepEnd - keepStart) * perToken);
    document.probabilities.set(kept, keepStart * perToken);
  });
}

/** Only what is predicted goes out: neither gold mentions nor lines that the source format carried along. */
function withMentions(
  network: Network,
  document: Document,
  encoded: EncodedDocument,
  options: TagOptions,
): Document {
  const { types, tagged } = network.model.nerium;
  const { threshold = 0 } = options;
  const wanted = [...new Set(options.types ?? tagged)];
  const perToken = types.length * 3;
  let offset = 0;
  const passages = document.passages.map(({ text, kind }, index): Passage => {
    const encoding = encoded.encodings[index]!;
    const end = offset + encoding.ids.length;
    const values = encoded.probabilities.subarray(offset * perToken, end * perToken);
    offset = end + 1;
    const mentions = wanted
      .flatMap((type): Mention[] =>
        decodeMentions(encoding, { values, heads: types.length }, types.indexOf(type), type),
      )
      .filter(({ score }) => score! >= threshold)
      .sort((a, b) => a.start - b.start || b.end - a.end);
    return { text, ...(kind !== undefined && { kind }), mentions };
  });
  const { id, separator } = document;
  return { id, ...(separator !== undefined && { separator }), passages };
}
