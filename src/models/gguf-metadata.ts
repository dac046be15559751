/** @file A language model's configuration → what llama.cpp must know of it, in GGUF's words. */
import { NeriumError } from "../errors.ts";
import { llama3Factors } from "../formats/gguf/config.ts";
import type { GgufField } from "../formats/gguf/types.ts";
import type { LanguageModelConfig, ModelType } from "./hugging-face-config.ts";

/** GGUF's names of the architectures; Mistral is computed as a Llama there. */
export const ggufArchitectures: Readonly<Record<ModelType, string>> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
};

const uint32 = (value: number): GgufField => ({ type: "uint32", value });
const float32 = (value: number): GgufField => ({ type: "float32", value });
const text = (value: string): GgufField => ({ type: "string", value });

/** What llama.cpp would compute otherwise than we do is refused. */
function checkExpressible({ network, modelType }: LanguageModelConfig): void {
  const refuse = (problem: string): NeriumError =>
    new NeriumError("MODEL_FORMAT", `GGUF export: ${problem}; export safetensors instead`);
  if (network.attention !== "causal")
    throw refuse("expected a causal model, got one whose tokens see what follows them");
  if (modelType === "qwen3" && network.attentionBias !== "none")
    throw refuse("expected no biases in a qwen3 model, which llama.cpp does not read");
}

/** Sizes and settings, without the tokenizer. */
export function ggufMetadata(config: LanguageModelConfig, name: string): Map<string, GgufField> {
  checkExpressible(config);
  const { network, modelType } = config;
  const architecture = ggufArchitectures[modelType];
  const key = (part: string): string => `${architecture}.${part}`;
  // llama.cpp has no sliding window for these architectures: within one window it makes no difference.
  const length = Math.min(network.maximumLength, network.slidingWindow ?? Infinity);
  const fields = new Map<string, GgufField>([
    ["general.architecture", text(architecture)],
    ["general.type", text("model")],
    ["general.name", text(name)],
    [key("context_length"), uint32(length)],
    [key("embedding_length"), uint32(network.hidden)],
    [key("block_count"), uint32(network.layers)],
    [key("feed_forward_length"), uint32(network.intermediate)],
    [key("attention.head_count"), uint32(network.heads)],
    [key("attention.head_count_kv"), uint32(network.kvHeads)],
    [key("attention.key_length"), uint32(network.headSize)],
    [key("attention.value_length"), uint32(network.headSize)],
    [key("attention.layer_norm_rms_epsilon"), float32(network.normEpsilon)],
    [key("rope.dimension_count"), uint32(network.headSize)],
    [key("rope.freq_base"), float32(network.ropeTheta)],
    [key("vocab_size"), uint32(network.vocabularySize)],
  ]);
  if (network.ropeScaling?.type === "linear") {
    fields.set(key("rope.scaling.type"), text("linear"));
    fields.set(key("rope.scaling.factor"), float32(network.ropeScaling.factor));
  }
  return fields;
}

/** The factors of Llama 3's rope scaling, which GGUF keeps as a tensor; undefined without it. */
export function ropeFactors({ network }: LanguageModelConfig): Float32Array<ArrayBuffer> | undefined {
  const { ropeScaling: scaling, headSize, ropeTheta } = network;
  if (scaling?.type !== "llama3") return undefined;
  return llama3Factors({
    headSize,
    ropeTheta,
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalMaximumLength,
  });
}
