/** @file Names of tensors and architectures: Hugging Face's ↔ GGUF's. */

const whole: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ["model.embed_tokens", "token_embd"],
  ["model.norm", "output_norm"],
  ["lm_head", "output"],
];

const inBlocks: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ["input_layernorm", "attn_norm"],
  ["self_attn.q_proj", "attn_q"],
  ["self_attn.k_proj", "attn_k"],
  ["self_attn.v_proj", "attn_v"],
  ["self_attn.o_proj", "attn_output"],
  ["self_attn.q_norm", "attn_q_norm"],
  ["self_attn.k_norm", "attn_k_norm"],
  ["post_attention_layernorm", "ffn_norm"],
  ["mlp.gate_proj", "ffn_gate"],
  ["mlp.up_proj", "ffn_up"],
  ["mlp.down_proj", "ffn_down"],
];

const toGguf = new Map([...whole, ...inBlocks]);
const toHuggingFace = new Map([...whole, ...inBlocks].map(([from, to]) => [to, from]));

/** "model.layers.3.mlp.up_proj.weight" → "blk.3.ffn_up.weight"; undefined for what GGUF has no name for. */
export function ggufName(name: string): string | undefined {
  const parts = /^(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name);
  const base = parts === null ? undefined : toGguf.get(parts[2]!);
  if (base === undefined) return undefined;
  return `${parts![1] === undefined ? "" : `blk.${parts![1]}.`}${base}.${parts![3]}`;
}

/** The other way round; undefined for what Hugging Face has no name for. */
export function huggingFaceName(name: string): string | undefined {
  const parts = /^(?:blk\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name);
  const base = parts === null ? undefined : toHuggingFace.get(parts[2]!);
  if (base === undefined) return undefined;
  return `${parts![1] === undefined ? "" : `model.layers.${parts![1]}.`}${base}.${parts![3]}`;
}

/** Whether llama.cpp's "llama" pairs neighbours of this tensor's rows in its rotary positions; Qwen's files do not. */
export function isInterleaved(architecture: string, huggingFace: string): boolean {
  return architecture === "llama" && /\.self_attn\.[qk]_proj\./.test(huggingFace);
}
