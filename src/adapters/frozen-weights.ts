/** @file A source of weights → the frozen part of a model in memory: blocks as the plan keeps them, embedding, output matrix. */
import {
  blockPrefix,
  embeddingName,
  finalNormName,
  linearShapes,
  type LlamaConfig,
  outputNameOf,
  vectorShapes,
} from "../models/llama.ts";
import { floats, type Tensor, type Tensors } from "../runtime/types.ts";
import { type QuantizedCache, quantizedThrough } from "./quantized-cache.ts";
import { openRows, type RowMatrix } from "./row-matrix.ts";
import { type StorageSettings, storeMatrix, type StoredMatrix } from "./stored-matrix.ts";

/** Where weights come from: a file, several, or memory. Only what is asked for is held. */
export interface WeightReader {
  /** A tensor, or the rows [from, to) of its first axis, in single precision. */
  read(
    name: string,
    rows?: { readonly from: number; readonly to: number },
  ): Promise<Float32Array<ArrayBuffer>>;
}

export interface FrozenWeights {
  /** The inputs of one block's graph, named within the block. */
  block(layer: number): Tensors;
  /** A frozen matrix of a block by its name in the model, as the network sees it; undefined for other names. */
  matrix(name: string): Float32Array<ArrayBuffer> | undefined;
  readonly finalNorm: Float32Array<ArrayBuffer>;
  readonly embedding: RowMatrix;
  /** [vocabulary, hidden]; the embedding where they are one. */
  readonly output: RowMatrix;
  /** Bytes of all of it. */
  readonly bytes: number;
}

export interface FreezeOptions extends StorageSettings {
  /** Embedding and output matrix as 16-bit floats (bfloat16) instead of 32-bit ones. */
  readonly halfEmbedding: boolean;
  /** Where quantised matrices are looked for first, and kept; they are made anew each time if absent. */
  readonly cache?: QuantizedCache | undefined;
}

const matrixName = (layer: number, name: string): string => `${blockPrefix(layer)}${name}.weight`;

async function blockVectors(source: WeightReader, config: LlamaConfig, layer: number): Promise<Tensors> {
  const vectors: Record<string, Tensor> = {};
  for (const { name, shape } of vectorShapes(config))
    vectors[name] = floats(await source.read(blockPrefix(layer) + name), shape);
  return vectors;
}

/** A block's matrices by their names within it, under the names of its graph's inputs. */
function blockTensors(vectors: Tensors, matrices: ReadonlyMap<string, StoredMatrix>): Tensors {
  const tensors: Record<string, Tensor> = { ...vectors };
  for (const [name, matrix] of matrices) {
    for (const [part, tensor] of Object.entries(matrix.expand())) tensors[`${name}.${part}`] = tensor;
  }
  return tensors;
}

/** The inputs of one block's graph, read from the source and kept nowhere else. */
export async function freezeBlock(
  source: WeightReader,
  config: LlamaConfig,
  layer: number,
  settings: StorageSettings,
): Promise<Tensors> {
  const matrices = new Map<string, StoredMatrix>();
  for (const { name, shape } of linearShapes(config)) {
    const data = await source.read(matrixName(layer, name));
    matrices.set(name, storeMatrix(data, shape as [number, number], settings));
  }
  return blockTensors(await blockVectors(source, config, layer), matrices);
}

/** Reads tensor by tensor; at any time one matrix is held in single precision beside what is kept. */
export async function freezeWeights(
  source: WeightReader,
  config: LlamaConfig,
  options: FreezeOptions,
): Promise<FrozenWeights> {
  const { vocabularySize: rows, hidden: width, layers } = config;
  const layout = { matrices: frozenMatrices(config), settings: options };
  const matrices = await quantizedThrough(options.cache, layout, (name) => source.read(name));
  const vectors: Tensors[] = [];
  for (let layer = 0; layer < layers; layer++) vectors.push(await blockVectors(source, config, layer));
  const open = (name: string): Promise<RowMatrix> =>
    openRows(source, name, { rows, width, half: options.halfEmbedding });
  const embedding = await open(embeddingName);
  const output = config.tiedEmbeddings ? embedding : await open(outputNameOf(config));
  const ofBlock = (layer: number): [string, StoredMatrix][] =>
    linearShapes(config).map(({ name }) => [name, matrices.get(matrixName(layer, name))!]);
  const matrixBytes = [...matrices.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    block: (layer) => blockTensors(vectors[layer]!, new Map(ofBlock(layer))),
    matrix: (name) => matrices.get(name)?.numbers(),
    finalNorm: await source.read(finalNormName),
    embedding,
    output,
    bytes: matrixBytes + embedding.bytes + (output === embedding ? 0 : output.bytes),
  };
}

/** The matrices of all blocks by their names in the model, in its order. */
export function frozenMatrices(config: LlamaConfig): ReadonlyMap<string, readonly [number, number]> {
  return new Map(
    Array.from({ length: config.layers }, (_, layer) =>
      linearShapes(config).map(
        ({ name, shape }) => [matrixName(layer, name), shape as [number, number]] as const,
      ),
    ).flat(),
  );
}
