/** @file A model that fits into memory with all that its backward pass needs → a Network of one graph. */
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import {
  blockPrefix,
  embeddingName,
  finalNormName,
  type LlamaConfig,
  outputNameOf,
} from "../models/llama.ts";
import { floats, type Tensors } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { type Batch, residualDropout } from "./batch.ts";
import { dropoutFeeds } from "./block-network.ts";
import { parameterFeeds, type Place } from "./device-place.ts";
import type { Network } from "./network.ts";
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

/** Dropout factors of all adapters. */
function adapterDropout(
  { config, plan }: WholeNetworkOptions,
  batch: Batch,
  draw: readonly number[],
): Tensors {
  const { lora } = plan;
  if (lora === undefined || lora.dropout === 0) return {};
  const ofLayer = (layer: number): Tensors =>
    dropoutFeeds(config, lora, batch, [...draw, layer], blockPrefix(layer));
  return Object.assign({}, ...Array.from({ length: config.layers }, (_, layer) => ofLayer(layer))) as Tensors;
}

export async function openWholeNetwork<T>(
  place: Place<T>,
  options: WholeNetworkOptions,
): Promise<Network<T>> {
  const { config, frozen, threads, packed } = options;
  const rate = options.residualDropout;
  const { graph, trained, differentiated } = wholeGraph(config, { ...options, residualDropout: rate > 0 });
  const session = await place.open(graph, 1, { threads, held: heldTensors(options) });
  const embedding = frozen === undefined ? await place.openEmbedding(config, threads) : undefined;
  return {
    trained,
    async differentiate(parameters, batch, draw) {
      const { rows, time, ids, feeds } = batch;
      const shape = [rows, time, config.hidden];
      const table = parameters.get(embeddingName)!;
      const picked: T | undefined = await embedding?.pick(table, batch);
      const { read, kept } = await session.run({
        ...parameterFeeds(place, differentiated, parameters),
        ...feeds,
        embedded:
          embedding === undefined
            ? floats(frozen!.embedding.pick(ids), shape)
            : place.feed(picked as T, shape),
        ...(packed && { positions: feeds["positions"]! }),
        ...(rate > 0 && { dropout: residualDropout(config, rows, rate, randomFrom(...draw)) }),
        ...adapterDropout(options, batch, draw),
      });
      const gradients = new Map<string, T>(differentiated.map(({ name }, index) => [name, kept[index]!]));
      if (embedding !== undefined) {
        place.free(picked as T);
        const before = gradients.get(embeddingName);
        gradients.set(embeddingName, await embedding.gradient(table, batch, kept.at(-1)!, before));
      }
      return { loss: read[0]!.data[0] as number, gradients };
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await embedding?.[Symbol.asyncDispose]();
    },
  };
}
