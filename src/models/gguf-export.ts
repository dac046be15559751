/** @file A language model's configuration, weights and tokenizer → a GGUF file for llama.cpp, written tensor by tensor. */
import { ggufName, isInterleaved } from "../formats/gguf/names.ts";
import type { GgufField } from "../formats/gguf/types.ts";
import { tensorTypes } from "../formats/gguf/types.ts";
import { type GgufTensorSource, writeGguf, type WrittenType } from "../formats/gguf-write.ts";
import { interleave } from "../formats/rotary-order.ts";
import { rowsOf, type WeightSource } from "../formats/weight-source.ts";
import { ggufVocabulary } from "../tokens/gguf-vocabulary-write.ts";
import { ggufArchitectures, ggufMetadata, ropeFactors } from "./gguf-metadata.ts";
import type { LanguageModelConfig } from "./hugging-face-config.ts";
import type { LanguageModelTokenizer } from "./hugging-face-tokenizer.ts";
import { embeddingName, languageParameters, outputName, type ParameterShape } from "./llama.ts";

export interface GgufExport {
  readonly config: LanguageModelConfig;
  readonly weights: WeightSource;
  readonly tokenizer: LanguageModelTokenizer;
  /** Of the matrices; norms and biases are always in single precision. */
  readonly type: WrittenType;
  /** Shown by llama.cpp. */
  readonly name: string;
  readonly onTensor?: ((name: string, bytes: number) => void) | undefined;
}

/** llama.cpp's numbers for a file's most frequent type. */
const fileTypes: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7 };
/** Numbers that are held at once: 16 MiB in single precision. */
const chunkNumbers = 2 ** 22;

/** Writes the file; peak memory is a chunk of a matrix, whatever the model's size. */
export async function exportGguf(path: string, model: GgufExport): Promise<void> {
  const { config, weights, tokenizer, type, name } = model;
  const { network } = config;
  const metadata = new Map<string, GgufField>([
    ...ggufMetadata(config, name),
    ["general.file_type", { type: "uint32", value: fileTypes[type] }],
    ["general.quantization_version", { type: "uint32", value: 2 }],
    ...ggufVocabulary({
      json: tokenizer.json,
      size: network.vocabularySize,
      namedTokens: tokenizer.namedTokens,
      addBosToken: tokenizer.addBosToken,
      chatTemplate: tokenizer.chatTemplateSource,
    }),
  ]);
  const tensors = languageParameters(network).map((parameter) => tensorOf(parameter, config, weights, type));
  const factors = ropeFactors(config);
  if (factors !== undefined) tensors.push(lone("rope_freqs.weight", factors));
  await writeGguf(path, metadata, tensors, model.onTensor);
}

function lone(name: string, data: Float32Array<ArrayBuffer>): GgufTensorSource {
  return {
    name,
    shape: [data.length],
    type: "F32",
    async *chunks() {
      yield data;
    },
  };
}

function tensorOf(
  { name, shape }: ParameterShape,
  { network, modelType }: LanguageModelConfig,
  weights: WeightSource,
  type: WrittenType,
): GgufTensorSource {
  const { rows, rowLength } = rowsOf(shape);
  const turned = isInterleaved(ggufArchitectures[modelType], name);
  // Heads are turned one by one, so a chunk holds whole heads.
  const unit = turned ? network.headSize : 1;
  const step = unit * Math.max(1, Math.floor(chunkNumbers / (rowLength * unit)));
  return {
    name: ggufName(name)!,
    shape,
    type: typeOf(name, shape, type),
    async *chunks() {
      for (let from = 0; from < rows; from += step) {
        const to = Math.min(rows, from + step);
        const numbers = await weights.read(name, { from, to });
        yield turned ? interleave(numbers, to - from, network.headSize) : numbers;
      }
    },
  };
}

/** As llama.cpp's own tools choose: vectors whole, the vocabulary's matrices not below eight bits, odd rows in halves. */
function typeOf(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length === 1) return "F32";
  const finer = type === "Q4_0" && (name === embeddingName || name === outputName) ? "Q8_0" : type;
  return shape.at(-1)! % tensorTypes[finer].size === 0 ? finer : "F16";
}
