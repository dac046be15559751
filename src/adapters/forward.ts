/**
 * @file A model's weights as they are read, perhaps quantised, perhaps with an adapter → its scores for some prompts. One
 * block is in memory at a time and every prompt goes through it, so that a model of any size can be looked at.
 */
import { GraphBuilder } from "../graph/builder.ts";
import { attentionMaskData } from "../models/attention-mask.ts";
import {
  blockPrefix,
  embeddingName,
  finalNormName,
  type LlamaConfig,
  outputNameOf,
} from "../models/llama.ts";
import { floats, type GraphSession, type Runtime, type Tensors } from "../runtime/types.ts";
import { forwardBlockGraph } from "./block-graphs.ts";
import type { BlockPlan, MatrixStorage } from "./block-inputs.ts";
import { freezeBlock, type WeightReader } from "./frozen-weights.ts";
import { blockLoraShapes } from "./lora.ts";
import type { MergedAdapter } from "./merge.ts";

type Floats = Float32Array<ArrayBuffer>;

export interface ForwardModel {
  readonly config: LlamaConfig;
  readonly source: WeightReader;
  readonly storage: MatrixStorage;
  readonly doubleQuantize?: boolean;
  /** Applied beside the weights, not merged into them. */
  readonly adapter?: MergedAdapter;
  /** Label heads [classes, hidden] and their biases; without them the scores are those of the vocabulary. */
  readonly heads?: { readonly weight: Floats; readonly bias: Floats };
}

/** Numbers of the output matrix that are held at a time. */
const chunkNumbers = 16 * 2 ** 20;

/** Scores of every place of each prompt, [tokens, classes] or [tokens, vocabulary]. */
export async function forwardScores(
  runtime: Runtime,
  model: ForwardModel,
  prompts: readonly Int32Array[],
  threads = 0,
): Promise<Floats[]> {
  const states = await statesOf(runtime, model, prompts, threads);
  const { config, source, heads } = model;
  const norm = await source.read(finalNormName);
  await using session = await runtime.open(scoresGraph(config), { threads });
  const classes = heads?.bias.length ?? config.vocabularySize;
  const scores = prompts.map(({ length }) => new Float32Array(length * classes));
  const step = Math.max(1, Math.floor(chunkNumbers / config.hidden));
  for (let from = 0; from < classes; from += step) {
    const to = Math.min(classes, from + step);
    const matrix = heads?.weight ?? (await source.read(outputNameOf(config), { from, to }));
    const bias = heads?.bias ?? new Float32Array(to - from);
    for (const [index, x] of states.entries()) {
      const [chunk] = await session.run({
        x: floats(x, [prompts[index]!.length, config.hidden]),
        norm: floats(norm, [config.hidden]),
        matrix: floats(matrix, [to - from, config.hidden]),
        bias: floats(bias, [to - from]),
      });
      place(scores[index]!, chunk!.data as Floats, classes, from, to);
    }
  }
  return scores;
}

function scoresGraph({ hidden, normEpsilon }: LlamaConfig) {
  const builder = new GraphBuilder();
  const x = builder.rmsNorm(
    builder.input("x", ["rows", hidden]),
    builder.input("norm", [hidden]),
    normEpsilon,
  );
  const scores = builder.linear(x, builder.input("matrix", ["classes", hidden]));
  return builder.finish([builder.add(scores, builder.input("bias", ["classes"]))]);
}

/** Copies columns [from, to) of every row. */
function place(scores: Floats, chunk: Floats, classes: number, from: number, to: number): void {
  const width = to - from;
  for (let row = 0; row * classes < scores.length; row++)
    scores.set(chunk.subarray(row * width, (row + 1) * width), row * classes + from);
}

/** The states behind the last block. */
async function statesOf(
  runtime: Runtime,
  { config, source, storage, doubleQuantize = false, adapter }: ForwardModel,
  prompts: readonly Int32Array[],
  threads: number,
): Promise<Floats[]> {
  const longest = Math.max(...prompts.map(({ length }) => length));
  const sizes = { ...config, maximumLength: longest };
  const plan: BlockPlan = { storage, ...(adapter !== undefined && { lora: adapter.settings }) };
  const states: Floats[] = [];
  for (const ids of prompts) states.push(await rowsAt(source, ids, config));
  await using session = await runtime.open(forwardBlockGraph(sizes, plan), { threads });
  for (let layer = 0; layer < config.layers; layer++) {
    const block = await freezeBlock(source, config, layer, { storage, doubleQuantize });
    const feeds = { ...block, ...adapterFeeds(config, layer, adapter) };
    for (const [index, ids] of prompts.entries())
      states[index] = await runBlock(session, sizes, feeds, states[index]!, ids);
  }
  return states;
}

async function runBlock(
  session: GraphSession,
  config: LlamaConfig,
  feeds: Tensors,
  x: Floats,
  { length }: Int32Array,
): Promise<Floats> {
  const mask = attentionMaskData([length], length, config);
  const [y] = await session.run({
    ...feeds,
    x: floats(x, [1, length, config.hidden]),
    mask: floats(mask.data, mask.shape),
  });
  return y!.data as Floats;
}

async function rowsAt(source: WeightReader, ids: Int32Array, { hidden }: LlamaConfig): Promise<Floats> {
  const rows = new Float32Array(ids.length * hidden);
  for (const [place, id] of ids.entries()) {
    rows.set(await source.read(embeddingName, { from: id, to: id + 1 }), place * hidden);
  }
  return rows;
}

function adapterFeeds(config: LlamaConfig, layer: number, adapter: MergedAdapter | undefined): Tensors {
  if (adapter === undefined) return {};
  return Object.fromEntries(
    blockLoraShapes(config, adapter.settings).map(({ name, shape }) => [
      name,
      floats(adapter.parameters.get(blockPrefix(layer) + name)!, shape),
    ]),
  );
}
