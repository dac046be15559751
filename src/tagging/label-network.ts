/** @file Documents → the probabilities of O, B and I for each of their tokens and types; long texts in windows, in batches. */
import type { Document } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { attentionMaskData } from "../models/attention-mask.ts";
import { type BlockRanges, eightBitNames, eightBitTensors } from "../models/eight-bit.ts";
import { labelPrompts } from "../models/label-prompts.ts";
import { headsOf, type ModelFolder, type NeriumFile } from "../models/model-folder.ts";
import { taggingGraph, tokenClassifierParameters } from "../models/token-classifier.ts";
import { openSuited } from "../runtime/session-pool.ts";
import { floats, type GraphSession, ints64, type Runtime, type Tensors } from "../runtime/types.ts";
import {
  batchByLength,
  type Encoding,
  openTokenizer,
  separatorOf,
  type Tokenizer,
  windows,
} from "../tokens/index.ts";
import type { LabelProbabilities } from "./label-decoding.ts";
import type { Precision } from "./precision.ts";

export interface LabelNetworkOptions {
  readonly runtime: Runtime;
  /** What a person calls the model. */
  readonly name: string;
  /** Of all sessions together; one for each core if 0 or absent. */
  readonly threads?: number;
  /**
   * Most tokens (rows × longest row) in one run of the network. If absent 512 for sessions beside each other, whose
   * numbers then stay in a core's cache (docs/decisions/2026-11-26-sessions-side-by-side.md), else 4096.
   */
  readonly batchTokens?: number;
  /** int8 needs a model that knows its activations' ranges, and the CPU; single precision if absent. */
  readonly precision?: Precision;
}

/** A passage's tokens with their probabilities. */
export interface ReadPassage {
  readonly encoding: Encoding;
  readonly probabilities: LabelProbabilities;
}

export interface LabelNetwork extends AsyncDisposable {
  readonly types: readonly string[];
  /** Batches that are run at the same time. */
  readonly lanes: number;
  /** The passages of each document; documents are run together, windows of like length in one batch. */
  read(documents: readonly Document[]): Promise<ReadPassage[][]>;
}

interface Network {
  /** Without its parameters, which are with the sessions. */
  readonly model: Pick<ModelFolder, "config" | "nerium">;
  readonly tokenizer: Tokenizer;
  readonly session: GraphSession;
  readonly batchTokens: number;
  /** What is put before each window, once for each type in its order; one empty prompt for a model that is not asked. */
  readonly prompts: readonly Int32Array[];
  readonly separator: number;
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
  /** Place of the prompt that is put before it. */
  readonly prompt: number;
  readonly start: number;
  readonly end: number;
  readonly keepStart: number;
  readonly keepEnd: number;
}

