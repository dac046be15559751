/** @file Nothing → a random language model and an adapter as GGUF, with a vocabulary of bytes and a few merges. */
import { join } from "node:path";
import { exportGguf } from "../src/models/gguf-export.ts";
import { exportGgufAdapter } from "../src/models/gguf-adapter.ts";
import { openLanguageModelFiles } from "../src/models/hugging-face-model.ts";
import { ggufPreTokenizers } from "../src/tokens/gguf-pre-tokenizers.ts";
import { parseTokenizerJson } from "../src/tokens/parse-tokenizer-json.ts";
import { openTokenizer } from "../src/tokens/tokenizer.ts";
import { trainSample } from "./fixtures/tokens/awkward-texts.ts";
import { formulaLora, writeFormulaModel } from "./model-folders.ts";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 300,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 64,
  rope_theta: 10_000,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 2048,
  hidden_act: "silu",
  tie_word_embeddings: true,
};

export interface TinyGguf {
  readonly model: string;
  readonly adapter: string;
}

/** Writes both into the folder. */
export async function writeTinyGguf(folder: string): Promise<TinyGguf> {
  const source = await writeFormulaModel(join(folder, "source"), config);
  await using files = await openLanguageModelFiles(source);
  const trained = parseTokenizerJson(await trainSample());
  const { preTokenizer, normalizer, ignoreMerges } = ggufPreTokenizers.find(
    ({ names }) => names[0] === "gpt-2",
  )!;
  const vocab = Object.entries(trained.model.vocab as Record<string, number>).filter(([, id]) => id < 300);
  const known = new Set(vocab.map(([token]) => token));
  const merges = trained.model.merges!.filter(
    (merge) => typeof merge !== "string" && known.has(merge.join("")),
  );
  const json = {
    ...trained,
    normalizer,
    pre_tokenizer: preTokenizer,
    model: { ...trained.model, ignore_merges: ignoreMerges, vocab: Object.fromEntries(vocab), merges },
  };
  const model = join(folder, "tiny.gguf");
  await exportGguf(model, {
    ...files,
    tokenizer: {
      json,
      tokenizer: openTokenizer(json),
      namedTokens: { bos_token: "<sep>", eos_token: "<pad>", unk_token: "<unk>" },
      addBosToken: true,
      chatTemplate: undefined,
      chatTemplateSource: "{% for message in messages %}{{ message.content }}\n{% endfor %}",
    },
    type: "F32",
    name: "tiny",
  });
  const adapter = join(folder, "tiny-adapter.gguf");
  await exportGgufAdapter(adapter, files.config, 64, formulaLora(config, 4));
  return { model, adapter };
}
