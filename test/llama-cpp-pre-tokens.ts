/** @file A byte-level tokenizer → the same one in llama.cpp with any of the pre-tokenizers that it has names for. */
import { writeGguf } from "../src/formats/gguf-write.ts";
import { ggufPreTokenizers } from "../src/tokens/gguf-pre-tokenizers.ts";
import { ggufVocabulary } from "../src/tokens/gguf-vocabulary-write.ts";
import type { LooseTokenizerJson } from "../src/tokens/parse-tokenizer-json.ts";
import { type LlamaCppModel, openLlamaCpp } from "./llama-cpp.ts";

/** One name for each way to cut that llama.cpp has for byte-level BPE (that of node-llama-cpp 3.22.1). */
export const llamaCppPreTokenizers: readonly string[] = [
  ..."llama-bpe default deepseek-llm deepseek-coder deepseek-v3 spark2_5 youtu falcon smollm gpt-2 qwen2 qwen35".split(
    " ",
  ),
  ..."poro-chat viking tekken chameleon gpt-4o granite-embed-multi-311m tiny_aya kimi-k2 superbpe bailingmoe".split(
    " ",
  ),
  ..."seed-coder afmoe laguna exaone-moe minicpm5".split(" "),
];

/** Writes the vocabulary alone to `path` under the name of a pre-tokenizer that need not be its own, and opens it. */
export async function openUnderName(
  json: LooseTokenizerJson,
  name: string,
  path: string,
): Promise<LlamaCppModel> {
  const { preTokenizer } = ggufPreTokenizers.find(({ names }) => names[0] === "gpt-2")!;
  const fields = ggufVocabulary({
    json: { ...json, pre_tokenizer: preTokenizer },
    size: Object.keys(json.model.vocab).length,
    namedTokens: {},
    addBosToken: false,
  });
  fields.set("general.architecture", { type: "string", value: "llama" });
  for (const size of ["context_length", "embedding_length", "block_count", "feed_forward_length"])
    fields.set(`llama.${size}`, { type: "uint32", value: 8 });
  fields.set("llama.attention.head_count", { type: "uint32", value: 1 });
  fields.set("llama.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-5 });
  await writeGguf(path, fields.set("tokenizer.ggml.pre", { type: "string", value: name }), []);
  return openLlamaCpp(path, true);
}
