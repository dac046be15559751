/** @file Hugging Face's config.json of a language model → LlamaConfig, or an error that says what is supported. */
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import type { LlamaConfig } from "./llama.ts";
import type { RopeScaling } from "./rotary.ts";

/** What a config.json says beside the network. */
export interface LanguageModelConfig {
  readonly modelType: ModelType;
  readonly network: LlamaConfig;
  readonly beginId: number | undefined;
  /** Any of these ends an answer. */
  readonly endIds: readonly number[];
  readonly padId: number | undefined;
}

/** `model_type` of the architectures that src/models/llama.ts computes; SmolLM and Llama 2 to 3.3 are "llama". */
export const modelTypes = ["llama", "mistral", "qwen2", "qwen3"] as const;
export type ModelType = (typeof modelTypes)[number];

const size = (maximum: number): z.ZodInt => z.int().min(1).max(maximum);
const tokenId = z.int().min(0).max(10_000_000);

const ropeFields = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().min(1).max(1_000_000).optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: size(100_000_000).optional(),
});

/** Hugging Face's keys; the limits keep a hostile file from asking for absurd amounts of memory. */
const configFile = z.looseObject({
  model_type: z.string(),
  vocab_size: size(10_000_000),
  hidden_size: size(65_536),
  num_hidden_layers: size(1_000),
  num_attention_heads: size(1_024),
  num_key_value_heads: size(1_024).nullish(),
  head_dim: size(4_096).nullish(),
  intermediate_size: size(1_000_000),
  max_position_embeddings: size(100_000_000),
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeFields.nullish(),
  rope_parameters: ropeFields.nullish(), // where transformers 5 writes both
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  hidden_act: z.string().default("silu"),
  sliding_window: size(100_000_000).nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.int().min(0).nullish(),
  layer_types: z.array(z.string()).max(1_000).nullish(),
  is_causal: z.boolean().default(true), // our own: false where the mask is removed
  quantization_config: z.unknown().optional(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId).max(100)]).nullish(),
  pad_token_id: tokenId.nullish(),
});

type ConfigFile = z.output<typeof configFile>;
type Refuse = (key: string, expected: string, got: unknown) => NeriumError;

/** `json` is the parsed config.json; `file` is named in errors. */
export function parseHuggingFaceConfig(json: unknown, file: string): LanguageModelConfig {
  const modelType = checkedType(json, file);
  const parsed = configFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const problem = `${path.join(".")}: ${message}; is it the config.json of a language model?`;
    throw new NeriumError("MODEL_FORMAT", problem, { file });
  }
  const refuse: Refuse = (key, expected, got) =>
    new NeriumError("MODEL_FORMAT", `${key}: expected ${expected}, got ${JSON.stringify(got)}`, { file });
  const { data } = parsed;
  checkSupported(data, refuse);
  const ends = data.eos_token_id ?? [];
  return {
    modelType,
    network: networkOf(data, modelType, refuse),
    beginId: data.bos_token_id ?? undefined,
    endIds: typeof ends === "number" ? [ends] : ends,
    padId: data.pad_token_id ?? undefined,
  };
}

/** First of all: of another architecture's file no other key is worth a word. */
function checkedType(json: unknown, file: string): ModelType {
  const type: unknown =
    typeof json === "object" && json !== null ? Reflect.get(json, "model_type") : undefined;
  const known = modelTypes.find((name) => name === type);
  if (known !== undefined) return known;
  const got = JSON.stringify(type)?.slice(0, 80) ?? "none";
  const problem = `model_type: expected one of ${modelTypes.join(", ")}, got ${got}; Nerium runs Llama 2 and 3, Mistral, Qwen2, Qwen2.5, Qwen3 and SmolLM`;
  throw new NeriumError("MODEL_FORMAT", problem, { file });
}

function checkSupported(data: ConfigFile, refuse: Refuse): void {
  const { quantization_config: quantised, hidden_act: activation, mlp_bias: mlpBias } = data;
  if (typeof quantised === "object" && quantised !== null) {
    const method: unknown = Reflect.get(quantised, "quant_method");
    const expected = "none (Nerium quantises by itself: take the original checkpoint)";
    throw refuse("quantization_config", expected, method ?? "one");
  }
  if (activation !== "silu") throw refuse("hidden_act", '"silu"', activation);
  if (mlpBias === true) throw refuse("mlp_bias", "false", mlpBias);
}

function networkOf(data: ConfigFile, modelType: ModelType, refuse: Refuse): LlamaConfig {
  const { hidden_size: hidden, num_attention_heads: heads } = data;
  const kvHeads = data.num_key_value_heads ?? heads;
  const headSize = data.head_dim ?? hidden / heads;
  if (headSize % 2 !== 0) throw refuse("hidden_size / num_attention_heads", "an even number", headSize);
  if (heads % kvHeads !== 0) throw refuse("num_key_value_heads", `a divisor of ${heads}`, kvHeads);
  const ropeScaling = ropeScalingOf(data, refuse);
  const slidingWindow = slidingWindowOf(data, modelType, refuse);
  return {
    vocabularySize: data.vocab_size,
    hidden,
    layers: data.num_hidden_layers,
    heads,
    kvHeads,
    headSize,
    intermediate: data.intermediate_size,
    ropeTheta: data.rope_parameters?.rope_theta ?? data.rope_theta ?? 10_000,
    ...(ropeScaling && { ropeScaling }),
    normEpsilon: data.rms_norm_eps,
    attention: data.is_causal ? "causal" : "bidirectional",
    maximumLength: data.max_position_embeddings,
    tiedEmbeddings: data.tie_word_embeddings,
    attentionBias: biasOf(data, modelType),
    queryKeyNorm: modelType === "qwen3",
    ...(slidingWindow !== undefined && { slidingWindow }),
  };
}

