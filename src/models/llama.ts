/** @file Configuration of a model of Llama's family → its parameters' names and shapes, and its graph. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";
import { type RopeScaling, rotaryTables } from "./rotary.ts";

/**
 * Sizes of the network (Touvron et al. 2023) and what its relatives do otherwise: Mistral (sliding window), Qwen2
 * (biases), Qwen3 (normalised queries and keys). `attention` says whether a token sees what follows it.
 */
export interface LlamaConfig {
  readonly vocabularySize: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` is grouped-query attention (Ainslie et al. 2023). */
  readonly kvHeads: number;
  /** Width of one head, in numbers; usually hidden / heads. */
  readonly headSize: number;
  readonly intermediate: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
  readonly normEpsilon: number;
  readonly attention: "bidirectional" | "causal";
  /** Longest sequence in tokens. */
  readonly maximumLength: number;
  /** The output matrix is the embedding. */
  readonly tiedEmbeddings: boolean;
  /** Which projections of the attention have a bias: Qwen2 "qkv", some Llamas "qkvo". */
  readonly attentionBias: "none" | "qkv" | "qkvo";
  /** Queries and keys are normalised head by head (Qwen3). */
  readonly queryKeyNorm: boolean;
  /** Tokens that a token sees, itself included; absent: all. */
  readonly slidingWindow?: number;
}

export interface ParameterShape {
  /** Hugging Face's tensor name. */
  readonly name: string;
  /** Hugging Face's layout: matrices are [out, in]. */
  readonly shape: readonly number[];
}

export const embeddingName = "model.embed_tokens.weight";
export const finalNormName = "model.norm.weight";
export const outputName = "lm_head.weight";

export const blockPrefix = (layer: number): string => `model.layers.${layer}.`;

/** The matrices of a block that a layer's `linear` applies, [out, in], in the order of the computation. */
export function linearShapes(config: LlamaConfig): ParameterShape[] {
  const { hidden, heads, kvHeads, headSize, intermediate } = config;
  return (
    [
      ["self_attn.q_proj", [heads * headSize, hidden]],
      ["self_attn.k_proj", [kvHeads * headSize, hidden]],
      ["self_attn.v_proj", [kvHeads * headSize, hidden]],
      ["self_attn.o_proj", [hidden, heads * headSize]],
      ["mlp.gate_proj", [intermediate, hidden]],
      ["mlp.up_proj", [intermediate, hidden]],
      ["mlp.down_proj", [hidden, intermediate]],
    ] as const
  ).map(([name, shape]) => ({ name, shape }));
}

/** Norm weights and biases of a block, named within the block. */
export function vectorShapes(config: LlamaConfig): ParameterShape[] {
  const { hidden, headSize, attentionBias, queryKeyNorm } = config;
  const biased = { none: "", qkv: "qkv", qkvo: "qkvo" }[attentionBias];
  const biases = linearShapes(config).filter(({ name }) =>
    biased.includes(/self_attn\.(.)_/.exec(name)?.[1] ?? "-"),
  );
  return [
    { name: "input_layernorm.weight", shape: [hidden] },
    ...biases.map(({ name, shape }) => ({ name: `${name}.bias`, shape: [shape[0]!] })),
    ...(queryKeyNorm ? ["q", "k"] : []).map((one) => ({
      name: `self_attn.${one}_norm.weight`,
      shape: [headSize],
    })),
    { name: "post_attention_layernorm.weight", shape: [hidden] },
  ];
}

/** Every parameter of one block, with names that hold its number. */
export function blockParameters(config: LlamaConfig, layer: number): ParameterShape[] {
  const matrices = linearShapes(config).map(({ name, shape }) => ({ name: `${name}.weight`, shape }));
  return [...vectorShapes(config), ...matrices].map(({ name, shape }) => ({
    name: blockPrefix(layer) + name,
    shape,
  }));
}

/** The network without an output matrix. */
export function llamaParameters(config: LlamaConfig): ParameterShape[] {
  const { vocabularySize, hidden, layers } = config;
  return [
    { name: embeddingName, shape: [vocabularySize, hidden] },
    ...Array.from({ length: layers }, (_, layer) => blockParameters(config, layer)).flat(),
    { name: finalNormName, shape: [hidden] },
  ];
}

/** The network with its output matrix: a language model. */
export function languageParameters(config: LlamaConfig): ParameterShape[] {
  const { vocabularySize, hidden, tiedEmbeddings } = config;
  const output = { name: outputName, shape: [vocabularySize, hidden] };
  return tiedEmbeddings ? llamaParameters(config) : [...llamaParameters(config), output];
}

/** Name of the output matrix [vocabulary, hidden]: the embedding's where they are one. */
export function outputNameOf({ tiedEmbeddings }: LlamaConfig): string {
  return tiedEmbeddings ? embeddingName : outputName;
}

/** How a block gets at its weights; plain, quantised and adapted weights differ here only. */
export interface BlockWeights {
  /** A norm weight or bias by its name within the block. */
  vector(name: string): Value;
  /** x [.., in] → [.., out] by a matrix by its name within the block, without bias: "mlp.up_proj". */
  linear(name: string, x: Value): Value;
}

/** What all blocks share. */
export interface BlockContext {
  /** Added to attention scores: 0 or −1e9; [batch, 1, 1, 1 or time, time]. */
  readonly mask: Value;
  /** Rotary positions of the tokens, int64 [batch, time]; absent: they count from 0 in each row. */
  readonly positions?: Value;
  /** Keys and values of a block, [batch, kvHeads, 1, time, size] → the same behind those of earlier tokens. */
  readonly recall?: (key: Value, value: Value) => readonly [Value, Value];
  /** The block's states [batch, time, hidden] behind its attention → those that its feed-forward part is to go on with. */
  readonly pick?: (states: Value) => Value;
}

export interface LlamaInputs extends Omit<BlockContext, "pick"> {
  /** Gathered embedding rows, [batch, time, hidden]. */
  readonly embedded: Value;
  /** Factors 0 or 1/(1−p) of each residual branch, [2 · layers, batch, 1, hidden]; absent: no dropout. */
  readonly dropout?: Value;
  /** Indices into batch · time of the tokens whose last states are wanted, int64 [places]; absent: all. Not with dropout. */
  readonly places?: Value;
}

/** Parameters as inputs of the graph, by name. */
export function parameterInputs(
  builder: GraphBuilder,
  parameters: readonly ParameterShape[],
): ReadonlyMap<string, Value> {
  return new Map(parameters.map(({ name, shape }) => [name, builder.input(name, shape)]));
}

/** The plain weights of one block among all parameters. */
export function plainWeights(
  builder: GraphBuilder,
  parameters: ReadonlyMap<string, Value>,
  layer: number,
): BlockWeights {
  const vector = (name: string): Value => parameterOf(parameters, blockPrefix(layer) + name);
  return { vector, linear: (name, x) => builder.linear(x, vector(`${name}.weight`)) };
}

export function parameterOf(parameters: ReadonlyMap<string, Value>, name: string): Value {
  const value = parameters.get(name);
  if (value === undefined) throw new Error(`internal: no parameter ${name}`);
  return value;
}

/** The network from embedding rows to the last normalised states, [batch, time, hidden], or [places, hidden]. */
export function llama(
  builder: GraphBuilder,
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Value>,
  inputs: LlamaInputs,
  weightsOf = (layer: number): BlockWeights => plainWeights(builder, parameters, layer),
): Value {
  const { embedded, dropout, places, ...context } = inputs;
  const pick = (states: Value): Value =>
    builder.gather(builder.reshape(states, ["tokens", config.hidden]), places!);
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const dropped = (branch: Value, site: number): Value => {
      if (dropout === undefined) return branch;
      const place = builder.constant(new BigInt64Array([BigInt(2 * layer + site)]), []);
      return builder.mul(branch, builder.gather(dropout, place));
    };
    const picks = places !== undefined && layer === config.layers - 1;
    x = llamaBlock(builder, config, weightsOf(layer), x, { ...context, ...(picks && { pick }) }, dropped);
  }
  return builder.rmsNorm(x, parameterOf(parameters, finalNormName), config.normEpsilon);
}

/** One block, [batch, time, hidden] → the same, or what is picked of it; `dropped` is applied to its two residual branches. */
export function llamaBlock(
  builder: GraphBuilder,
  config: LlamaConfig,
  weights: BlockWeights,
  x: Value,
  context: BlockContext,
  dropped: (branch: Value, site: 0 | 1) => Value = (branch) => branch,
): Value {
  const norm = (part: string, state: Value): Value =>
    builder.rmsNorm(state, weights.vector(`${part}.weight`), config.normEpsilon);
  const attended = attention(builder, config, weights, norm("input_layernorm", x), context);
  const { pick = (states) => states } = context;
  const middle = pick(builder.add(x, dropped(attended, 0)));
  const fed = feedForward(builder, weights, norm("post_attention_layernorm", middle));
  return builder.add(middle, dropped(fed, 1));
}

/** A projection of the attention with its bias, if it has one. */
function projection(
  builder: GraphBuilder,
  config: LlamaConfig,
  weights: BlockWeights,
  letter: string,
  x: Value,
): Value {
  const part = `self_attn.${letter}_proj`;
  const y = weights.linear(part, x);
  const biased = config.attentionBias === "qkvo" || (config.attentionBias === "qkv" && letter !== "o");
  return biased ? builder.add(y, weights.vector(`${part}.bias`)) : y;
}

function attention(
  builder: GraphBuilder,
  config: LlamaConfig,
  weights: BlockWeights,
  state: Value,
  { mask, positions, recall = (key, value) => [key, value] }: BlockContext,
): Value {
  const { heads, kvHeads, headSize: size } = config;
  const [cos, sin] = rotaryTables(builder, config);
  const project = (letter: string): Value => projection(builder, config, weights, letter, state);
  const normalised = (letter: "q" | "k", y: Value, count: number): Value => {
    if (!config.queryKeyNorm) return y;
    const perHead = builder.reshape(y, ["batch", "time", count, size]);
    const normed = builder.rmsNorm(
      perHead,
      weights.vector(`self_attn.${letter}_norm.weight`),
      config.normEpsilon,
    );
    return builder.reshape(normed, ["batch", "time", count * size]);
  };
  const placed = (letter: "q" | "k", count: number): Value =>
    builder.rotary(normalised(letter, project(letter), count), cos, sin, count, positions);
  // Queries of one group share keys and values by broadcasting: [batch, kvHeads, group or 1, time, size].
  const split = (y: Value, perKv: number): Value =>
    builder.transpose(builder.reshape(y, ["batch", "time", kvHeads, perKv, size]), [0, 2, 3, 1, 4]);
  const query = split(placed("q", heads), heads / kvHeads);
  const [key, value] = recall(split(placed("k", kvHeads), 1), split(project("v"), 1));
  const scaled = builder.mul(query, builder.scalar(1 / Math.sqrt(size)));
  const scores = builder.add(builder.matMul(scaled, builder.transpose(key, [0, 1, 2, 4, 3])), mask);
  const mixed = builder.matMul(builder.softmax(scores), value); // [batch, kvHeads, group, time, size]
  const joined = builder.reshape(builder.transpose(mixed, [0, 3, 1, 2, 4]), ["batch", "time", heads * size]);
  return projection(builder, config, weights, "o", joined);
}

/** SwiGLU (Shazeer 2020). */
function feedForward(builder: GraphBuilder, weights: BlockWeights, state: Value): Value {
  const gate = builder.silu(weights.linear("mlp.gate_proj", state));
  return weights.linear("mlp.down_proj", builder.mul(gate, weights.linear("mlp.up_proj", state)));
}
