/**
 * @file The language model's loss and its gradients on a device: states, output matrix and gradients stay there, three
 * numbers for each token and chunk of the vocabulary come back for the sums of the softmax.
 */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/types.ts";
import { finalNormName, type LlamaConfig, outputNameOf, type ParameterShape } from "../models/llama.ts";
import {
  type DeviceRuntime,
  type DeviceTensor,
  floats,
  ints32,
  onDevice,
  onHost,
  type ResidentSession,
  type Tensor,
} from "../runtime/types.ts";
import type { Floats } from "./device-embedding.ts";
import { chunkLabels, chunkNumbers, type LanguageHeadOptions, softmaxSums } from "./language-head.ts";
import { gradientsGraph, normGraphs, sumsGraph } from "./language-head-graphs.ts";
import type { Head } from "./network.ts";

/** Rows of a batch that chunks are sized for. Chunks are the same for all batches, so that they can be parked. */
const usualRows = 4096;

interface Chunk {
  readonly from: number;
  readonly to: number;
}

function chunksOf({ vocabularySize, hidden }: LlamaConfig, wanted: number | undefined): Chunk[] {
  const size = wanted ?? Math.max(256, Math.floor(chunkNumbers / Math.max(usualRows, hidden)));
  return Array.from({ length: Math.ceil(vocabularySize / size) }, (_, index) => ({
    from: index * size,
    to: Math.min(vocabularySize, (index + 1) * size),
  }));
}

/** States [batch, time, hidden] → those at `targets`, [rows, hidden]. */
function pickGraph({ hidden }: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const states = builder.reshape(builder.input("states", ["batch", "time", hidden]), ["tokens", hidden]);
  return builder.finish([builder.gather(states, builder.input("targets", ["rows"], "int32"))]);
}

/** The way back: `rows` at `targets`, 0 elsewhere, in the shape of `states`, whose numbers count as 0. */
function placeGraph({ hidden }: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const states = builder.input("states", ["batch", "time", hidden]);
  const rows = builder.input("rows", ["rows", hidden]);
  const targets = builder.reshape(builder.input("targets", ["rows"], "int32"), ["rows", 1]);
  const zeros = builder.mul(builder.reshape(states, ["tokens", hidden]), builder.scalar(0));
  const attributes = { axis: 0, reduction: "add" } as const;
  const [placed] = builder.node(
    "ScatterElements",
    [zeros, builder.expandLike(targets, rows), rows],
    attributes,
  );
  return builder.finish([builder.reshapeLike(placed!, states)]);
}

function addGraph({ hidden }: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const [total, more] = [builder.input("total", ["rows", hidden]), builder.input("more", ["rows", hidden])];
  return builder.finish([builder.add(total, more)]);
}

/** Rows `ids` of an output matrix that is trained. */
function rowsGraph({ vocabularySize, hidden }: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const output = builder.input("output", [vocabularySize, hidden]);
  return builder.finish([builder.gather(output, builder.input("ids", ["chunk"], "int32"))]);
}

/** The chunks' gradients, one below the other. */
function joinGraph({ hidden }: LlamaConfig, chunks: readonly Chunk[]): Graph {
  const builder = new GraphBuilder();
  const parts = chunks.map(({ from, to }, place) => builder.input(`part ${place}`, [to - from, hidden]));
  return builder.finish([builder.concat(parts, 0)]);
}

/** Every graph of the head, by what it does. */
export function deviceLanguageHeadGraphs(
  config: LlamaConfig,
  { frozen, chunk }: Pick<LanguageHeadOptions, "frozen" | "chunk">,
) {
  const norms = normGraphs(config);
  return {
    pick: pickGraph(config),
    place: placeGraph(config),
    norm: norms.forward,
    normBackward: norms.backward,
    sums: sumsGraph(config),
    gradients: gradientsGraph(config, frozen === undefined),
    add: addGraph(config),
    rows: rowsGraph(config),
    join: joinGraph(config, chunksOf(config, chunk)),
  };
}

type Sessions = Readonly<Record<keyof ReturnType<typeof deviceLanguageHeadGraphs>, ResidentSession>>;

async function openSessions(
  device: DeviceRuntime,
  graphs: ReturnType<typeof deviceLanguageHeadGraphs>,
  threads: number,
): Promise<Sessions> {
  const opened: [string, ResidentSession][] = [];
  for (const [name, graph] of Object.entries(graphs)) {
    const kept = name === "sums" ? [] : graph.outputs;
    opened.push([name, await device.openResident(graph, kept, { threads })]);
  }
  return Object.fromEntries(opened) as Sessions;
}

/** The output matrix chunk by chunk: parked once if it is frozen, else cut out of the trained one for every pass. */
interface Output {
  readonly chunks: readonly Chunk[];
  use<R>(
    place: number,
    parameters: ReadonlyMap<string, DeviceTensor>,
    run: (rows: DeviceTensor) => Promise<R>,
  ): Promise<R>;
  dispose(): void;
}

async function parkedOutput(
  device: DeviceRuntime,
  chunks: readonly Chunk[],
  { output }: NonNullable<LanguageHeadOptions["frozen"]>,
): Promise<Output> {
  const parked: DeviceTensor[] = [];
  for (const { from, to } of chunks)
    parked.push(await device.park(floats(output.slice(from, to), [to - from, output.width])));
  return {
    chunks,
    use: (place, _, run) => run(parked[place]!),
    dispose() {
      for (const rows of parked) rows.dispose();
    },
  };
}

