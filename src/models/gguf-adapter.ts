/** @file The matrices of a LoRA adapter → a GGUF adapter that llama.cpp applies to the same base model. */
import { NeriumError } from "../errors.ts";
import { ggufName, isInterleaved } from "../formats/gguf/names.ts";
import type { GgufField } from "../formats/gguf/types.ts";
import { type GgufTensorSource, writeGguf } from "../formats/gguf-write.ts";
import { interleave } from "../formats/rotary-order.ts";
import { ggufArchitectures } from "./gguf-metadata.ts";
import type { LanguageModelConfig } from "./hugging-face-config.ts";

/** The change of one matrix: B · A · alpha / rank. */
export interface LoraMatrices {
  /** Of the matrix in the base model: "model.layers.0.self_attn.q_proj.weight". */
  readonly name: string;
  readonly rank: number;
  /** [rank, in] */
  readonly a: Float32Array<ArrayBuffer>;
  /** [out, rank] */
  readonly b: Float32Array<ArrayBuffer>;
}

/** llama.cpp scales by alpha / rank itself. */
export async function exportGgufAdapter(
  path: string,
  config: LanguageModelConfig,
  alpha: number,
  matrices: readonly LoraMatrices[],
  name = "adapter",
): Promise<void> {
  const architecture = ggufArchitectures[config.modelType];
  const text = (value: string): GgufField => ({ type: "string", value });
  const metadata = new Map<string, GgufField>([
    ["general.architecture", text(architecture)],
    ["general.type", text("adapter")],
    ["general.name", text(name)],
    ["adapter.type", text("lora")],
    ["adapter.lora.alpha", { type: "float32", value: alpha }],
  ]);
  const tensors = matrices.flatMap((one) => pairOf(one, architecture, config.network.headSize));
  await writeGguf(path, metadata, tensors);
}

/** Rows of queries and keys are turned as in the base model: the rows are B's. */
function pairOf(
  { name, rank, a, b }: LoraMatrices,
  architecture: string,
  headSize: number,
): readonly GgufTensorSource[] {
  const base = ggufName(name);
  if (base === undefined) {
    const problem = `GGUF export: expected an adapter of matrices that GGUF has names for, got one of ${name}`;
    throw new NeriumError("MODEL_FORMAT", problem);
  }
  const [columns, rows] = [a.length / rank, b.length / rank];
  if (!Number.isSafeInteger(columns) || !Number.isSafeInteger(rows))
    throw new Error(`internal: ${name}: ${a.length} and ${b.length} numbers are no matrices of rank ${rank}`);
  const turned = isInterleaved(architecture, name) ? interleave(b, rows, headSize) : b;
  const tensor = (suffix: string, shape: readonly number[], data: Float32Array<ArrayBuffer>) => ({
    name: `${base}.${suffix}`,
    shape,
    type: "F32" as const,
    async *chunks() {
      yield data;
    },
  });
  return [tensor("lora_a", [rank, columns], a), tensor("lora_b", [rows, rank], turned)];
}
