/** @file Weights and a configuration → next-token scores by our own graph, for tests of files that come from elsewhere. */
import type { WeightSource } from "../src/formats/weight-source.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { attentionMask, attentionMaskData } from "../src/models/attention-mask.ts";
import {
  embeddingName,
  llama,
  type LlamaConfig,
  llamaParameters,
  outputName,
  outputNameOf,
  parameterInputs,
  parameterOf,
} from "../src/models/llama.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { floats, ints64, type Tensor } from "../src/runtime/types.ts";

export interface LanguageModel extends AsyncDisposable {
  /** Scores of what follows the last of the ids. */
  next(ids: readonly number[]): Promise<Float32Array>;
  /** The likeliest continuation. */
  greedy(ids: readonly number[], count: number): Promise<number[]>;
}

/** All weights are read at once: for small models only. `maximumLength` keeps the rotary tables small. */
export async function openLanguageModel(given: LlamaConfig, weights: WeightSource): Promise<LanguageModel> {
  const config = { ...given, maximumLength: Math.min(given.maximumLength, 512) };
  const { vocabularySize, hidden } = config;
  const shapes = [
    ...llamaParameters(config),
    ...(config.tiedEmbeddings ? [] : [{ name: outputName, shape: [vocabularySize, hidden] }]),
  ];
  const builder = new GraphBuilder();
  const parameters = parameterInputs(builder, shapes);
  const ids = builder.input("ids", ["batch", "time"], "int64");
  const embedded = builder.gather(parameterOf(parameters, embeddingName), ids);
  const mask = attentionMask(builder, config);
  const state = llama(builder, config, parameters, { embedded, mask });
  const graph = builder.finish([builder.linear(state, parameterOf(parameters, outputNameOf(config)))]);
  const held: Record<string, Tensor> = {};
  for (const { name, shape } of shapes) held[name] = floats(await weights.read(name), shape);
  const session = await onnxRuntime.open(graph, { held, threads: 1 });
  const next = async (row: readonly number[]): Promise<Float32Array> => {
    const { data, shape } = attentionMaskData([row.length], row.length, config);
    const [logits] = await session.run({ ids: ints64(row, [1, row.length]), mask: floats(data, shape) });
    return (logits!.data as Float32Array).slice(-vocabularySize);
  };
  return {
    next,
    async greedy(start, count) {
      const row = [...start];
      while (row.length < start.length + count) {
        const scores = await next(row);
        row.push(scores.indexOf(scores.reduce((most, score) => Math.max(most, score), -Infinity)));
      }
      return row.slice(start.length);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
