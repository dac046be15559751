/**
 * @file A causal language model → the graph that scores a few candidate tokens at a few places of many rows in one run,
 * and the graph of all next-token scores. Both remember: keys and values of earlier tokens go in, those of the new ones
 * come out.
 */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Value } from "../graph/types.ts";
import {
  embeddingName,
  languageParameters,
  llama,
  type LlamaConfig,
  outputNameOf,
  parameterInputs,
  parameterOf,
} from "./llama.ts";

/**
 * Inputs with the keys or values that a layer remembers: of what all rows begin with, [1, kvHeads, 1, shared, headSize], and
 * of what each has behind it, [batch, kvHeads, 1, past, headSize].
 */
export const memoryName = (part: "shared" | "past", layer: number, kind: "keys" | "values"): string =>
  `${part}.${layer}.${kind}`;

/** A graph under construction and the last normalised states of the asked places, [places, hidden]. */
interface Placed {
  readonly builder: GraphBuilder;
  readonly states: Value;
  readonly output: Value;
  /** Keys and values of the new tokens, layer by layer. */
  readonly remembered: readonly Value[];
}

/**
 * Inputs: the parameters, `ids` and `positions` int64 [batch, time], `mask` [batch, 1, 1, time, shared + past + time], what
 * each layer remembers, `beginnings` int64 [batch]: 0 for each row, and `places` int64 [places]: indices into batch · time.
 */
function placed(config: LlamaConfig): Placed {
  const builder = new GraphBuilder();
  const parameters = parameterInputs(builder, languageParameters(config));
  const ids = builder.input("ids", ["batch", "time"], "int64");
  const positions = builder.input("positions", ["batch", "time"], "int64");
  const mask = builder.input("mask", ["batch", 1, 1, "time", "shared+past+time"]);
  const beginnings = builder.input("beginnings", ["batch"], "int64");
  const remembered: Value[] = [];
  const recall = (key: Value, value: Value): readonly [Value, Value] => {
    const layer = remembered.length / 2;
    remembered.push(key, value);
    const behind = (kind: "keys" | "values", fresh: Value): Value => {
      const part = (name: "shared" | "past", rows: 1 | "batch"): Value => {
        const shape = [rows, config.kvHeads, 1, name, config.headSize];
        return builder.input(memoryName(name, layer, kind), shape);
      };
      const shared = builder.gather(part("shared", 1), beginnings);
      return builder.concat([shared, part("past", "batch"), fresh], 3);
    };
    return [behind("keys", key), behind("values", value)];
  };
  const embedded = builder.gather(parameterOf(parameters, embeddingName), ids);
  const places = builder.input("places", ["places"], "int64");
  const states = llama(builder, config, parameters, { embedded, mask, positions, recall, places });
  return { builder, states, output: parameterOf(parameters, outputNameOf(config)), remembered };
}

/**
 * Scores of chosen tokens: out[i, c] = state at place i · output row of `candidates`[i, c], int64 [places, choices].
 * The whole vocabulary is never computed. Outputs: the scores, then each layer's new keys and values.
 */
export function scoringGraph(config: LlamaConfig): Graph {
  const { builder, states, output, remembered } = placed(config);
  const candidates = builder.input("candidates", ["places", "choices"], "int64");
  const rows = builder.gather(output, candidates);
  const products = builder.matMul(rows, builder.reshape(states, ["places", config.hidden, 1]));
  return builder.finish([builder.reshape(products, ["places", "choices"]), ...remembered]);
}

/** Scores of every token of the vocabulary, [places, vocabulary], then each layer's new keys and values. */
export function nextTokenGraph(config: LlamaConfig): Graph {
  const { builder, states, output, remembered } = placed(config);
  return builder.finish([builder.linear(states, output), ...remembered]);
}
