/** @file A source of weights → the frozen part of a model in memory: blocks as the plan keeps them, embedding, output matrix. */
import { dequantizeNf4, nf4Block, quantizeNf4 } from "../formats/nf4.ts";
import { dequantizeScales, type DoubleQuantized, quantizeScales } from "../formats/nf4-scales.ts";
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
import type { MatrixStorage } from "./block-inputs.ts";
import { openRows, type RowMatrix } from "./row-matrix.ts";

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

export interface FreezeOptions {
  readonly storage: MatrixStorage;
  /** The scales of NF4 blocks are quantised again: 0.37 bits a number less. */
  readonly doubleQuantize: boolean;
  /** Embedding and output matrix as 16-bit floats (bfloat16) instead of 32-bit ones. */
  readonly halfEmbedding: boolean;
  /** Called after each block. */
  readonly onBlock?: (done: number, all: number) => void;
}

/** A matrix as it is kept; `expand` makes the graph's inputs of it, `numbers` a copy in single precision. */
interface StoredMatrix {
  readonly bytes: number;
  readonly expand: () => Readonly<Record<string, Tensor>>;
  readonly numbers: () => Float32Array<ArrayBuffer>;
}

function storeMatrix(
  data: Float32Array<ArrayBuffer>,
  [out, inner]: readonly [number, number],
  { storage, doubleQuantize }: Pick<FreezeOptions, "storage" | "doubleQuantize">,
): StoredMatrix {
  if (storage === "float32") {
    const tensor = floats(data, [out, inner]);
    return { bytes: data.byteLength, expand: () => ({ weight: tensor }), numbers: () => data.slice() };
  }
  return storage === "int8" ? storeInt8(data, [out, inner]) : storeNf4(data, doubleQuantize);
}

function storeNf4(data: Float32Array<ArrayBuffer>, doubleQuantize: boolean): StoredMatrix {
  const { codes, absmax } = quantizeNf4(data);
  const packed: Tensor = { type: "uint8", shape: [codes.length], data: codes };
  const { scales, bytes } = storeScales(absmax, doubleQuantize);
  return {
    bytes: codes.byteLength + bytes,
    expand: () => ({ codes: packed, absmax: floats(scales(), [(2 * codes.length) / nf4Block]) }),
    numbers: () => dequantizeNf4({ codes, absmax: scales() }),
  };
}

/** A function of its own, so that what is quantised again is not kept alive beside its codes. */
function storeScales(
  absmax: Float32Array<ArrayBuffer>,
  doubleQuantize: boolean,
): { readonly scales: () => Float32Array<ArrayBuffer>; readonly bytes: number } {
  if (!doubleQuantize) return { scales: () => absmax, bytes: absmax.byteLength };
  return doubledScales(quantizeScales(absmax));
}

function doubledScales(doubled: DoubleQuantized): ReturnType<typeof storeScales> {
  return {
    scales: () => dequantizeScales(doubled),
    bytes: doubled.codes.byteLength + doubled.absmax.byteLength,
  };
}

/** Rounded to 8 bits with one scale a row: symmetric, so that 0 stays 0. */
function storeInt8(data: Float32Array, [out, inner]: readonly [number, number]): StoredMatrix {
  const whole = new Int8Array(data.length);
  const scale = new Float32Array(out);
  for (let row = 0; row < out; row++) {
    const numbers = data.subarray(row * inner, (row + 1) * inner);
    let largest = 0;
    for (let place = 0; place < inner; place++) largest = Math.max(largest, Math.abs(numbers[place]!));
    scale[row] = largest / 127;
    for (let place = 0; place < inner; place++)
      whole[row * inner + place] = largest === 0 ? 0 : Math.round((numbers[place]! / largest) * 127);
  }
  const tensors = {
    int8: { type: "int8", shape: [out, inner], data: whole } as const,
    scale: floats(scale, [out]),
  };
  return {
    bytes: whole.byteLength + scale.byteLength,
    expand: () => tensors,
    numbers: () => Float32Array.from(whole, (number, place) => number * scale[Math.floor(place / inner)]!),
  };
}

interface StoredBlock {
  readonly vectors: Tensors;
  readonly matrices: ReadonlyMap<string, StoredMatrix>;
}

async function storeBlock(
  source: WeightReader,
  config: LlamaConfig,
  layer: number,
  options: Pick<FreezeOptions, "storage" | "doubleQuantize">,
): Promise<StoredBlock> {
  const prefix = blockPrefix(layer);
  const vectors: Record<string, Tensor> = {};
  for (const { name, shape } of vectorShapes(config))
    vectors[name] = floats(await source.read(prefix + name), shape);
  const matrices = new Map<string, StoredMatrix>();
  for (const { name, shape } of linearShapes(config)) {
    const data = await source.read(`${prefix}${name}.weight`);
    matrices.set(name, storeMatrix(data, shape as [number, number], options));
  }
  return { vectors, matrices };
}

function blockTensors({ vectors, matrices }: StoredBlock): Tensors {
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
  options: Pick<FreezeOptions, "storage" | "doubleQuantize">,
): Promise<Tensors> {
  return blockTensors(await storeBlock(source, config, layer, options));
}

/** Reads tensor by tensor; at any time one matrix is held in single precision beside what is kept. */
export async function freezeWeights(
  source: WeightReader,
  config: LlamaConfig,
  options: FreezeOptions,
): Promise<FrozenWeights> {
  const { vocabularySize: rows, hidden: width } = config;
  const blocks: StoredBlock[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    blocks.push(await storeBlock(source, config, layer, options));
    options.onBlock?.(layer + 1, config.layers);
  }
  const open = (name: string): Promise<RowMatrix> =>
    openRows(source, name, { rows, width, half: options.halfEmbedding });
  const embedding = await open(embeddingName);
  const output = config.tiedEmbeddings ? embedding : await open(outputNameOf(config));
  const matrixBytes = blocks.reduce(
    (total, { matrices }) => total + [...matrices.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    0,
  );
  return {
    block: (layer) => blockTensors(blocks[layer]!),
    matrix(name) {
      const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
      return part === undefined ? undefined : blocks[Number(layer)]?.matrices.get(part)?.numbers();
    },
    finalNorm: await source.read(finalNormName),
    embedding,
    output,
    bytes: matrixBytes + embedding.bytes + (output === embedding ? 0 : output.bytes),
  };
}
