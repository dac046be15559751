/** @file test/fixtures/adapters (made by scripts/make-adapter-fixtures.py with PEFT) → configurations, weights and expected numbers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoraSettings } from "../src/adapters/lora.ts";
import { readSafetensors, toFloat32 } from "../src/formats/safetensors.ts";
import { packedMaskData } from "../src/models/attention-mask.ts";
import type { LlamaConfig } from "../src/models/llama.ts";
import { floats, ints32, ints64 } from "../src/runtime/types.ts";
import type { Batch } from "../src/training/batch.ts";

export const families = ["llama", "llama3", "mistral", "qwen2", "qwen3"] as const;
export type Family = (typeof families)[number];

export const fixtureLora: LoraSettings = {
  rank: 4,
  alpha: 6,
  dropout: 0,
  targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  rankStabilized: false,
};

export interface Expected {
  readonly ids: readonly (readonly number[])[];
  readonly attention: readonly (readonly number[])[];
  /** −100 where nothing is to be learnt; as transformers takes them, before they are shifted. */
  readonly labels: readonly (readonly number[])[];
  readonly loss: number;
  readonly curve: readonly number[];
  /** Rows 0, 5 and 11 of the first text. */
  readonly logits: readonly (readonly number[])[];
}

type Weights = Map<string, Float32Array<ArrayBuffer>>;

export interface AdapterFixture {
  readonly folder: string;
  readonly config: LlamaConfig;
  readonly weights: Weights;
  /** A and B of every adapted matrix, named in the model. */
  readonly adapter: Weights;
  readonly gradients: Weights;
  readonly expected: Expected;
}

async function readWeights(path: string, rename = (name: string) => name): Promise<Weights> {
  const { tensors } = await readSafetensors(path);
  return new Map(
    [...tensors].map(([name, tensor]) => [rename(name), toFloat32(tensor) as Float32Array<ArrayBuffer>]),
  );
}

/** The sizes that the script gives to every family, and what each does otherwise. */
const configs: Readonly<Record<Family, Partial<LlamaConfig>>> = {
  llama: { tiedEmbeddings: false },
  llama3: {
    ropeTheta: 500_000,
    ropeScaling: {
      type: "llama3",
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaximumLength: 16,
    },
  },
  mistral: { tiedEmbeddings: false, slidingWindow: 5 },
  qwen2: { attentionBias: "qkv" },
  qwen3: { headSize: 16, queryKeyNorm: true },
};

export async function readAdapterFixture(family: Family): Promise<AdapterFixture> {
  const folder = join(import.meta.dirname, "fixtures", "adapters", family);
  const config: LlamaConfig = {
    vocabularySize: 61,
    hidden: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headSize: 8,
    intermediate: 48,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    attention: "causal",
    maximumLength: 64,
    tiedEmbeddings: true,
    attentionBias: "none",
    queryKeyNorm: false,
    ...configs[family],
  };
  const adapterFile = join(folder, "adapter", "adapter_model.safetensors");
  return {
    folder,
    config,
    weights: await readWeights(join(folder, "model.safetensors")),
    adapter: await readWeights(adapterFile, (name) => name.replace("base_model.model.", "")),
    gradients: await readWeights(join(folder, "gradients.safetensors")),
    expected: JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected,
  };
}

/** The fixture's two texts as a batch: each place predicts the next token where that one has a label. */
export function languageBatch(
  { config, expected: { ids, attention, labels } }: AdapterFixture,
  packed = false,
): Batch {
  const [rows, time] = [ids.length, ids[0]!.length];
  const lengths = attention.map((row) => row.filter((one) => one === 1).length);
  const targets: number[] = [];
  const tokens: number[] = [];
  labels.forEach((row, at) => {
    row.slice(1).forEach((label, place) => {
      if (label === -100) return;
      targets.push(at * time + place);
      tokens.push(label);
    });
  });
  const mask = packedMaskData(
    lengths.map((length) => [length]),
    time,
    config,
  );
  const positions = ids.flatMap((row) => row.map((_, place) => place));
  return {
    rows,
    time,
    tokens: rows * time,
    ids: Int32Array.from(ids.flat()),
    feeds: {
      mask: floats(mask.data, mask.shape),
      targets: ints32(Int32Array.from(targets), [targets.length]),
      labels: ints32(Int32Array.from(tokens), [tokens.length, 1]),
      weights: floats(new Float32Array(tokens.length).fill(1 / tokens.length), [tokens.length, 1]),
      ...(packed && { positions: ints64(positions, [rows, time]) }),
    },
  };
}
