/** @file A model in llama2.c's layout (seven numbers, then all tensors in single precision) → a ModelFile. */
import { NeriumError } from "../errors.ts";
import { fill, openToRead } from "./open-file.ts";
import { readFloats } from "./read-floats.ts";
import { readHalves } from "./rotary-order.ts";
import type { ModelFile, RowRange, WeightEntry } from "./weight-source.ts";
import { allocateFloats, findRows, rowsOf } from "./weight-source.ts";

const headerBytes = 28;
/** The later layouts of llama2.c begin with this ("ak42"); they are quantised or have other headers. */
const laterMagic = 0x616b3432;
/** Far above any model of this layout, and low enough for every product below to be exact. */
const limits = {
  dim: 65_536,
  hidden_dim: 1_000_000,
  n_layers: 1_000,
  n_heads: 1_024,
  n_kv_heads: 1_024,
  vocab_size: 1_000_000,
  seq_len: 1_000_000,
} as const;

type Header = Record<keyof typeof limits, number> & { readonly tied: boolean };

interface Entry extends WeightEntry {
  readonly position: number;
  /** Size of the heads whose rows are in Meta's order. */
  readonly headSize?: number;
}

/** Opens the file and checks its size against its header; no tensor is read. */
export async function openLlama2c(path: string): Promise<ModelFile> {
  const handle = await openToRead(path, "a model in llama2.c's layout");
  try {
    const size = (await handle.stat()).size;
    const bytes = new Uint8Array(Math.min(headerBytes, size));
    await fill(handle, bytes, 0, path);
    const header = parseHeader(bytes, path);
    const { entries, end } = layOut(header);
    if (size !== end) {
      const problem = `expected ${end} bytes by its header, got ${size}; is it a whole file of llama2.c's first layout (version 0)?`;
      throw new NeriumError("MODEL_FORMAT", problem, { file: path });
    }
    const readStored = async (name: string, entry: Entry, { from, to }: RowRange) => {
      const { rowLength } = rowsOf(entry.shape);
      const numbers = allocateFloats((to - from) * rowLength, name, path);
      await readFloats(handle, "F32", entry.position + 4 * from * rowLength, numbers, path);
      return numbers;
    };
    return {
      entries,
      config: configOf(header),
      async read(name, rows) {
        const { entry, from, to } = findRows(entries, name, rows, path);
        const stored = (range: RowRange) => readStored(name, entry, range);
        const { headSize } = entry;
        return headSize === undefined ? stored({ from, to }) : readHalves(stored, headSize, { from, to });
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function parseHeader(bytes: Uint8Array, file: string): Header {
  const refuse = (problem: string): NeriumError => new NeriumError("MODEL_FORMAT", problem, { file });
  if (bytes.length < headerBytes) throw refuse(`expected ${headerBytes} bytes or more, got ${bytes.length}`);
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) === laterMagic) {
    throw refuse("expected llama2.c's first layout, got a later one; export the model with --version 0");
  }
  const values = Object.keys(limits).map((name, index) => [name, view.getInt32(4 * index, true)] as const);
  const numbers = Object.fromEntries(values) as Record<keyof typeof limits, number>;
  const tied = numbers.vocab_size > 0; // a negative size says that the output matrix stands at the end
  const header = { ...numbers, vocab_size: Math.abs(numbers.vocab_size), tied };
  for (const [name, maximum] of Object.entries(limits)) {
    const value = header[name as keyof typeof limits];
    if (value < 1 || value > maximum) throw refuse(`${name}: expected 1 to ${maximum}, got ${value}`);
  }
  const { dim, n_heads: heads, n_kv_heads: kvHeads } = header;
  if (dim % (2 * heads) === 0 && heads % kvHeads === 0) return header;
  throw refuse(`expected even heads that fit, got dim ${dim}, n_heads ${heads}, n_kv_heads ${kvHeads}`);
}

/** llama2.c stores a kind of tensor for all layers, then the next kind. */
function layOut(header: Header): { readonly entries: Map<string, Entry>; readonly end: number } {
  const { dim, hidden_dim: hidden, n_layers, n_heads, n_kv_heads, vocab_size, seq_len, tied } = header;
  const headSize = dim / n_heads;
  const kv = headSize * n_kv_heads;
  const entries = new Map<string, Entry>();
  let position = headerBytes;
  const place = (name: string, shape: readonly number[], more: { readonly headSize?: number } = {}): void => {
    entries.set(name, { shape, dtype: "F32", position, ...more });
    position += 4 * shape.reduce((product, size) => product * size, 1);
  };
  const placeAll = (part: string, shape: readonly number[], more = {}): void => {
    for (let layer = 0; layer < n_layers; layer++) place(`model.layers.${layer}.${part}.weight`, shape, more);
  };
  place("model.embed_tokens.weight", [vocab_size, dim]);
  placeAll("input_layernorm", [dim]);
  placeAll("self_attn.q_proj", [dim, dim], { headSize });
  placeAll("self_attn.k_proj", [kv, dim], { headSize });
  placeAll("self_attn.v_proj", [kv, dim]);
  placeAll("self_attn.o_proj", [dim, dim]);
  placeAll("post_attention_layernorm", [dim]);
  placeAll("mlp.gate_proj", [hidden, dim]);
  placeAll("mlp.down_proj", [dim, hidden]);
  placeAll("mlp.up_proj", [hidden, dim]);
  place("model.norm.weight", [dim]);
  position += 4 * seq_len * headSize; // tables of cos and sin that nobody reads any more
  if (!tied) place("lm_head.weight", [vocab_size, dim]);
  return { entries, end: position };
}

function configOf(header: Header): Readonly<Record<string, unknown>> {
  return {
    model_type: "llama",
    vocab_size: header.vocab_size,
    hidden_size: header.dim,
    num_hidden_layers: header.n_layers,
    num_attention_heads: header.n_heads,
    num_key_value_heads: header.n_kv_heads,
    intermediate_size: header.hidden_dim,
    max_position_embeddings: header.seq_len,
    rope_theta: 10_000, // not in the file: llama2.c's own constants
    rms_norm_eps: 1e-5,
    tie_word_embeddings: header.tied,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}
