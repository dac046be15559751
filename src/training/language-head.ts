/**
 * @file States behind the last block and the tokens that follow → the language model's loss and its gradients. The
 * vocabulary is gone through in chunks, twice: once for the sums of the softmax, once for the gradients; its scores
 * never exist as a whole.
 */
import type { RowMatrix } from "../adapters/row-matrix.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { pullBack } from "../graph/differentiate.ts";
import type { Graph, Value } from "../graph/types.ts";
import { finalNormName, type LlamaConfig, outputNameOf, type ParameterShape } from "../models/llama.ts";
import { floats, type GraphSession, ints32, type Runtime, type Tensors } from "../runtime/types.ts";
import type { Batch } from "./batch.ts";
import type { Floats } from "./device-embedding.ts";
import type { Differentiated, Head } from "./network.ts";

export interface LanguageHeadOptions {
  /** Output matrix and last norm where they are frozen; absent: they are trained. */
  readonly frozen?: { readonly output: RowMatrix; readonly finalNorm: Float32Array<ArrayBuffer> };
  readonly threads: number;
  /** Rows of the output matrix at a time; chosen by size if absent. */
  readonly chunk?: number;
}

/** Numbers that one chunk of the matrix, or its scores, may hold: 128 MB. */
const chunkNumbers = 32 * 2 ** 20;

function normGraphs({ hidden, normEpsilon }: LlamaConfig): {
  readonly forward: Graph;
  readonly backward: Graph;
} {
  const build = (): { builder: GraphBuilder; x: Value; weight: Value; y: Value } => {
    const builder = new GraphBuilder();
    const [x, weight] = [builder.input("x", ["rows", hidden]), builder.input("weight", [hidden])];
    return { builder, x, weight, y: builder.rmsNorm(x, weight, normEpsilon) };
  };
  const [one, other] = [build(), build()];
  const dy = other.builder.input("dy", ["rows", hidden]);
  const gradients = pullBack(other.builder, [{ value: other.y, gradient: dy }], [other.x, other.weight]);
  return { forward: one.builder.finish([one.y]), backward: other.builder.finish(gradients) };
}

interface ChunkValues {
  readonly builder: GraphBuilder;
  readonly states: Value;
  readonly output: Value;
  readonly scores: Value;
  /** Place of each row's token within the chunk; any place where it is in another. */
  readonly labels: Value;
  /** 1 where the row's token is in this chunk, else 0. */
  readonly here: Value;
}

function chunkValues({ hidden }: LlamaConfig): ChunkValues {
  const builder = new GraphBuilder();
  const states = builder.input("states", ["rows", hidden]);
  const output = builder.input("output", ["chunk", hidden]);
  const labels = builder.input("labels", ["rows", 1], "int32");
  const here = builder.input("here", ["rows", 1]);
  return { builder, states, output, labels, here, scores: builder.linear(states, output) };
}

/** Outputs, [rows, 1] each: the largest score, Σ exp(score − largest), and the score of the row's token or 0. */
function sumsGraph(config: LlamaConfig): Graph {
  const { builder, scores, labels, here } = chunkValues(config);
  const largest = builder.reduceMax(scores, [1]);
  const sum = builder.reduceSum(builder.exp(builder.sub(scores, largest)), [1]);
  return builder.finish([largest, sum, builder.mul(builder.gatherElements(scores, labels, 1), here)]);
}

/** Gradients of Σ weight · (log Σ exp − score of the token) to the states, and to the chunk of the matrix if asked for. */
function gradientsGraph(config: LlamaConfig, ofOutput: boolean): Graph {
  const { builder, states, output, scores, labels, here } = chunkValues(config);
  const [normalizer, weights] = [
    builder.input("normalizer", ["rows", 1]),
    builder.input("weights", ["rows", 1]),
  ];
  const spread = builder.mul(builder.exp(builder.sub(scores, normalizer)), weights);
  const less = builder.neg(builder.mul(weights, here));
  const attributes = { axis: 1, reduction: "add" } as const;
  const [ofScores] = builder.node("ScatterElements", [spread, labels, less], attributes);
  const ofStates = builder.matMul(ofScores!, output);
  return builder.finish(ofOutput ? [ofStates, builder.gemm(ofScores!, states, { transA: 1 })] : [ofStates]);
}

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
      const isHere = (token: number): boolean => token >= from && token < to;
      yield {
        from,
        to,
        feeds: {
          output: floats(rowsAt(from, to), [to - from, hidden]),
          labels: ints32(
            tokens.map((token) => (isHere(token) ? token - from : 0)),
            [rows, 1],
          ),
          here: floats(
            Float32Array.from(tokens, (token) => Number(isHere(token))),
            [rows, 1],
          ),
        },
      };
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
  const { normalizer, loss } = await softmaxSums(sessions.sums, normed!, weights.data as Floats, chunks);
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

/** The logarithm of each row's softmax denominator, from the chunks' largest scores and sums, and the loss. */
async function softmaxSums(
  session: GraphSession,
  states: Tensors[string],
  weights: Floats,
  chunks: () => Generator<Chunk>,
): Promise<{ readonly normalizer: Tensors[string]; readonly loss: number }> {
  const rows = weights.length;
  const [largest, sums, scores] = [
    new Float64Array(rows).fill(-Infinity),
    new Float64Array(rows),
    new Float64Array(rows),
  ];
  for (const { feeds } of chunks()) {
    const [top, sum, score] = (await session.run({ ...feeds, states })).map(({ data }) => data as Floats);
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
