/** @file A trained embedding and a batch → the rows of its tokens, and their gradients added up, here or on a device. */
import { rowsOf } from "../adapters/row-matrix.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/types.ts";
import type { LlamaConfig } from "../models/llama.ts";
import { type DeviceRuntime, type DeviceTensor, ints32, onDevice } from "../runtime/types.ts";
import type { Batch } from "./batch.ts";
import { addRows } from "./parameters.ts";

export type Floats = Float32Array<ArrayBuffer>;

export interface TrainedEmbedding<T> extends AsyncDisposable {
  /** Rows of the batch's tokens, [rows, time, hidden]. */
  pick(embedding: T, batch: Batch): Promise<T>;
  /** The embedding's gradient from that of its rows and what a tied output matrix has given already; both are used up. */
  gradient(embedding: T, batch: Batch, rows: T, before: T | undefined): Promise<T>;
}

export function hostEmbedding({ hidden }: LlamaConfig): TrainedEmbedding<Floats> {
  return {
    pick: async (embedding, { ids }) => rowsOf(embedding, hidden).pick(ids),
    async gradient(embedding, { ids }, rows, before) {
      const total = before ?? new Float32Array(embedding.length);
      addRows(total, ids, rows, hidden);
      return total;
    },
    async [Symbol.asyncDispose]() {},
  };
}

function pickGraph({ vocabularySize, hidden }: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const embedding = builder.input("embedding", [vocabularySize, hidden]);
  return builder.finish([builder.gather(embedding, builder.input("ids", ["batch", "time"], "int32"))]);
}

/** `before` is the embedding's shape in numbers or, if there is nothing before, the embedding itself, which counts as 0. */
function addGraph({ vocabularySize, hidden }: LlamaConfig, hasBefore: boolean): Graph {
  const builder = new GraphBuilder();
  const before = builder.input("before", [vocabularySize, hidden]);
  const ids = builder.input("ids", ["batch", "time"], "int32");
  const gradient = builder.input("rows", ["batch", "time", hidden]);
  const rows = builder.reshape(gradient, ["tokens", hidden]);
  const places = builder.expandLike(builder.reshape(ids, ["tokens", 1]), rows);
  const start = hasBefore ? before : builder.mul(before, builder.scalar(0));
  const attributes = { axis: 0, reduction: "add" } as const;
  return builder.finish([builder.node("ScatterElements", [start, places, rows], attributes)[0]!]);
}

/** Every graph of an embedding on a device, by what it does. */
export function deviceEmbeddingGraphs(config: LlamaConfig) {
  return { pick: pickGraph(config), add: addGraph(config, true), begin: addGraph(config, false) };
}

export async function openDeviceEmbedding(
  device: DeviceRuntime,
  config: LlamaConfig,
  threads: number,
): Promise<TrainedEmbedding<DeviceTensor>> {
  const graphs = deviceEmbeddingGraphs(config);
  const open = (graph: Graph) => device.openResident(graph, graph.outputs, { threads });
  const [pick, add, begin] = [await open(graphs.pick), await open(graphs.add), await open(graphs.begin)];
  const idsOf = ({ ids, rows, time }: Batch) => ints32(ids, [rows, time]);
  return {
    pick: async (embedding, batch) => onDevice((await pick.run({ embedding, ids: idsOf(batch) }))[0]),
    async gradient(embedding, batch, rows, before) {
      const feeds = { before: before ?? embedding, ids: idsOf(batch), rows };
      const [total] = await (before === undefined ? begin : add).run(feeds);
      rows.dispose();
      before?.dispose();
      return onDevice(total);
    },
    async [Symbol.asyncDispose]() {
      for (const session of [pick, add, begin]) await session[Symbol.asyncDispose]();
    },
  };
}
