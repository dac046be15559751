/** @file Configuration of a Llama-architecture model → its parameters' names and shapes, and its graph. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";

/** Sizes of the network (Touvron et al. 2023); `attention` says whether a token sees what follows it. */
export interface LlamaConfig {
  readonly vocabularySize: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` is grouped-query attention (Ainslie et al. 2023). */
  readonly kvHeads: number;
  readonly intermediate: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  readonly attention: "bidirectional" | "causal";
  /** Longest sequence in tokens. */
  readonly maximumLength: number;
}

export interface ParameterShape {
  /** Hugging Face's tensor name. */
  readonly name: string;
  /** Matrices are [in, out] in memory, transposed with respect to Hugging Face's files. */
  readonly shape: readonly number[];
}

export const embeddingName = "model.embed_tokens.weight";
export const finalNormName = "model.norm.weight";

const blockName = (layer: number, part: string): string => `model.layers.${layer}.${part}.weight`;

export function llamaParameters(config: LlamaConfig): ParameterShape[] {
  const { vocabularySize, hidden, layers, heads, kvHeads, intermediate } = config;
  const kvWidth = (hidden / heads) * kvHeads;
  const block = (layer: number): ParameterShape[] =>
    (
      [
        ["input_layernorm", [hidden]],
        ["self_attn.q_proj", [hidden, hidden]],
        ["self_attn.k_proj", [hidden, kvWidth]],
        ["self_attn.v_proj", [hidden, kvWidth]],
        ["self_attn.o_proj", [hidden, hidden]],
        ["post_attention_layernorm", [hidden]],
        ["mlp.gate_proj", [hidden, intermediate]],
        ["mlp.up_proj", [hidden, intermediate]],
        ["mlp.down_proj", [intermediate, hidden]],
      ] as const
    ).map(([part, shape]) => ({ name: blockName(layer, part), shape }));
  return [
    { name: embeddingName, shape: [vocabularySize, hidden] },
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    { name: finalNormName, shape: [hidden] },
  ];
}

/** cos and sin of position · theta^(−2i/size), [maximumLength, size / 2] each. */
function rotaryTables(builder: GraphBuilder, config: LlamaConfig): readonly [Value, Value] {
  const half = config.hidden / config.heads / 2;
  const [cos, sin] = [
    new Float32Array(config.maximumLength * half),
    new Float32Array(config.maximumLength * half),
  ];
  for (let position = 0; position < config.maximumLength; position++) {
    for (let index = 0; index < half; index++) {
      const angle = position / config.ropeTheta ** (index / half);
      cos[position * half + index] = Math.cos(angle);
      sin[position * half + index] = Math.sin(angle);
    }
  }
  const shape = [config.maximumLength, half];
  return [builder.constant(cos, shape), builder.constant(sin, shape)];
}

export interface LlamaInputs {
  /** Gathered embedding rows, [batch, time, hidden]. */
  readonly embedded: Value;
  /** Added to attention scores: 0 or −1e9; [batch, 1, 1, 1, time], or [batch, 1, 1, time, time] for causal attention. */
  readonly mask: Value;
  /** Factors 0 or 1/(1−p) of each residual branch, [2 · layers, batch, 1, hidden]; absent: no dropout. */
  readonly dropout?: Value;
}

export function attentionMask(builder: GraphBuilder, config: LlamaConfig): Value {
  return builder.input("mask", ["batch", 1, 1, config.attention === "causal" ? "time" : 1, "time"]);
}

/** 0 where a token may be attended to, −1e9 at padding and, for causal attention, at what follows. */
export function attentionMaskData(
  lengths: readonly number[],
  time: number,
  attention: LlamaConfig["attention"],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const queries = attention === "causal" ? time : 1;
  const data = new Float32Array(lengths.length * queries * time);
  lengths.forEach((length, row) => {
    for (let query = 0; query < queries; query++) {
      const from = attention === "causal" ? Math.min(length, query + 1) : length;
      const start = (row * queries + query) * time;
      data.fill(-1e9, start + from, start + time);
    }
  });
  return { data, shape: [lengths.length, 1, 1, queries, time] };
}

/** Parameters as inputs of the graph, by name. */
export function parameterInputs(
  builder: GraphBuilder,
  parameters: readonly ParameterShape[],
): ReadonlyMap<string, Value> {
  return new Map(parameters.map(({ name, shape }) => [name, builder.input(name, shape)]));
}

/** The network from embedding rows to the last normalised state, [batch, time, hidden]. */
export function llama(
  builder: GraphBuilder,
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Value>,
  inputs: LlamaInputs,
): Value {
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`internal: no parameter ${name}`);
    return value;
  };
  const tables = rotaryTables(builder, config);
  const dropped = (branch: Value, site: number): Value => {
    if (inputs.dropout === undefined) return branch;
    const factors = builder.gather(inputs.dropout, builder.constant(new BigInt64Array([BigInt(site)]), []));
    return builder.mul(branch, factors);
  };
  let x = inputs.embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const weight = (part: string): Value => parameter(blockName(layer, part));
    const attended = attention(builder, config, weight, x, inputs.mask, tables);
    x = builder.add(x, dropped(attended, 2 * layer));
    x = builder.add(x, dropped(feedForward(builder, config, weight, x), 2 * layer + 1));
  }
  return builder.rmsNorm(x, parameter(finalNormName), config.normEpsilon);
}

type WeightOf = (part: string) => Value;

function attention(
  builder: GraphBuilder,
  config: LlamaConfig,
  weight: WeightOf,
  x: Value,
  mask: Value,
  [cos, sin]: readonly [Value, Value],
): Value {
  const { heads, kvHeads, hidden } = config;
  const size = hidden / heads;
  const group = heads / kvHeads;
  const state = builder.rmsNorm(x, weight("input_layernorm"), config.normEpsilon);
  const project = (part: string): Value => builder.matMul(state, weight(part));
  // Queries of one group share keys and values by broadcasting: [batch, kvHeads, group or 1, time, size].
  const split = (y: Value, perKv: number): Value =>
    builder.transpose(builder.reshape(y, ["batch", "time", kvHeads, perKv, size]), [0, 2, 3, 1, 4]);
  const query = split(builder.rotary(project("self_attn.q_proj"), cos, sin, heads), group);
  const key = split(builder.rotary(project("self_attn.k_proj"), cos, sin, kvHeads), 1);
  const value = split(project("self_attn.v_proj"), 1);
  const scaled = builder.mul(query, builder.scalar(1 / Math.sqrt(size)));
  const scores = builder.add(builder.matMul(scaled, builder.transpose(key, [0, 1, 2, 4, 3])), mask);
  const mixed = builder.matMul(builder.softmax(scores), value); // [batch, kvHeads, group, time, size]
  const joined = builder.reshape(builder.transpose(mixed, [0, 3, 1, 2, 4]), ["batch", "time", hidden]);
  return builder.matMul(joined, weight("self_attn.o_proj"));
}

/** SwiGLU (Shazeer 2020). */
function feedForward(builder: GraphBuilder, config: LlamaConfig, weight: WeightOf, x: Value): Value {
  const state = builder.rmsNorm(x, weight("post_attention_layernorm"), config.normEpsilon);
  const gate = builder.silu(builder.matMul(state, weight("mlp.gate_proj")));
  const gated = builder.mul(gate, builder.matMul(state, weight("mlp.up_proj")));
  return builder.matMul(gated, weight("mlp.down_proj"));
}
