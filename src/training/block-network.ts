/**
 * @file A model that is run block by block → a Network: one forward and one backward session serve every block, blocks'
 * inputs are kept and the rest is computed again. Memory grows with the weights as they are kept, not with the depth.
 */
import { backwardBlockGraph, forwardBlockGraph } from "../adapters/block-graphs.ts";
import type { BlockPlan } from "../adapters/block-inputs.ts";
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import { blockLoraShapes, dropoutSites, type LoraSettings } from "../adapters/lora.ts";
import {
  blockParameters,
  blockPrefix,
  embeddingName,
  type LlamaConfig,
  type ParameterShape,
} from "../models/llama.ts";
import { type AnyTensor, type Feeds, floats, type Tensors } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { type Batch, dropoutFactors } from "./batch.ts";
import type { TrainedEmbedding } from "./device-embedding.ts";
import type { Place, PlaceSession } from "./device-place.ts";
import type { Differentiated, Head, Network } from "./network.ts";

/** What is frozen of a model whose blocks are run one by one. */
export interface FrozenBlocks extends Pick<FrozenWeights, "embedding"> {
  /** The inputs of one block's graph, named within the block. */
  block(layer: number): Feeds;
}

export interface BlockNetworkOptions<T> {
  readonly config: LlamaConfig;
  readonly plan: BlockPlan;
  /** What is not trained; absent where everything is. */
  readonly frozen?: FrozenBlocks;
  readonly head: Head<T>;
  /** Rows hold several texts (training/packing). */
  readonly packed: boolean;
  readonly threads: number;
}

interface Sessions<T> {
  readonly forward: PlaceSession<T>;
  readonly backward: PlaceSession<T>;
  readonly head: Head<T>;
  /** Where the embedding is trained. */
  readonly embedding?: TrainedEmbedding<T>;
  /** Names within a block of the backward graph's gradients behind the first. */
  readonly trained: readonly string[];
}

function trainedShapes<T>({ config, plan, head, frozen }: BlockNetworkOptions<T>): ParameterShape[] {
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

export async function openBlockNetwork<T>(
  place: Place<T>,
  options: BlockNetworkOptions<T>,
): Promise<Network<T>> {
  const { config, plan, packed, threads, head } = options;
  const dropping = (plan.lora?.dropout ?? 0) > 0;
  const forward = forwardBlockGraph(config, plan, { packed, dropping });
  const backward = backwardBlockGraph(config, plan, { packed, dropping });
  const sessions: Sessions<T> = {
    forward: await place.open(forward, 0, { threads }),
    backward: await place.open(backward.graph, 0, { threads }),
    ...(options.frozen === undefined && { embedding: await place.openEmbedding(config, threads) }),
    trained: backward.trained,
    head,
  };
  return {
    trained: trainedShapes(options),
    differentiate: (parameters, batch, draw) =>
      differentiateBlocks({ place, sessions, options, parameters, batch, draw }),
    async [Symbol.asyncDispose]() {
      const { forward, backward, embedding } = sessions;
      for (const one of [forward, backward, head, embedding]) await one?.[Symbol.asyncDispose]();
    },
  };
}

interface Pass<T> {
  readonly place: Place<T>;
  readonly sessions: Sessions<T>;
  readonly options: BlockNetworkOptions<T>;
  readonly parameters: ReadonlyMap<string, T>;
  readonly batch: Batch;
  readonly draw: readonly number[];
}

async function differentiateBlocks<T>(pass: Pass<T>): Promise<Differentiated<T>> {
  const { place, sessions, parameters, batch } = pass;
  const mask = await place.park(batch.feeds["mask"]!);
  const { inputs, states } = await forwardBlocks(pass, mask);
  const { loss, gradient, ...ofHead } = await sessions.head.differentiate(states, parameters, batch);
  place.free(states);
  const gradients = new Map(ofHead.gradients);
  const dx = await backwardBlocks(pass, mask, inputs, gradient, gradients);
  place.free(mask);
  const { embedding } = sessions;
  if (embedding === undefined) place.free(dx);
  else {
    const before = gradients.get(embeddingName);
    const total = await embedding.gradient(parameters.get(embeddingName)!, batch, dx, before);
    gradients.set(embeddingName, total);
  }
  return { loss, gradients };
}

/** The inputs of the blocks, and what the last one gives. */
async function forwardBlocks<T>(
  pass: Pass<T>,
  mask: T,
): Promise<{ readonly inputs: T[]; readonly states: T }> {
  const { place, sessions, options, parameters, batch } = pass;
  const { config, frozen } = options;
  const shape = [batch.rows, batch.time, config.hidden];
  let x: T =
    frozen === undefined
      ? await sessions.embedding!.pick(parameters.get(embeddingName)!, batch)
      : await place.park(floats(frozen.embedding.pick(batch.ids), shape));
  const inputs: T[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    inputs.push(x);
    const feeds = { x: place.feed(x, shape), ...blockFeeds(pass, mask, layer) };
    x = (await sessions.forward.run(feeds)).kept[0]!;
  }
  return { inputs, states: x };
}

/** Adds the blocks' gradients to `gradients`, from the last to the first, and gives that of the first block's input. */
async function backwardBlocks<T>(
  pass: Pass<T>,
  mask: T,
  inputs: T[],
  gradient: T,
  gradients: Map<string, T>,
): Promise<T> {
  const { place, sessions, options, batch } = pass;
  const shape = [batch.rows, batch.time, options.config.hidden];
  let dy = gradient;
  for (let layer = inputs.length - 1; layer >= 0; layer--) {
    const x = inputs.pop()!;
    const { kept } = await sessions.backward.run({
      x: place.feed(x, shape),
      dy: place.feed(dy, shape),
      ...blockFeeds(pass, mask, layer),
    });
    const [dx, ...others] = kept;
    sessions.trained.forEach((name, index) => gradients.set(blockPrefix(layer) + name, others[index]!));
    place.free(x);
    place.free(dy);
    dy = dx!;
  }
  return dy;
}

/** Everything that both graphs of a block are fed beside x. */
function blockFeeds<T>(
  { place, sessions, options, parameters, batch, draw }: Pass<T>,
  mask: T,
  layer: number,
): Feeds {
  const { config, plan, frozen, packed } = options;
  const { lora } = plan;
  const shapes = new Map(
    (lora === undefined ? blockParameters(config, 0) : blockLoraShapes(config, lora)).map(
      ({ name, shape }) => [lora === undefined ? name.slice(blockPrefix(0).length) : name, shape],
    ),
  );
  const own = sessions.trained.map((name): [string, AnyTensor] => [
    name,
    place.feed(parameters.get(blockPrefix(layer) + name)!, shapes.get(name)!),
  ]);
  return {
    ...(lora !== undefined && frozen!.block(layer)),
    ...Object.fromEntries(own),
    ...(lora !== undefined && lora.dropout > 0 && dropoutFeeds(config, lora, batch, [...draw, layer])),
    mask: place.feed(mask, batch.feeds["mask"]!.shape),
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
