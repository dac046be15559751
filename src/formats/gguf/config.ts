/** @file Metadata and tensors of a GGUF file → what config.json of the same model would say. */
import type { MetadataView } from "./metadata.ts";

/** Which tensors there are, and the factors of Llama 3's rope scaling if they are there. */
export interface TensorFacts {
  readonly names: ReadonlySet<string>;
  readonly vocabularySize: number | undefined;
  readonly ropeFactors: Float32Array | undefined;
}

/** Unknown architectures keep their name as model_type, so that whoever reads the config refuses it. */
export function configOfGguf(view: MetadataView, facts: TensorFacts): Readonly<Record<string, unknown>> {
  const architecture = view.needed(view.text("general.architecture"), "general.architecture");
  const key = (name: string): string => `${architecture}.${name}`;
  const number = (name: string): number | undefined => view.sameNumber(key(name));
  const experts = number("expert_count") ?? 0;
  const headSize = headSizeOf(view, architecture);
  const rotated = number("rope.dimension_count") ?? headSize;
  if (rotated !== headSize) throw view.refuse(key("rope.dimension_count"), `${headSize}`, rotated);
  const ropeTheta = number("rope.freq_base") ?? 10_000;
  return {
    model_type: experts > 0 ? `${architecture} with ${experts} experts` : architecture,
    vocab_size: number("vocab_size") ?? facts.vocabularySize,
    hidden_size: number("embedding_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: number("attention.head_count"),
    num_key_value_heads: number("attention.head_count_kv"),
    head_dim: headSize,
    intermediate_size: number("feed_forward_length"),
    max_position_embeddings: number("context_length"),
    rms_norm_eps: number("attention.layer_norm_rms_epsilon"),
    rope_theta: ropeTheta,
    rope_scaling: ropeScaling(view, architecture, facts.ropeFactors, { headSize, ropeTheta }),
    tie_word_embeddings: !facts.names.has("output.weight"),
    attention_bias: facts.names.has("blk.0.attn_q.bias"),
    bos_token_id: view.number("tokenizer.ggml.bos_token_id"),
    eos_token_id: endIds(view),
    pad_token_id: view.number("tokenizer.ggml.padding_token_id"),
  };
}

/** Width of one head; the rows of queries and keys are stored head by head. */
export function headSizeOf(view: MetadataView, architecture: string): number {
  const given = view.number(`${architecture}.attention.key_length`);
  if (given !== undefined) return given;
  const key = `${architecture}.attention.head_count`;
  const heads = view.needed(view.sameNumber(key), key);
  const hidden = view.number(`${architecture}.embedding_length`);
  return view.needed(hidden, `${architecture}.embedding_length`) / heads;
}

/** The end of the text, and of a turn where that is another token. */
function endIds(view: MetadataView): number[] | undefined {
  const ids = ["eos", "eot", "eom"].map((kind) => view.number(`tokenizer.ggml.${kind}_token_id`));
  const known = [...new Set(ids.filter((id) => id !== undefined))];
  return known.length === 0 ? undefined : known;
}

function ropeScaling(
  view: MetadataView,
  architecture: string,
  factors: Float32Array | undefined,
  rope: { readonly headSize: number; readonly ropeTheta: number },
): object | undefined {
  if (factors !== undefined) return llama3Scaling(view, factors, rope);
  const type = view.text(`${architecture}.rope.scaling.type`) ?? "none";
  const factor = view.number(`${architecture}.rope.scaling.factor`);
  return type === "none" ? undefined : { rope_type: type, factor };
}

/** What all published models of Llama 3.1 to 3.3 have; their GGUF files hold only the resulting factors. */
const published = {
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
} as const;

/** How far a factor of the file may be from the recomputed one, relatively: they are in single precision. */
const tolerance = 1e-4;

function llama3Scaling(
  view: MetadataView,
  factors: Float32Array,
  { headSize, ropeTheta }: { readonly headSize: number; readonly ropeTheta: number },
): object {
  const factor = factors.reduce((most, value) => Math.max(most, value), 1);
  const expected = llama3Factors({ headSize, ropeTheta, factor, ...published });
  const same =
    expected.length === factors.length &&
    expected.every((value, index) => Math.abs(value - factors[index]!) <= tolerance * value);
  if (same) return { rope_type: "llama3", factor, ...published };
  throw view.refuse("rope_freqs.weight", "the rope scaling of Llama 3.1 to 3.3", "other factors");
}

export interface Llama3Rope {
  readonly headSize: number;
  readonly ropeTheta: number;
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
}

/** By what each frequency of a head is divided: GGUF's `rope_freqs.weight`, [headSize / 2]. */
export function llama3Factors(rope: Llama3Rope): Float32Array<ArrayBuffer> {
  const { headSize, ropeTheta, factor, low_freq_factor: low, high_freq_factor: high } = rope;
  return Float32Array.from({ length: headSize / 2 }, (_, index) => {
    const wavelength = 2 * Math.PI * ropeTheta ** ((2 * index) / headSize);
    const turns = rope.original_max_position_embeddings / wavelength;
    if (turns > high) return 1;
    if (turns < low) return factor;
    const share = (turns - low) / (high - low);
    return 1 / ((1 - share) / factor + share);
  });
}
