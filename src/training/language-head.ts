/**
 * @file States behind the last block and the tokens that follow → the language model's loss and its gradients. The
 * vocabulary is gone through in chunks, twice: once for the sums of the softmax, once for the gradients; its scores
 * never exist as a whole.
 */
import type { RowMatrix } from "../adapters/row-matrix.ts";
import { finalNormName, type LlamaConfig, outputNameOf, type ParameterShape } from "../models/llama.ts";
import {
  floats,
  type GraphSession,
  ints32,
  type Runtime,
  type Tensor,
  type Tensors,
} from "../runtime/types.ts";
import type { Batch } from "./batch.ts";
import type { Floats } from "./device-embedding.ts";
import { gradientsGraph, normGraphs, sumsGraph } from "./language-head-graphs.ts";
import type { Differentiated, Head } from "./network.ts";

export interface LanguageHeadOptions {
  /** Output matrix and last norm where they are frozen; absent: they are trained. */
  readonly frozen?: { readonly output: RowMatrix; readonly finalNorm: Float32Array<ArrayBuffer> };
  readonly threads: number;
  /** Rows of the output matrix at a time; chosen by size if absent. */
  readonly chunk?: number;
}

/** Numbers that one chunk of the matrix, or its scores, may hold: 128 MB. */
export const chunkNumbers = 32 * 2 ** 20;

interface Sessions {
  readonly norm: GraphSession;
  readonly normBackward: GraphSession;
  readonly sums: GraphSession;
  readonly gradients: GraphSession;
}

interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly feeds: Tensors;
}

/** A chunk's `labels` and `here`, as its graphs take them. */
export function chunkLabels(tokens: Int32Array, from: number, to: number): Tensors {
  const isHere = (token: number): boolean => token >= from && token < to;
  const labels = tokens.map((token) => (isHere(token) ? token - from : 0));
  const here = Float32Array.from(tokens, (token) => Number(isHere(token)));
  return { labels: ints32(labels, [tokens.length, 1]), here: floats(here, [tokens.length, 1]) };
}

export async function openLanguageHead(
  runtime: Runtime,
  config: LlamaConfig,
  options: LanguageHeadOptions,
): Promise<Head> {
  const { frozen, threads } = options;
  const outputName = outputNameOf(config);
  const trained: ParameterShape[] =
    frozen === undefined
      ? [
          { name: finalNormName, shape: [config.hidden] },
          { name: outputName, shape: [config.vocabularySize, config.hidden] },
        ]
      : [];
  const norms = normGraphs(config);
  const sessions: Sessions = {
    norm: await runtime.open(norms.forward, { threads }),
    normBackward: await runtime.open(norms.backward, { threads }),
    sums: await runtime.open(sumsGraph(config), { threads }),
    gradients: await runtime.open(gradientsGraph(config, frozen === undefined), { threads }),
  };
  const rowsAt = (parameters: ReadonlyMap<string, Floats>, from: number, to: number): Floats =>
    frozen === undefined
      ? parameters.get(outputName)!.subarray(from * config.hidden, to * config.hidden)
      : frozen.output.slice(from, to);
  return {
    trained,
    async differentiate(states, parameters, batch) {
      const finalNorm = frozen?.finalNorm ?? parameters.get(finalNormName)!;
      const chunks = chunkFeeds(config, batch, options.chunk, (from, to) => rowsAt(parameters, from, to));
      return await differentiateHead(sessions, config, {
        states,
        finalNorm,
        batch,
        chunks,
        full: frozen === undefined,
      });
    },
    async [Symbol.asyncDispose]() {
      for (const session of Object.values(sessions) as GraphSession[]) await session[Symbol.asyncDispose]();
    },
  };
}

/** The chunks of the output matrix with what is fed for each; made anew at every pass, so that one is held at a time. */
function chunkFeeds(
  { vocabularySize, hidden }: LlamaConfig,
  { feeds }: Batch,
  wanted: number | undefined,
  rowsAt: (from: number, to: number) => Floats,
): () => Generator<Chunk> {
  const tokens = feeds["labels"]!.data as Int32Array;
  const rows = tokens.length;
  const size = wanted ?? Math.max(256, Math.floor(chunkNumbers / Math.max(rows, hidden)));
  return function* () {
    for (let from = 0; from < vocabularySize; from += size) {
      const to = Math.min(vocabularySize, from + size);
      const output = floats(rowsAt(from, to), [to - from, hidden]);
      yield { from, to, feeds: { output, ...chunkLabels(tokens, from, to) } };
    }
  };
}

