/**
 * @file A bidirectional Llama with one O/B/I head per entity type → graphs for tagging and for both kinds of training.
 * Several types are read in a single pass (the way of VANER2); each head has its own softmax, so mentions of different
 * types may overlap.
 */
import { GraphBuilder } from "../graph/builder.ts";
import { differentiate } from "../graph/differentiate.ts";
import type { Graph, Value } from "../graph/types.ts";
import { attentionMask } from "./attention-mask.ts";
import {
  embeddingName,
  llama,
  type LlamaConfig,
  llamaParameters,
  outputNameOf,
  parameterInputs,
  type ParameterShape,
} from "./llama.ts";

/** O outside, B first token of a mention, I further token: the order of the classes of every head. */
export const labelClasses = ["O", "B", "I"] as const;
export const outside = 0;
export const begin = 1;
export const inside = 2;

export const classifierWeightName = "classifier.weight";
export const classifierBiasName = "classifier.bias";

export function tokenClassifierParameters(config: LlamaConfig, types: readonly string[]): ParameterShape[] {
  const classes = types.length * labelClasses.length;
  return [
    ...llamaParameters(config),
    { name: classifierWeightName, shape: [classes, config.hidden] },
    { name: classifierBiasName, shape: [classes] },
  ];
}

/** Class scores of every head, [batch, time, types · 3], from embedding rows. */
function classify(
  builder: GraphBuilder,
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Value>,
  embedded: Value,
  dropout?: Value,
): Value {
  const mask = attentionMask(builder, config);
  const state = llama(builder, config, parameters, { embedded, mask, ...(dropout && { dropout }) });
  const scores = builder.linear(state, parameters.get(classifierWeightName)!);
  return builder.add(scores, parameters.get(classifierBiasName)!);
}

function embed(builder: GraphBuilder, parameters: ReadonlyMap<string, Value>): Value {
  return builder.gather(parameters.get(embeddingName)!, builder.input("ids", ["batch", "time"], "int64"));
}

/**
 * Inputs: the parameters by name, `ids` int64 [batch, time], `mask` as llama.ts describes it.
 * Output: probabilities [batch, time, types, 3].
 */
export function taggingGraph(config: LlamaConfig, types: readonly string[]): Graph {
  const builder = new GraphBuilder();
  const parameters = parameterInputs(builder, tokenClassifierParameters(config, types));
  const scores = classify(builder, config, parameters, embed(builder, parameters));
  const perHead = builder.reshape(scores, ["batch", "time", types.length, labelClasses.length]);
  return builder.finish([builder.softmax(perHead)]);
}

/**
 * A training graph. Its outputs are the loss, the gradient of each of `differentiated`, and the gradient of the gathered
 * embedding rows [batch, time, hidden], which the trainer adds up by token (see gradients/layout.ts on why).
 */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly parameters: readonly ParameterShape[];
  readonly differentiated: readonly ParameterShape[];
}

function dropoutInput(builder: GraphBuilder, config: LlamaConfig): Value {
  return builder.input("dropout", [2 * config.layers, "batch", 1, config.hidden]);
}

function trainingGraph(
  builder: GraphBuilder,
  loss: Value,
  shapes: readonly ParameterShape[],
  differentiated: readonly ParameterShape[],
  values: ReadonlyMap<string, Value>,
  embedded: Value,
): TrainingGraph {
  const sources = [...differentiated.map(({ name }) => values.get(name)!), embedded];
  const graph = builder.finish([loss, ...differentiate(builder, loss, sources)]);
  return { graph, parameters: shapes, differentiated };
}

/**
 * Label training. Beside those of the tagging graph its inputs are `labels` int32 [rows, 1] and `weights` [rows, 1] with
 * rows = batch · time · types in that order (weight 0 where a corpus does not speak of a type, or for padding), and, if
 * `dropout`, the factors that llama.ts describes. The loss is Σ weight · cross entropy.
 */
export function labelTrainingGraph(
  config: LlamaConfig,
  types: readonly string[],
  dropout: boolean,
): TrainingGraph {
  const builder = new GraphBuilder();
  const shapes = tokenClassifierParameters(config, types);
  const parameters = parameterInputs(builder, shapes);
  const embedded = embed(builder, parameters);
  const scores = classify(
    builder,
    config,
    parameters,
    embedded,
    dropout ? dropoutInput(builder, config) : undefined,
  );
  const rows = builder.reshape(scores, ["rows", labelClasses.length]);
  const loss = weightedLoss(builder, rows, "rows");
  const dense = shapes.filter(({ name }) => name !== embeddingName); // the embedding is only looked up here
  return trainingGraph(builder, loss, shapes, dense, parameters, embedded);
}

/**
 * Masked-token training (Devlin et al. 2019) with the output matrix tied to the embedding. Inputs beside the tagging
 * graph's: `positions` int64 [targets] into batch · time, `labels` int32 [targets, 1], `weights` [targets, 1].
 */
export function maskedTrainingGraph(config: LlamaConfig, dropout: boolean): TrainingGraph {
  const builder = new GraphBuilder();
  const shapes = llamaParameters(config);
  const parameters = parameterInputs(builder, shapes);
  const embedded = embed(builder, parameters);
  const mask = attentionMask(builder, config);
  const factors = dropout ? { dropout: dropoutInput(builder, config) } : {};
  const state = llama(builder, config, parameters, { embedded, mask, ...factors });
  const positions = builder.input("positions", ["targets"], "int64");
  const chosen = builder.gather(builder.reshape(state, ["tokens", config.hidden]), positions);
  const logits = builder.linear(chosen, parameters.get(outputNameOf(config))!);
  const loss = weightedLoss(builder, logits, "targets");
  return trainingGraph(builder, loss, shapes, shapes, parameters, embedded);
}

function weightedLoss(builder: GraphBuilder, logits: Value, rows: string): Value {
  const labels = builder.input("labels", [rows, 1], "int32");
  const weights = builder.input("weights", [rows, 1]);
  return builder.reduceSum(builder.mul(builder.crossEntropy(logits, labels), weights), [0, 1], 0);
}