function trainedOutput(session: ResidentSession, chunks: readonly Chunk[], name: string): Output {
  return {
    chunks,
    async use(place, parameters, run) {
      const output = parameters.get(name)!;
      if (chunks.length === 1) return run(output);
      const { from, to } = chunks[place]!;
      const ids = Int32Array.from({ length: to - from }, (_, row) => from + row);
      const rows = onDevice((await session.run({ output, ids: ints32(ids, [ids.length]) }))[0]);
      const result = await run(rows);
      rows.dispose();
      return result;
    },
    dispose() {},
  };
}

export async function openDeviceLanguageHead(
  device: DeviceRuntime,
  config: LlamaConfig,
  options: LanguageHeadOptions,
): Promise<Head<DeviceTensor>> {
  const { frozen, threads } = options;
  const outputName = outputNameOf(config);
  const chunks = chunksOf(config, options.chunk);
  const sessions = await openSessions(device, deviceLanguageHeadGraphs(config, options), threads);
  const output =
    frozen === undefined
      ? trainedOutput(sessions.rows, chunks, outputName)
      : await parkedOutput(device, chunks, frozen);
  const finalNorm = frozen && (await device.park(floats(frozen.finalNorm, [config.hidden])));
  const trained: ParameterShape[] = [
    { name: finalNormName, shape: [config.hidden] },
    { name: outputName, shape: [config.vocabularySize, config.hidden] },
  ];
  return {
    trained: frozen === undefined ? trained : [],
    async differentiate(states, parameters, { feeds }) {
      const pass: Pass = {
        sessions,
        output,
        parameters,
        weight: finalNorm ?? parameters.get(finalNormName)!,
        tokens: feeds["labels"]!.data as Int32Array,
        weights: feeds["weights"]!,
      };
      const { loss, gradient, ofNorm, ofChunks } = await differentiateHead(pass, states, feeds["targets"]!);
      if (frozen !== undefined) {
        ofNorm.dispose();
        return { loss, gradient, gradients: new Map() };
      }
      const ofOutput = await joined(sessions.join, ofChunks);
      return {
        loss,
        gradient,
        gradients: new Map([
          [finalNormName, ofNorm],
          [outputName, ofOutput],
        ]),
      };
    },
    async [Symbol.asyncDispose]() {
      output.dispose();
      finalNorm?.dispose();
      for (const session of Object.values(sessions)) await session[Symbol.asyncDispose]();
    },
  };
}

interface Pass {
  readonly sessions: Sessions;
  readonly output: Output;
  readonly parameters: ReadonlyMap<string, DeviceTensor>;
  /** Of the last norm. */
  readonly weight: DeviceTensor;
  readonly tokens: Int32Array;
  /** Of the rows' losses. */
  readonly weights: Tensor;
}

async function differentiateHead(pass: Pass, states: DeviceTensor, targets: Tensor) {
  const { sessions, weight } = pass;
  const x = onDevice((await sessions.pick.run({ states, targets }))[0]);
  const normed = onDevice((await sessions.norm.run({ x, weight }))[0]);
  const { normalizer, loss } = await softmaxSums(pass.weights.data as Floats, sumsOfChunks(pass, normed));
  const { dy, ofChunks } = await gradientsOfChunks(pass, normed, normalizer);
  const [dx, ofNorm] = (await sessions.normBackward.run({ x, weight, dy })).map(onDevice);
  const gradient = onDevice((await sessions.place.run({ states, targets, rows: dx! }))[0]);
  for (const used of [x, normed, dy, dx!]) used.dispose();
  return { loss, gradient, ofNorm: ofNorm!, ofChunks };
}

async function* sumsOfChunks(
  { sessions, output, parameters, tokens }: Pass,
  states: DeviceTensor,
): AsyncGenerator<readonly Tensor[]> {
  for (const [place, { from, to }] of output.chunks.entries()) {
    const labels = chunkLabels(tokens, from, to);
    yield await output.use(place, parameters, async (rows) =>
      (await sessions.sums.run({ ...labels, states, output: rows })).map(onHost),
    );
  }
}

/** The gradient to the normed states, the sum over all chunks, and that of each chunk of an output matrix that is trained. */
async function gradientsOfChunks(
  { sessions, output, parameters, tokens, weights }: Pass,
  states: DeviceTensor,
  normalizer: Tensor,
): Promise<{ readonly dy: DeviceTensor; readonly ofChunks: readonly DeviceTensor[] }> {
  let dy: DeviceTensor | undefined;
  const ofChunks: DeviceTensor[] = [];
  for (const [place, { from, to }] of output.chunks.entries()) {
    const feeds = { ...chunkLabels(tokens, from, to), states, normalizer, weights };
    const [more, ofChunk] = await output.use(place, parameters, (rows) =>
      sessions.gradients.run({ ...feeds, output: rows }),
    );
    if (ofChunk !== undefined) ofChunks.push(onDevice(ofChunk));
    dy = dy === undefined ? onDevice(more) : await sum(sessions.add, dy, onDevice(more));
  }
  return { dy: dy!, ofChunks };
}

async function sum(session: ResidentSession, total: DeviceTensor, more: DeviceTensor): Promise<DeviceTensor> {
  const [both] = await session.run({ total, more });
  total.dispose();
  more.dispose();
  return onDevice(both);
}

async function joined(session: ResidentSession, parts: readonly DeviceTensor[]): Promise<DeviceTensor> {
  if (parts.length === 1) return parts[0]!;
  const feeds = Object.fromEntries(parts.map((part, place) => [`part ${place}`, part]));
  const [whole] = await session.run(feeds);
  for (const part of parts) part.dispose();
  return onDevice(whole);
}