/** Qwen2 always has biases and does not say so; where a Llama or Qwen3 has them, the output projection has one too. */
function biasOf({ attention_bias: biased }: ConfigFile, modelType: ModelType): LlamaConfig["attentionBias"] {
  if (modelType === "qwen2") return "qkv";
  return biased === true && modelType !== "mistral" ? "qkvo" : "none";
}

function ropeScalingOf(data: ConfigFile, refuse: Refuse): RopeScaling | undefined {
  const [key, fields] = data.rope_parameters
    ? ["rope_parameters", data.rope_parameters]
    : ["rope_scaling", data.rope_scaling];
  const type = fields?.rope_type ?? fields?.type ?? "default";
  if (fields === null || fields === undefined || type === "default") return undefined;
  const need = (
    name: "factor" | `${"low" | "high"}_freq_factor` | "original_max_position_embeddings",
  ): number => {
    const value = fields[name];
    if (typeof value === "number") return value;
    throw refuse(`${key}.${name}`, "a number", value ?? "none");
  };
  if (type === "linear") return { type, factor: need("factor") };
  if (type !== "llama3") throw refuse(`${key}.rope_type`, 'one of "default", "linear" and "llama3"', type);
  const [low, high] = [need("low_freq_factor"), need("high_freq_factor")];
  if (low >= high) throw refuse(`${key}.low_freq_factor`, `less than high_freq_factor (${high})`, low);
  return {
    type,
    factor: need("factor"),
    lowFrequencyFactor: low,
    highFrequencyFactor: high,
    originalMaximumLength: need("original_max_position_embeddings"),
  };
}

/** All layers alike or none: a window in some layers only is another network. */
function slidingWindowOf(data: ConfigFile, modelType: ModelType, refuse: Refuse): number | undefined {
  const { layer_types: kinds, num_hidden_layers: layers, sliding_window: window } = data;
  if (kinds !== null && kinds !== undefined) {
    const known = new Set(["full_attention", "sliding_attention"]);
    if (kinds.length !== layers || new Set(kinds).size > 1 || !known.has(kinds[0]!)) {
      throw refuse("layer_types", `${layers} times full_attention, or sliding_attention`, kinds.slice(0, 8));
    }
    if (kinds[0] === "full_attention") return undefined;
    return window ?? undefined;
  }
  if (modelType === "llama" || window === null || window === undefined) return undefined;
  if (modelType === "mistral") return window;
  if (data.use_sliding_window !== true) return undefined;
  const first = data.max_window_layers ?? 0; // layers before it see everything
  if (first >= layers) return undefined;
  if (first > 0) throw refuse("max_window_layers", `0, or ${layers} or more`, first);
  return window;
}

/** The model_type whose network this is. */
export function modelTypeOf({ queryKeyNorm, attentionBias, slidingWindow }: LlamaConfig): ModelType {
  if (queryKeyNorm) return "qwen3";
  if (attentionBias === "qkv") return "qwen2";
  return slidingWindow === undefined ? "llama" : "mistral";
}

const classNames: Readonly<Record<ModelType, string>> = {
  llama: "Llama",
  mistral: "Mistral",
  qwen2: "Qwen2",
  qwen3: "Qwen3",
};
const taskNames = { labels: "ForTokenClassification", masked: "Model", language: "ForCausalLM" } as const;

/** The config.json of a network: what `parseHuggingFaceConfig` reads back. */
export function huggingFaceConfig(
  config: LlamaConfig,
  task: keyof typeof taskNames,
): Readonly<Record<string, unknown>> {
  const modelType = modelTypeOf(config);
  const { ropeScaling: scaling, slidingWindow } = config;
  return {
    architectures: [`${classNames[modelType]}${taskNames[task]}`],
    model_type: modelType,
    vocab_size: config.vocabularySize,
    hidden_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    intermediate_size: config.intermediate,
    rope_theta: config.ropeTheta,
    ...(scaling !== undefined && { rope_scaling: ropeScalingFile(scaling) }),
    rms_norm_eps: config.normEpsilon,
    max_position_embeddings: config.maximumLength,
    hidden_act: "silu",
    tie_word_embeddings: config.tiedEmbeddings,
    ...(config.attentionBias === "qkvo" && { attention_bias: true }),
    ...(slidingWindow !== undefined && { sliding_window: slidingWindow, use_sliding_window: true }),
    is_causal: config.attention === "causal",
  };
}

function ropeScalingFile(scaling: RopeScaling): Readonly<Record<string, unknown>> {
  const { type, factor } = scaling;
  if (type === "linear") return { rope_type: type, factor };
  return {
    rope_type: type,
    factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalMaximumLength,
  };
}
