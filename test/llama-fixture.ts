/** @file test/fixtures/llama/*.json (made by scripts/make-llama-fixture.py with JAX) → configuration, feeds and expected numbers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LlamaConfig } from "../src/models/llama.ts";
import type { PlainTensor } from "../src/runtime/reference.ts";

export type Attention = LlamaConfig["attention"];

type Numbers = readonly number[];
type Gradients = Readonly<Record<string, Numbers>>;

/** As the script writes it; gradients and weights are laid out as in Hugging Face's files, matrices [out, in]. */
export interface LlamaFixture {
  readonly attention: Attention;
  readonly config: Readonly<Record<string, number>>;
  readonly types: number;
  readonly ids: readonly Numbers[];
  readonly padding: readonly Numbers[];
  readonly weights: Readonly<Record<string, { readonly shape: Numbers; readonly values: Numbers }>>;
  readonly states: Numbers;
  readonly probabilities: Numbers;
  readonly masked: {
    readonly positions: Numbers;
    readonly targets: Numbers;
    readonly loss: number;
    readonly gradients: Gradients;
  };
  readonly labelled: {
    readonly labels: Numbers;
    readonly weights: Numbers;
    readonly kept: Numbers;
    readonly dropout: number;
    readonly loss: number;
    readonly gradients: Gradients;
  };
}

export function readLlamaFixture(attention: Attention): LlamaFixture {
  const path = join(import.meta.dirname, "fixtures", "llama", `${attention}.json`);
  return JSON.parse(readFileSync(path, "utf8")) as LlamaFixture;
}

export function configOf({ attention, config, ids }: LlamaFixture): LlamaConfig {
  return {
    vocabularySize: config.vocabulary_size!,
    hidden: config.hidden_size!,
    layers: config.num_hidden_layers!,
    heads: config.num_attention_heads!,
    kvHeads: config.num_key_value_heads!,
    headSize: config.hidden_size! / config.num_attention_heads!,
    intermediate: config.intermediate_size!,
    ropeTheta: config.rope_theta!,
    normEpsilon: config.rms_norm_eps!,
    attention,
    maximumLength: ids[0]!.length + 2,
    tiedEmbeddings: true,
    attentionBias: "none",
    queryKeyNorm: false,
  };
}

export function plain(type: PlainTensor["type"], shape: Numbers, numbers: Numbers): PlainTensor {
  return { type, shape, data: Float64Array.from(numbers) };
}

export function weightFeeds(
  { weights }: LlamaFixture,
  names: readonly string[],
): Record<string, PlainTensor> {
  const pairs = names.map(
    (name) => [name, plain("float32", weights[name]!.shape, weights[name]!.values)] as const,
  );
  return Object.fromEntries(pairs);
}

/** Token ids, and the mask as src/models/llama.ts describes it. */
export function batchFeeds({ ids, padding, attention }: LlamaFixture): Record<string, PlainTensor> {
  const [batch, time] = [ids.length, ids[0]!.length];
  const queries = attention === "causal" ? time : 1;
  const hidden = padding.flatMap((row) =>
    Array.from({ length: queries }, (_, query) =>
      row.map((real, key) => (real === 0 || (attention === "causal" && key > query) ? -1e9 : 0)),
    ),
  );
  return {
    ids: plain("int64", [batch, time], ids.flat()),
    mask: plain("float32", [batch, 1, 1, queries, time], hidden.flat()),
  };
}
