/** @file States behind the last block and labels → the loss of the label heads, and its gradients. */
import { GraphBuilder } from "../graph/builder.ts";
import { differentiate } from "../graph/differentiate.ts";
import type { Graph } from "../graph/types.ts";
import { finalNormName, type LlamaConfig, type ParameterShape } from "../models/llama.ts";
import { classifierParameters, labelScores, weightedLoss } from "../models/token-classifier.ts";
import { floats } from "../runtime/types.ts";
import { parameterFeeds, type Place } from "./device-place.ts";
import type { Head } from "./network.ts";

export interface LabelHeadOptions {
  readonly types: readonly string[];
  /** The last norm's weight where it is frozen; absent: it is trained. */
  readonly finalNorm?: Float32Array<ArrayBuffer>;
  readonly threads: number;
}

const finalNormShape = ({ hidden }: LlamaConfig): ParameterShape => ({
  name: finalNormName,
  shape: [hidden],
});

export function labelHeadGraph(
  config: LlamaConfig,
  types: readonly string[],
  trained: readonly ParameterShape[],
): Graph {
  const builder = new GraphBuilder();
  const states = builder.input("states", ["batch", "time", config.hidden]);
  const all = [finalNormShape(config), ...classifierParameters(config, types)];
  const values = new Map(all.map(({ name, shape }) => [name, builder.input(name, shape)]));
  const normed = builder.rmsNorm(states, values.get(finalNormName)!, config.normEpsilon);
  const loss = weightedLoss(builder, labelScores(builder, normed, values), "rows");
  const sources = [states, ...trained.map(({ name }) => values.get(name)!)];
  return builder.finish([loss, ...differentiate(builder, loss, sources)]);
}

export async function openLabelHead<T>(
  place: Place<T>,
  config: LlamaConfig,
  { types, finalNorm, threads }: LabelHeadOptions,
): Promise<Head<T>> {
  const classifier = classifierParameters(config, types);
  const trained = finalNorm === undefined ? [finalNormShape(config), ...classifier] : classifier;
  const session = await place.open(labelHeadGraph(config, types, trained), 1, {
    threads,
    held: finalNorm === undefined ? {} : { [finalNormName]: floats(finalNorm, [config.hidden]) },
  });
  return {
    trained,
    async differentiate(states, parameters, { feeds, rows, time }) {
      const { read, kept } = await session.run({
        states: place.feed(states, [rows, time, config.hidden]),
        labels: feeds["labels"]!,
        weights: feeds["weights"]!,
        ...parameterFeeds(place, trained, parameters),
      });
      const [gradient, ...others] = kept;
      return {
        loss: read[0]!.data[0] as number,
        gradient: gradient!,
        gradients: new Map(trained.map(({ name }, index) => [name, others[index]!])),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
