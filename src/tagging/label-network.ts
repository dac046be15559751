/** @file Documents → the probabilities of O, B and I for each of their tokens and types; long texts in windows, in batches. */
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { attentionMaskData } from "../models/attention-mask.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import { taggingGraph, tokenClassifierParameters } from "../models/token-classifier.ts";
import { floats, type GraphSession, ints64, type Runtime, type Tensors } from "../runtime/types.ts";
import { batchByLength, type Encoding, openTokenizer, type Tokenizer, windows } from "../tokens/index.ts";
import type { LabelProbabilities } from "./label-decoding.ts";

export interface LabelNetworkOptions {
  readonly runtime: Runtime;
  /** What a person calls the model. */
  readonly name: string;
  readonly threads?: number;
  /** Most tokens (rows × longest row) in one run of the network. */
  readonly batchTokens?: number;
}

/** A passage's tokens with their probabilities. */
export interface ReadPassage {
  readonly encoding: Encoding;
  readonly probabilities: LabelProbabilities;
}

export interface LabelNetwork extends AsyncDisposable {
  readonly types: readonly string[];
  /** The passages of each document; documents are run together, windows of like length in one batch. */
  read(documents: readonly Document[]): Promise<ReadPassage[][]>;
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
  readonly values: Float32Array;
}

interface Piece {
  readonly document: EncodedDocument;
  readonly start: number;
  readonly end: number;
  readonly keepStart: number;
  readonly keepEnd: number;
}

export async function openLabelNetwork(
  model: ModelFolder,
  options: LabelNetworkOptions,
): Promise<LabelNetwork> {
  const { runtime, name, threads = 0, batchTokens = 4096 } = options;
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
    types: nerium.types,
    read: (documents) => read(network, documents),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function checkTokenizer({ vocabularySize, specials }: Tokenizer, embedded: number, name: string): void {
  if (vocabularySize <= embedded && specials.pad >= 0 && specials.separator >= 0) return;
  const problem = `expected a tokenizer of at most ${embedded} tokens with <pad> and <sep>, got ${vocabularySize} tokens`;
  throw new NeriumError("MODEL_FORMAT", `${problem}; is tokenizer.json from another model?`, { file: name });
}

async function read(network: Network, documents: readonly Document[]): Promise<ReadPassage[][]> {
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
  return encoded.map((document) => passagesOf(document, network.model.nerium.types.length));
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
  return { encodings, ids, values: new Float32Array(ids.length * model.nerium.types.length * 3) };
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
    document.values.set(kept, keepStart * perToken);
  });
}

function passagesOf({ encodings, values }: EncodedDocument, heads: number): ReadPassage[] {
  let offset = 0;
  return encodings.map((encoding) => {
    const end = offset + encoding.ids.length;
    const probabilities = { values: values.subarray(offset * heads * 3, end * heads * 3), heads };
    offset = end + 1;
    return { encoding, probabilities };
  });
}