interface HeadPass {
  readonly states: Floats;
  readonly finalNorm: Floats;
  readonly batch: Batch;
  readonly chunks: () => Generator<Chunk>;
  readonly full: boolean;
}

async function differentiateHead(
  sessions: Sessions,
  config: LlamaConfig,
  { states, finalNorm, batch, chunks, full }: HeadPass,
): Promise<Differentiated & { readonly gradient: Floats }> {
  const { hidden } = config;
  const targets = Array.from(batch.feeds["targets"]!.data as Int32Array);
  const weights = batch.feeds["weights"]!;
  const x = floats(pickRows(states, targets, hidden), [targets.length, hidden]);
  const weight = floats(finalNorm, [hidden]);
  const [normed] = await sessions.norm.run({ x, weight });
  const { normalizer, loss } = await softmaxSums(
    weights.data as Floats,
    sumsOfChunks(sessions.sums, normed!, chunks),
  );
  const dy = new Float32Array(x.data.length);
  const ofOutput = new Float32Array(full ? config.vocabularySize * hidden : 0);
  for (const { from, feeds } of chunks()) {
    const [ofStates, ofChunk] = await sessions.gradients.run({
      ...feeds,
      states: normed!,
      normalizer,
      weights,
    });
    addTo(dy, ofStates!.data as Floats);
    if (ofChunk !== undefined) ofOutput.set(ofChunk.data as Floats, from * hidden);
  }
  const [dx, ofNorm] = await sessions.normBackward.run({ x, weight, dy: floats(dy, x.shape) });
  const gradient = new Float32Array(states.length);
  scatterRows(gradient, dx!.data as Floats, targets, hidden);
  const gradients = new Map<string, Floats>();
  if (full) gradients.set(finalNormName, ofNorm!.data as Floats).set(outputNameOf(config), ofOutput);
  return { loss, gradient, gradients };
}

async function* sumsOfChunks(
  session: GraphSession,
  states: Tensor,
  chunks: () => Generator<Chunk>,
): AsyncGenerator<readonly Tensor[]> {
  for (const { feeds } of chunks()) yield await session.run({ ...feeds, states });
}

/**
 * Every chunk's largest scores, sums and scores of the rows' tokens → the logarithm of each row's softmax denominator,
 * and the loss.
 */
export async function softmaxSums(
  weights: Floats,
  ofChunks: AsyncIterable<readonly Tensor[]>,
): Promise<{ readonly normalizer: Tensor; readonly loss: number }> {
  const rows = weights.length;
  const [largest, sums, scores] = [
    new Float64Array(rows).fill(-Infinity),
    new Float64Array(rows),
    new Float64Array(rows),
  ];
  for await (const tensors of ofChunks) {
    const [top, sum, score] = tensors.map(({ data }) => data as Floats);
    for (let row = 0; row < rows; row++) {
      const both = Math.max(largest[row]!, top![row]!);
      sums[row] = sums[row]! * Math.exp(largest[row]! - both) + sum![row]! * Math.exp(top![row]! - both);
      largest[row] = both;
      scores[row]! += score![row]!;
    }
  }
  const normalizers = Float64Array.from(sums, (sum, row) => largest[row]! + Math.log(sum));
  const loss = normalizers.reduce((total, log, row) => total + weights[row]! * (log - scores[row]!), 0);
  return { normalizer: floats(Float32Array.from(normalizers), [rows, 1]), loss };
}

function pickRows(data: Floats, places: readonly number[], width: number): Floats {
  const picked = new Float32Array(places.length * width);
  places.forEach((place, row) => picked.set(data.subarray(place * width, (place + 1) * width), row * width));
  return picked;
}

function scatterRows(target: Floats, rows: Floats, places: readonly number[], width: number): void {
  places.forEach((place, row) => target.set(rows.subarray(row * width, (row + 1) * width), place * width));
}

function addTo(total: Floats, more: Floats): void {
  for (let place = 0; place < total.length; place++) total[place]! += more[place]!;
}
