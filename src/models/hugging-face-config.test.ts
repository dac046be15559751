/** @file config.json of each architecture → configuration; what is not supported is refused with a word on what is. */
import { describe, expect, it } from "vitest";
import { NeriumError } from "../errors.ts";
import { parseHuggingFaceConfig } from "./hugging-face-config.ts";

const sizes = {
  vocab_size: 1000,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  intermediate_size: 128,
  max_position_embeddings: 2048,
};
const llama3Scaling = {
  factor: 8,
  high_freq_factor: 4,
  low_freq_factor: 1,
  original_max_position_embeddings: 8192,
  rope_type: "llama3",
};
const parse = (more: object) => parseHuggingFaceConfig({ ...sizes, ...more }, "config.json");
const networkOf = (more: object) => parse(more).network;

function refusal(more: object): string {
  try {
    parse(more);
  } catch (error) {
    expect(error).toBeInstanceOf(NeriumError);
    expect(error).toMatchObject({ code: "MODEL_FORMAT", file: "config.json" });
    return (error as Error).message;
  }
  throw new Error("was accepted");
}

describe("a config.json", () => {
  it("of Llama 2 has Hugging Face's defaults", () => {
    expect(parse({ model_type: "llama", bos_token_id: 1, eos_token_id: 2, rms_norm_eps: 1e-5 })).toEqual({
      modelType: "llama",
      network: {
        vocabularySize: 1000,
        hidden: 64,
        layers: 2,
        heads: 8,
        kvHeads: 8,
        headSize: 8,
        intermediate: 128,
        ropeTheta: 10_000,
        normEpsilon: 1e-5,
        attention: "causal",
        maximumLength: 2048,
        tiedEmbeddings: false,
        attentionBias: "none",
        queryKeyNorm: false,
      },
      beginId: 1,
      endIds: [2],
      padId: undefined,
    });
  });

  it("of Llama 3.1 has its rope scaling, several ends and grouped heads", () => {
    const { network, endIds } = parse({
      model_type: "llama",
      num_key_value_heads: 2,
      rope_theta: 500_000,
      rope_scaling: llama3Scaling,
      eos_token_id: [128001, 128008, 128009],
    });
    expect(endIds).toEqual([128001, 128008, 128009]);
    expect(network).toMatchObject({
      kvHeads: 2,
      ropeTheta: 500_000,
      ropeScaling: {
        type: "llama3",
        factor: 8,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalMaximumLength: 8192,
      },
    });
  });

  it("of transformers 5 keeps both in rope_parameters", () => {
    const network = networkOf({
      model_type: "llama",
      rope_parameters: { rope_type: "linear", factor: 2, rope_theta: 7000 },
    });
    expect(network).toMatchObject({ ropeTheta: 7000, ropeScaling: { type: "linear", factor: 2 } });
    const plain = { rope_parameters: { rope_type: "default", rope_theta: 1e6 } };
    expect(networkOf({ model_type: "qwen3", ...plain })).not.toHaveProperty("ropeScaling");
  });

  it("of Mistral has a sliding window, or none", () => {
    expect(networkOf({ model_type: "mistral", sliding_window: 4096 }).slidingWindow).toBe(4096);
    expect(networkOf({ model_type: "mistral", sliding_window: null })).not.toHaveProperty("slidingWindow");
    expect(networkOf({ model_type: "mistral", head_dim: 16 }).headSize).toBe(16);
  });

  it("of Qwen2 has biases, and a window only where it is used", () => {
    const window = { model_type: "qwen2", sliding_window: 512, max_window_layers: 0 };
    expect(networkOf({ ...window, use_sliding_window: false })).not.toHaveProperty("slidingWindow");
    expect(networkOf({ ...window, use_sliding_window: true }).slidingWindow).toBe(512);
    expect(networkOf({ ...window, use_sliding_window: true, max_window_layers: 2 })).not.toHaveProperty(
      "slidingWindow",
    );
    expect(networkOf({ ...window, tie_word_embeddings: true })).toMatchObject({
      attentionBias: "qkv",
      tiedEmbeddings: true,
    });
  });

  it("of Qwen3 normalises queries and keys", () => {
    expect(networkOf({ model_type: "qwen3", head_dim: 32 })).toMatchObject({
      headSize: 32,
      queryKeyNorm: true,
      attentionBias: "none",
    });
    expect(networkOf({ model_type: "qwen3", attention_bias: true }).attentionBias).toBe("qkvo");
  });

  it.each([
    [
      { model_type: "gemma2" },
      /model_type: expected one of llama, mistral, qwen2, qwen3, got "gemma2"; Nerium runs/,
    ],
    [{}, /model_type: .* got none/],
    [
      { model_type: "llama", quantization_config: { quant_method: "gptq" } },
      /quantises by itself.*got "gptq"/,
    ],
    [{ model_type: "llama", hidden_act: "gelu" }, /hidden_act: expected "silu", got "gelu"/],
    [{ model_type: "llama", mlp_bias: true }, /mlp_bias/],
    [
      { model_type: "llama", rope_scaling: { type: "yarn", factor: 2 } },
      /rope_scaling.rope_type: .*got "yarn"/,
    ],
    [
      { model_type: "llama", rope_scaling: { type: "linear" } },
      /rope_scaling.factor: expected a number, got "none"/,
    ],
    [
      { model_type: "llama", rope_scaling: { ...llama3Scaling, low_freq_factor: 4 } },
      /less than high_freq_factor/,
    ],
    [{ model_type: "llama", num_key_value_heads: 3 }, /num_key_value_heads: expected a divisor of 8, got 3/],
    [{ model_type: "llama", head_dim: 7 }, /an even number, got 7/],
    [{ model_type: "llama", vocab_size: 1e9 }, /vocab_size/],
    [{ model_type: "llama", hidden_size: "64" }, /hidden_size: .*is it the config.json of a language model/],
    [
      { model_type: "qwen2", sliding_window: 9, use_sliding_window: true, max_window_layers: 1 },
      /max_window_layers/,
    ],
    [{ model_type: "qwen3", layer_types: ["full_attention", "sliding_attention"] }, /layer_types/],
  ])("is refused: %j", (more, message) => {
    expect(refusal(more)).toMatch(message);
  });

  it.each([[null], [[]], ["llama"]])("that is %j is refused", (json) => {
    expect(() => parseHuggingFaceConfig(json, "config.json")).toThrow(NeriumError);
  });
});
