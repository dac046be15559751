/**
 * @file A bidirectional Llama with one O/B/I head per entity type → its parameters, the graph for tagging, its loss.
 * Several types are read in a single pass (the way of VANER2); each head has its own softmax, so mentions of different
 * types may overlap.
 */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Value } from "../graph/types.ts";
import { attentionMask } from "./attention-mask.ts";
import { type BlockRanges, eightBitNames, eightBitWeights } from "./eight-bit.ts";
import {
  embeddingName,
  llama,
  type LlamaConfig,
  llamaParameters,
  parameterInputs,
  type ParameterShape,
  plainWeights,
} from "./llama.ts";

/** O outside, B first token of a mention, I further token: the order of the classes of every head. */
export const labelClasses = ["O", "B", "I"] as const;
export const outside = 0;
export const begin = 1;
export const inside = 2;

/** The label heads, one after the other. */
export const classifierNames = { weight: "classifier.weight", bias: "classifier.bias" } as const;

/** The label heads alone. */
export function classifierParameters(config: LlamaConfig, types: readonly string[]): ParameterShape[] {
  const classes = types.length * labelClasses.length;
  return [
    { name: classifierNames.weight, shape: [classes, config.hidden] },
    { name: classifierNames.bias, shape: [classes] },
  ];
}

export function tokenClassifierParameters(config: LlamaConfig, types: readonly string[]): ParameterShape[] {
  return [...llamaParameters(config), ...classifierParameters(config, types)];
}

/** Class scores of every head and token, [batch · time · types, 3], from the last normalised states. */
export function labelScores(
  builder: GraphBuilder,
  states: Value,
  parameters: ReadonlyMap<string, Value>,
): Value {
  return builder.reshape(classScores(builder, states, parameters), ["rows", labelClasses.length]);
}

function classScores(builder: GraphBuilder, states: Value, parameters: ReadonlyMap<string, Value>): Value {
  const scores = builder.linear(states, parameters.get(classifierNames.weight)!);
  return builder.add(scores, parameters.get(classifierNames.bias)!);
}

/**
 * Inputs: the parameters by name, `ids` int64 [batch, time], `mask` as llama.ts describes it.
 * With ranges, one for each block, the blocks' matrices are of 8 bits, as eight-bit.ts names and describes them.
 * Output: probabilities [batch, time, types, 3].
 */
export function taggingGraph(
  config: LlamaConfig,
  types: readonly string[],
  ranges?: readonly BlockRanges[],
): Graph {
  const builder = new GraphBuilder();
  const rounded = ranges === undefined ? undefined : eightBitNames(config);
  const plain = tokenClassifierParameters(config, types).filter(({ name }) => rounded?.has(name) !== true);
  const parameters = parameterInputs(builder, plain);
  const ids = builder.input("ids", ["batch", "time"], "int64");
  const embedded = builder.gather(parameters.get(embeddingName)!, ids);
  const states = llama(
    builder,
    config,
    parameters,
    { embedded, mask: attentionMask(builder, config) },
    (layer) =>
      ranges === undefined
        ? plainWeights(builder, parameters, layer)
        : eightBitWeights(builder, config, parameters, { layer, ranges: ranges[layer]! }),
  );
  const scores = classScores(builder, states, parameters);
  const perHead = builder.reshape(scores, ["batch", "time", types.length, labelClasses.length]);
  return builder.finish([builder.softmax(perHead)]);
}

/** Σ weight · cross entropy of the rows of `logits`; declares the inputs `labels` int32 and `weights`, [rows, 1] each. */
export function weightedLoss(builder: GraphBuilder, logits: Value, rows: string): Value {
  const labels = builder.input("labels", [rows, 1], "int32");
  const weights = builder.input("weights", [rows, 1]);
  return builder.reduceSum(builder.mul(builder.crossEntropy(logits, labels), weights), [0, 1], 0);
}
