/**
 * @file A model's sizes and a plan for its weights → the graphs that run one block forward and backward. One pair of
 * sessions serves every block of the model: its weights are fed, its input is kept and the rest is computed again.
 */
import { GraphBuilder } from "../graph/builder.ts";
import { pullBack } from "../graph/differentiate.ts";
import type { Graph } from "../graph/types.ts";
import { attentionMask } from "../models/attention-mask.ts";
import { type BlockContext, llamaBlock, type LlamaConfig } from "../models/llama.ts";
import { blockInputs, type BlockPlan } from "./block-inputs.ts";

export interface BlockGraphOptions {
  /** Rows hold several texts: the mask differs from token to token, positions are fed. */
  readonly packed?: boolean;
  /** The adapter's dropout factors are fed. */
  readonly dropping?: boolean;
}

function context(builder: GraphBuilder, config: LlamaConfig, packed: boolean): BlockContext {
  const mask = attentionMask(builder, config, packed);
  return packed ? { mask, positions: builder.input("positions", ["batch", "time"], "int64") } : { mask };
}

/** Inputs: `x` [batch, time, hidden], `mask`, perhaps `positions`, the block's weights. Output: the block's output. */
export function forwardBlockGraph(
  config: LlamaConfig,
  plan: BlockPlan,
  options: BlockGraphOptions = {},
): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", ["batch", "time", config.hidden]);
  const { weights } = blockInputs(builder, config, plan, "", options.dropping);
  return builder.finish([
    llamaBlock(builder, config, weights, x, context(builder, config, options.packed ?? false)),
  ]);
}

export interface BackwardBlockGraph {
  readonly graph: Graph;
  /** Names, within the block, of what the outputs behind the first are gradients of. */
  readonly trained: readonly string[];
}

/** Inputs beside those of the forward graph: `dy`, the gradient of the block's output. Outputs: that of x, those of what is trained. */
export function backwardBlockGraph(
  config: LlamaConfig,
  plan: BlockPlan,
  options: BlockGraphOptions = {},
): BackwardBlockGraph {
  const builder = new GraphBuilder();
  const shape = ["batch", "time", config.hidden];
  const [x, dy] = [builder.input("x", shape), builder.input("dy", shape)];
  const { weights, trained } = blockInputs(builder, config, plan, "", options.dropping);
  const y = llamaBlock(builder, config, weights, x, context(builder, config, options.packed ?? false));
  const gradients = pullBack(builder, [{ value: y, gradient: dy }], [x, ...trained]);
  return { graph: builder.finish(gradients), trained: trained.map(({ name }) => name) };
}
