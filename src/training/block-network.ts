/**
 * @file A model that is run block by block → a Network: one forward and one backward session serve every block, blocks'
 * inputs are kept and the rest is computed again. Memory grows with the weights as they are kept, not with the depth.
 */
import { backwardBlockGraph, forwardBlockGraph } from "../adapters/block-graphs.ts";
import type { BlockPlan } from "../adapters/block-inputs.ts";
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import { blockLoraShapes, dropoutSites, type LoraSettings } from "../adapters/lora.ts";
import { rowsOf } from "../adapters/row-matrix.ts";
import {
  blockParameters,
  blockPrefix,
  embeddingName,
  type LlamaConfig,
  type ParameterShape,
} from "../models/llama.ts";
import { floats, type GraphSession, type Runtime, type Tensor, type Tensors } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { type Batch, dropoutFactors } from "./batch.ts";
import type { Differentiated, Head, Network } from "./network.ts";
import { addRows, type Parameters } from "./parameters.ts";

export interface BlockNetworkOptions {
  readonly config: LlamaConfig;
  readonly plan: BlockPlan;
  /** What is not trained; absent where everything is. */
  readonly frozen?: FrozenWeights;
  readonly head: Head;
  /** Rows hold several texts (training/packing). */
  readonly packed: boolean;
  readonly threads: number;
}

interface Sessions {
  readonly forward: GraphSession;
  readonly backward: GraphSession;
  /** Names within a block of the backward graph's gradients behind the first. */
  readonly trained: readonly string[];
}

function trainedShapes({ config, plan, head, frozen }: BlockNetworkOptions): ParameterShape[] {
  const { vocabularySize, hidden, layers } = config;
  const ofBlock = (layer: number): ParameterShape[] =>
    plan.lora === undefined
      ? blockParameters(config, layer)
      : blockLoraShapes(config, plan.lora).map(({ name, shape }) => ({
          name: blockPrefix(layer) + name,
          shape,
        }));
  const embedding = { name: embeddingName, shape: [vocabularySize, hidden] };
  const others = head.trained.filter(({ name }) => name !== embeddingName);
  return [
    ...(frozen === undefined ? [embedding] : []),
    ...Array.from({ length: layers }, (_, layer) => ofBlock(layer)).flat(),
    ...others,
  ];
}

export async function openBlockNetwork(runtime: Runtime, options: BlockNetworkOptions): Promise<Network> {
  const { config, plan, packed, threads, head } = options;
  const dropping = (plan.lora?.dropout ?? 0) > 0;
  const backward = backwardBlockGraph(config, plan, { packed, dropping });
  const sessions: Sessions = {
    forward: await runtime.open(forwardBlockGraph(config, plan, { packed, dropping }), { threads }),
    backward: await runtime.open(backward.graph, { threads }),
    trained: backward.trained,
  };
  return {
    trained: trainedShapes(options),
    differentiate: (parameters, batch, draw) =>
      differentiateBlocks(sessions, options, parameters, batch, draw),
    async [Symbol.asyncDispose]() {
      await sessions.forward[Symbol.asyncDispose]();
      await sessions.backward[Symbol.asyncDispose]();
      await head[Symbol.asyncDispose]();
    },
  };
}

async function differentiateBlocks(
  sessions: Sessions,
  options: BlockNetworkOptions,
  parameters: Parameters,
  batch: Batch,
  draw: readonly number[],
): Promise<Differentiated> {
  const { config, frozen, head } = options;
  const shape = [batch.rows, batch.time, config.hidden];
  const feedsOf = (layer: number): Tensors => blockFeeds(options, sessions, parameters, batch, draw, layer);
  const embedding = frozen?.embedding ?? rowsOf(parameters.get(embeddingName)!, config.hidden);
  const inputs: Float32Array<ArrayBuffer>[] = [];
  let x = embedding.pick(batch.ids);
  for (let layer = 0; layer < config.layers; layer++) {
    inputs.push(x);
    const [y] = await sessions.forward.run({ x: floats(x, shape), ...feedsOf(layer) });
    x = y!.data as Float32Array<ArrayBuffer>;
  }
  const result = await head.differentiate(x, parameters, batch);
  const gradients = new Map(result.gradients);
  let dy = result.gradient;
  for (let layer = config.layers - 1; layer >= 0; layer--) {
    const feeds = { x: floats(inputs.pop()!, shape), dy: floats(dy, shape), ...feedsOf(layer) };
    const [dx, ...others] = await sessions.backward.run(feeds);
    sessions.trained.forEach((name, index) =>
      gradients.set(blockPrefix(layer) + name, others[index]!.data as Float32Array),
    );
    dy = dx!.data as Float32Array<ArrayBuffer>;
  }
  if (frozen === undefined) addEmbeddingGradient(gradients, parameters, batch.ids, dy, config.hidden);
  return { loss: result.loss, gradients };
}

/** The rows that were looked up, beside what a tied output matrix has given already. */
function addEmbeddingGradient(
  gradients: Map<string, Float32Array>,
  parameters: Parameters,
  ids: Int32Array,
  rows: Float32Array,
  hidden: number,
): void {
  const total = gradients.get(embeddingName) ?? new Float32Array(parameters.get(embeddingName)!.length);
  addRows(total, ids, rows, hidden);
  gradients.set(embeddingName, total);
}

/** Everything that both graphs of a block are fed beside x. */
function blockFeeds(
  { config, plan, frozen, packed }: BlockNetworkOptions,
  { trained }: Sessions,
  parameters: Parameters,
  batch: Batch,
  draw: readonly number[],
  layer: number,
): Tensors {
  const shapes = new Map(
    (plan.lora === undefined ? blockParameters(config, 0) : blockLoraShapes(config, plan.lora)).map(
      ({ name, shape }) => [plan.lora === undefined ? name.slice(blockPrefix(0).length) : name, shape],
    ),
  );
  const own = trained.map((name): [string, Tensor] => [
    name,
    floats(parameters.get(blockPrefix(layer) + name)!, shapes.get(name)!),
  ]);
  return {
    ...(plan.lora !== undefined && frozen!.block(layer)),
    ...Object.fromEntries(own),
    ...(plan.lora !== undefined &&
      plan.lora.dropout > 0 &&
      dropoutFeeds(config, plan.lora, batch, [...draw, layer])),
    mask: batch.feeds["mask"]!,
    ...(packed && { positions: batch.feeds["positions"]! }),
  };
}

/** The adapter's dropout factors of one block; the same draw gives the same ones forward and backward. */
export function dropoutFeeds(
  config: LlamaConfig,
  settings: LoraSettings,
  { rows, time }: Batch,
  draw: readonly number[],
  prefix = "",
): Tensors {
  return Object.fromEntries(
    dropoutSites(config, settings).map(({ name, shape }, site) => {
      const sizes = [rows, time, shape[0]!];
      return [prefix + name, dropoutFactors(sizes, settings.dropout, randomFrom(0x10fa, ...draw, site))];
    }),
  );
}