export async function openLabelNetwork(
  model: ModelFolder,
  options: LabelNetworkOptions,
): Promise<LabelNetwork> {
  const { runtime, name, threads = 0, batchTokens = runtime.parallel === true ? 512 : 4096 } = options;
  const { precision = "float32" } = options;
  const { config, nerium } = model;
  if (nerium.task !== "labels") {
    const problem = `the model was trained for "${nerium.task}" and has no label heads; train it with task: labels`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: name });
  }
  const tokenizer = openTokenizer(model.tokenizer);
  checkTokenizer(tokenizer, config.vocabularySize, name);
  // Positions beyond the window never occur, and a model may promise millions of them.
  const sizes = { ...config, maximumLength: nerium.window.size };
  const ranges = precision === "int8" ? rangesOf(model, name) : undefined;
  const graph = taggingGraph(sizes, headsOf(nerium), ranges);
  const held = heldTensors(model, ranges);
  const { session, lanes } = await openSuited(runtime, graph, { threads, held });
  const prompts = await promptsOf(nerium, tokenizer);
  const network: Network = {
    model: { config, nerium },
    tokenizer,
    session,
    batchTokens,
    prompts,
    separator: await separatorOf(tokenizer),
  };
  return {
    types: nerium.types,
    lanes,
    read: (documents) => read(network, documents),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Not where the network is put together: it would keep them beside the copies that the sessions have. */
function heldTensors(
  { config, nerium, parameters }: ModelFolder,
  ranges: readonly BlockRanges[] | undefined,
): Tensors {
  const rounded = ranges && eightBitNames(config);
  const plain = tokenClassifierParameters(config, headsOf(nerium))
    .filter(({ name }) => rounded?.has(name) !== true)
    .map(({ name, shape }) => [name, floats(parameters.get(name)!, shape)] as const);
  return { ...Object.fromEntries(plain), ...(ranges && eightBitTensors(config, parameters, ranges)) };
}

function rangesOf({ config, nerium: { activations } }: ModelFolder, name: string): readonly BlockRanges[] {
  const { layers, intermediate } = config;
  const whole = activations?.every(({ gatedShifts }) => gatedShifts.length === intermediate);
  if (whole === true && activations!.length === layers) return activations!;
  const got = activations === undefined ? "none" : `${activations.length}, or shifts of other widths`;
  const expected = `the ranges of the activations of ${layers} blocks with ${intermediate} gated channels`;
  const problem = `int8 needs ${expected} in nerium.json, got ${got}`;
  throw new NeriumError("MODEL_FORMAT", `${problem}; take precision float32`, { file: name });
}

async function promptsOf({ types, instruction }: NeriumFile, tokenizer: Tokenizer): Promise<Int32Array[]> {
  if (instruction === undefined) return [new Int32Array(0)];
  const prompts = await labelPrompts(tokenizer, types, instruction.dataset);
  return types.map((type) => prompts.get(type)!);
}

function checkTokenizer({ vocabularySize }: Tokenizer, embedded: number, name: string): void {
  if (vocabularySize <= embedded) return;
  const problem = `expected a tokenizer of at most ${embedded} tokens, got ${vocabularySize}`;
  throw new NeriumError("MODEL_FORMAT", `${problem}; is tokenizer.json from another model?`, { file: name });
}

async function read(network: Network, documents: readonly Document[]): Promise<ReadPassage[][]> {
  const encoded: EncodedDocument[] = [];
  for (const document of documents) encoded.push(await encode(network, document));
  const { window } = network.model.nerium;
  const longest = Math.max(...network.prompts.map(({ length }) => length));
  const room = { ...window, size: window.size - longest };
  const pieces = encoded.flatMap((document) =>
    windows(document.ids.length, room).flatMap((place) =>
      network.prompts.map((_, prompt): Piece => ({ document, prompt, ...place })),
    ),
  );
  const lengths = pieces.map(({ prompt, start, end }) => network.prompts[prompt]!.length + end - start);
  const batches = batchByLength(lengths, { tokenBudget: network.batchTokens });
  const piecesOf = (batch: readonly number[]): Piece[] => batch.map((index) => pieces[index]!);
  await Promise.all(batches.map((batch) => runBatch(network, piecesOf(batch))));
  const { types, instruction } = network.model.nerium;
  return encoded.map((document) => {
    if (instruction?.firstTokens) silenceLaterTokens(document, types.length);
    return passagesOf(document, types.length);
  });
}

async function encode(
  { tokenizer, model, separator }: Network,
  document: Document,
): Promise<EncodedDocument> {
  const encodings = await tokenizer.encodeBatch(document.passages.map(({ text }) => text));
  const length = encodings.reduce((total, { ids }) => total + ids.length + 1, -1);
  const ids = new Int32Array(Math.max(0, length)).fill(separator);
  let offset = 0;
  for (const encoding of encodings) {
    ids.set(encoding.ids, offset);
    offset += encoding.ids.length + 1;
  }
  return { encodings, ids, values: new Float32Array(ids.length * model.nerium.types.length * 3) };
}

/** One run of the network over windows of like length; each window's kept tokens get their probabilities. */
async function runBatch(network: Network, pieces: readonly Piece[]): Promise<void> {
  const { model, tokenizer, session, prompts } = network;
  const rows = pieces.length;
  const lengths = pieces.map(({ prompt, start, end }) => prompts[prompt]!.length + end - start);
  const time = Math.max(...lengths);
  const ids = new Int32Array(rows * time).fill(Math.max(0, tokenizer.specials.pad));
  pieces.forEach(({ document, prompt, start, end }, row) => {
    ids.set(prompts[prompt]!, row * time);
    ids.set(document.ids.subarray(start, end), row * time + prompts[prompt]!.length);
  });
  const seen = model.nerium.instruction?.mask === "zeros" ? lengths.map(() => time) : lengths;
  const { data, shape } = attentionMaskData(seen, time, model.config);
  const [output] = await session.run({ ids: ints64(ids, [rows, time]), mask: floats(data, shape) });
  pieces.forEach((piece, row) => keep(network, piece, output!.data as Float32Array, row * time));
}

/** Copies the probabilities of a window's kept tokens: those of all types, or of the type that was asked for. */
function keep({ model, prompts }: Network, piece: Piece, values: Float32Array, rowStart: number): void {
  const { document, prompt, start, keepStart, keepEnd } = piece;
  const heads = headsOf(model.nerium).length;
  const types = model.nerium.types.length;
  const shift = rowStart + prompts[prompt]!.length - start;
  for (let token = keepStart; token < keepEnd; token++) {
    const from = (shift + token) * heads * 3;
    document.values.set(values.subarray(from, from + heads * 3), (token * types + prompt) * 3);
  }
}

/** Tokens that bore no label in training have nothing to say: every label is as good as any other there. */
function silenceLaterTokens({ encodings, values }: EncodedDocument, types: number): void {
  let offset = 0;
  for (const { wordStart } of encodings) {
    wordStart.forEach((first, token) => {
      if (first === 0) values.fill(1, (offset + token) * types * 3, (offset + token + 1) * types * 3);
    });
    offset += wordStart.length + 1;
  }
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
