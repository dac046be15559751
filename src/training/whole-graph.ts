/** @file A model's sizes, a task and a plan for the weights → one graph with the loss and the gradients of what is trained. */
import { blockInputs, type BlockPlan } from "../adapters/block-inputs.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { differentiate } from "../graph/differentiate.ts";
import type { Graph, Value } from "../graph/types.ts";
import { attentionMask } from "../models/attention-mask.ts";
import {
  blockPrefix,
  type BlockWeights,
  embeddingName,
  finalNormName,
  languageParameters,
  llama,
  type LlamaConfig,
  outputNameOf,
  type ParameterShape,
} from "../models/llama.ts";
import {
  classifierParameters,
  labelScores,
  tokenClassifierParameters,
  weightedLoss,
} from "../models/token-classifier.ts";

/** What the states behind the last block are used for: label heads of these types, or the tokens at some places. */
export type Objective = { readonly labels: readonly string[] } | "tokens";

export interface WholeGraphOptions {
  readonly objective: Objective;
  readonly plan: BlockPlan;
  /** Rows hold several texts: the mask differs from token to token, positions are fed. */
  readonly packed?: boolean;
  /** Factors of the residual branches are fed, as models/llama.ts describes them. */
  readonly residualDropout?: boolean;
}

export interface WholeGraph {
  /** Outputs: the loss, the gradient of each of `differentiated`, and that of `embedded` where the embedding is trained. */
  readonly graph: Graph;
  readonly trained: readonly ParameterShape[];
  /** Trained parameters that are inputs of the graph; an embedding that is only looked up is none. */
  readonly differentiated: readonly ParameterShape[];
}

/**
 * Inputs beside the weights by name: `embedded` [batch, time, hidden], `mask`, perhaps `positions` and `dropout`, and
 * for labels `labels` int32 [rows, 1] and `weights` [rows, 1] with rows = batch · time · types in that order; for
 * tokens `targets` int32 [targets] into batch · time, `labels` int32 [targets, 1] and `weights` [targets, 1].
 * The loss is Σ weight · cross entropy.
 */
export function wholeGraph(config: LlamaConfig, options: WholeGraphOptions): WholeGraph {
  const { objective, plan } = options;
  const builder = new GraphBuilder();
  const embedded = builder.input("embedded", ["batch", "time", config.hidden]);
  const outer = outerShapes(config, objective);
  const values = new Map(outer.map(({ name, shape }) => [name, builder.input(name, shape)]));
  const blocks = declareBlocks(builder, config, options);
  const states = llama(
    builder,
    config,
    values,
    {
      embedded,
      mask: attentionMask(builder, config, options.packed),
      ...(options.packed && { positions: builder.input("positions", ["batch", "time"], "int64") }),
      ...(options.residualDropout && {
        dropout: builder.input("dropout", [2 * config.layers, "batch", 1, config.hidden]),
      }),
    },
    (layer) => blocks[layer]!.weights,
  );
  const loss = lossOf(builder, config, objective, states, values);
  const inBlocks = blocks
    .flatMap(({ trained }) => trained)
    .map(({ name, shape }) => ({ name, shape: shape as number[] }));
  const full = plan.lora === undefined;
  const ofHead = full ? outer : objective === "tokens" ? [] : classifierParameters(config, objective.labels);
  const differentiated = [...ofHead, ...inBlocks];
  const inputs = new Map([
    ...values,
    ...blocks.flatMap(({ trained }) => trained.map((one) => [one.name, one] as const)),
  ]);
  const sources = differentiated.map(({ name }) => inputs.get(name)!);
  const gradients = differentiate(builder, loss, full ? [...sources, embedded] : sources);
  const names = new Set(differentiated.map(({ name }) => name));
  const embedding = { name: embeddingName, shape: [config.vocabularySize, config.hidden] };
  return {
    graph: builder.finish([loss, ...gradients]),
    trained: full && !names.has(embeddingName) ? [embedding, ...differentiated] : differentiated,
    differentiated,
  };
}

/** What stands behind the blocks. */
function outerShapes(config: LlamaConfig, objective: Objective): ParameterShape[] {
  const norm = { name: finalNormName, shape: [config.hidden] };
  if (objective !== "tokens") return [norm, ...classifierParameters(config, objective.labels)];
  return [{ name: outputNameOf(config), shape: [config.vocabularySize, config.hidden] }, norm];
}

function declareBlocks(
  builder: GraphBuilder,
  config: LlamaConfig,
  { plan }: WholeGraphOptions,
): readonly { readonly weights: BlockWeights; readonly trained: readonly Value[] }[] {
  const dropping = (plan.lora?.dropout ?? 0) > 0;
  return Array.from({ length: config.layers }, (_, layer) =>
    blockInputs(builder, config, plan, blockPrefix(layer), dropping),
  );
}

function lossOf(
  builder: GraphBuilder,
  config: LlamaConfig,
  objective: Objective,
  states: Value,
  values: ReadonlyMap<string, Value>,
): Value {
  if (objective !== "tokens") return weightedLoss(builder, labelScores(builder, states, values), "rows");
  const targets = builder.input("targets", ["targets"], "int32");
  const chosen = builder.gather(builder.reshape(states, ["tokens", config.hidden]), targets);
  return weightedLoss(builder, builder.linear(chosen, values.get(outputNameOf(config))!), "targets");
}

/** Every parameter of a model with this objective, in the order of its file. */
export function objectiveParameters(config: LlamaConfig, objective: Objective): ParameterShape[] {
  return objective === "tokens"
    ? languageParameters(config)
    : tokenClassifierParameters(config, objective.labels);
}
