/** @file A trained embedding and a batch → the rows of its tokens, and their gradients added up, here or on a device. */
import { rowsOf } from "../adapters/row-matrix.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Value } from "../graph/types.ts";
import type { LlamaConfig } from "../models/llama.ts";
import {
  type DeviceRuntime,
  type DeviceTensor,
  floats,
  ints32,
  onDevice,
  type Tensors,
} from "../runtime/types.ts";
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

/**
 * `before` is the embedding's shape in numbers or, if there is nothing before, the embedding itself, which counts as 0.
 * Gradients of one token's rows are summed by a product with a matrix of zeros and ones: to scatter them all at once
 * gives sums in another order at every run, and with them other last digits (measured on WebGPU).
 */
function addGraph({ vocabularySize, hidden }: LlamaConfig, hasBefore: boolean): Graph {
  const builder = new GraphBuilder();
  const before = builder.input("before", [vocabularySize, hidden]);
  const rows = builder.reshape(builder.input("rows", ["batch", "time", hidden]), ["tokens", hidden]);
  const unique = builder.input("unique", ["unique", 1], "int32");
  const [places, ones] = [
    builder.input("places", [1, "tokens"], "int32"),
    builder.input("ones", [1, "tokens"]),
  ];
  const zeros = builder.mul(builder.input("zeros", ["unique", 1]), ones);
  const scatter = (start: Value, at: Value, what: Value, reduction: "none" | "add"): Value =>
    builder.node("ScatterElements", [start, at, what], { axis: 0, reduction })[0]!;
  const sums = builder.matMul(scatter(zeros, places, ones, "none"), rows);
  const start = hasBefore ? before : builder.mul(before, builder.scalar(0));
  return builder.finish([scatter(start, builder.expandLike(unique, sums), sums, "add")]);
}

/** The batch's tokens without repeats, and each token's place among them. */
function withoutRepeats(ids: Int32Array): Tensors {
  const known = new Map<number, number>();
  const places = ids.map((id) => {
    if (!known.has(id)) known.set(id, known.size);
    return known.get(id)!;
  });
  return {
    unique: ints32(Int32Array.from(known.keys()), [known.size, 1]),
    zeros: floats(new Float32Array(known.size), [known.size, 1]),
    places: ints32(places, [1, ids.length]),
    ones: floats(new Float32Array(ids.length).fill(1), [1, ids.length]),
  };
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
    async gradient(embedding, { ids }, rows, before) {
      const feeds = { before: before ?? embedding, ...withoutRepeats(ids), rows };
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
