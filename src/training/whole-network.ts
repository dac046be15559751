/** @file A model that fits into memory with all that its backward pass needs → a Network of one graph. */
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import { rowsOf } from "../adapters/row-matrix.ts";
import {
  blockPrefix,
  embeddingName,
  finalNormName,
  type LlamaConfig,
  outputNameOf,
} from "../models/llama.ts";
import { floats, type Runtime, type Tensors } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { type Batch, parameterFeeds, residualDropout } from "./batch.ts";
import { dropoutFeeds } from "./block-network.ts";
import type { Network } from "./network.ts";
import { addRows } from "./parameters.ts";
import { wholeGraph, type WholeGraphOptions } from "./whole-graph.ts";

export interface WholeNetworkOptions extends Omit<WholeGraphOptions, "residualDropout"> {
  readonly config: LlamaConfig;
  readonly frozen?: FrozenWeights;
  /** Share of each residual branch that is dropped. */
  readonly residualDropout: number;
  readonly threads: number;
}

/** Frozen inputs of the graph, which stay with the session. */
function heldTensors({ config, frozen, objective }: WholeNetworkOptions): Tensors {
  if (frozen === undefined) return {};
  const blocks = Array.from({ length: config.layers }, (_, layer) =>
    Object.entries(frozen.block(layer)).map(([name, tensor]) => [blockPrefix(layer) + name, tensor] as const),
  ).flat();
  const { vocabularySize, hidden } = config;
  return {
    ...Object.fromEntries(blocks),
    [finalNormName]: floats(frozen.finalNorm, [hidden]),
    ...(objective === "tokens" && {
      [outputNameOf(config)]: floats(frozen.output.slice(0, vocabularySize), [vocabularySize, hidden]),
    }),
  };
}

export async function openWholeNetwork(runtime: Runtime, options: WholeNetworkOptions): Promise<Network> {
  const { config, plan, frozen, threads, packed } = options;
  const rate = options.residualDropout;
  const { graph, trained, differentiated } = wholeGraph(config, { ...options, residualDropout: rate > 0 });
  const session = await runtime.open(graph, { threads, held: heldTensors(options) });
  const full = frozen === undefined;
  const lookedUp = new Float32Array(full ? config.vocabularySize * config.hidden : 0);
  const dropFeeds = (batch: Batch, draw: readonly number[]): Tensors => {
    const { lora } = plan;
    if (lora === undefined || lora.dropout === 0) return {};
    const ofLayer = (layer: number): Tensors =>
      dropoutFeeds(config, lora, batch, [...draw, layer], blockPrefix(layer));
    return Object.assign(
      {},
      ...Array.from({ length: config.layers }, (_, layer) => ofLayer(layer)),
    ) as Tensors;
  };
  return {
    trained,
    async differentiate(parameters, batch, draw) {
      const embedding = frozen?.embedding ?? rowsOf(parameters.get(embeddingName)!, config.hidden);
      const { rows, time, ids, feeds } = batch;
      const results = await session.run({
        ...parameterFeeds(differentiated, parameters),
        ...feeds,
        embedded: floats(embedding.pick(ids), [rows, time, config.hidden]),
        ...(packed && { positions: feeds["positions"]! }),
        ...(rate > 0 && { dropout: residualDropout(config, rows, rate, randomFrom(...draw)) }),
        ...dropFeeds(batch, draw),
      });
      const gradients = new Map(
        differentiated.map(({ name }, index) => [name, results[index + 1]!.data as Float32Array]),
      );
      if (full) {
        if (!gradients.has(embeddingName)) gradients.set(embeddingName, lookedUp.fill(0));
        addRows(gradients.get(embeddingName)!, ids, results.at(-1)!.data as Float32Array, config.hidden);
      }
      return { loss: results[0]!.data[0] as number, gradients };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
