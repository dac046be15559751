/** @file A GGUF file (version 2 or 3) → its metadata and a ModelFile by Hugging Face's names. */
import type { FileHandle } from "node:fs/promises";
import { NeriumError } from "../errors.ts";
import { configOfGguf, headSizeOf } from "./gguf/config.ts";
import { dequantise } from "./gguf/dequantise.ts";
import { type GgufHeader, type GgufTensor, readGgufHeader } from "./gguf/header.ts";
import { MetadataView } from "./gguf/metadata.ts";
import { huggingFaceName, isInterleaved } from "./gguf/names.ts";
import { type GgufMetadata, tensorTypes } from "./gguf/types.ts";
import { fill, openToRead } from "./open-file.ts";
import { isFloatType, readFloats } from "./read-floats.ts";
import { readHalves } from "./rotary-order.ts";
import type { ModelFile, WeightEntry } from "./weight-source.ts";
import { allocateFloats, findRows, rowsOf } from "./weight-source.ts";

export interface GgufFile extends ModelFile {
  /** As it stands in the file; the tokenizer and the chat template are in it. */
  readonly metadata: GgufMetadata;
}

interface Entry extends WeightEntry {
  readonly tensor: GgufTensor;
  readonly interleaved: boolean;
}

/** Rows of blocks that are decoded at once, in bytes: a disk's worth, small beside any matrix. */
const chunkBytes = 2 ** 21;
const ropeFactorsName = "rope_freqs.weight";

/** Opens the file and checks its head; no tensor but the factors of its rope scaling is read. */
export async function openGguf(path: string): Promise<GgufFile> {
  const handle = await openToRead(path, "a GGUF file");
  try {
    const header = await readGgufHeader(handle, path);
    const view = new MetadataView(header.metadata, path);
    checkKind(view);
    const architecture = view.needed(view.text("general.architecture"), "general.architecture");
    const headSize = headSizeOf(view, architecture);
    const entries = entriesOf(header, architecture);
    checkHeads(entries, headSize, view);
    const config = configOfGguf(view, await factsOf(header, handle, path));
    return {
      entries,
      config,
      metadata: header.metadata,
      async read(name, rows) {
        const { entry, from, to } = findRows(entries, name, rows, path);
        const read = (range: { from: number; to: number }) =>
          readTensorRows(handle, path, entry.tensor, range.from, range.to);
        return entry.interleaved ? readHalves(read, headSize, { from, to }) : read({ from, to });
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Adapters, vocabularies alone and parts of a split model are GGUF too. */
function checkKind(view: MetadataView): void {
  const type = view.text("general.type") ?? "model";
  if (type !== "model") throw view.refuse("general.type", '"model"', type);
  const parts = view.number("split.count") ?? 1;
  if (parts <= 1) return;
  const expected = "a whole model: join the parts with llama.cpp's llama-gguf-split --merge";
  throw view.refuse("split.count", expected, parts);
}

function entriesOf({ tensors }: GgufHeader, architecture: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const tensor of tensors.values()) {
    if (tensor.name === ropeFactorsName) continue; // in the config
    const name = huggingFaceName(tensor.name) ?? tensor.name;
    const interleaved = isInterleaved(architecture, name);
    entries.set(name, { shape: tensor.shape, dtype: tensor.type, tensor, interleaved });
  }
  return entries;
}

function checkHeads(entries: ReadonlyMap<string, Entry>, headSize: number, view: MetadataView): void {
  for (const [name, { interleaved, shape }] of entries) {
    if (!interleaved || (headSize % 2 === 0 && shape[0]! % headSize === 0)) continue;
    const problem = `tensor ${name}: expected rows in heads of ${headSize}, an even number; got ${shape[0]}`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: view.file });
  }
}

async function factsOf({ tensors }: GgufHeader, handle: FileHandle, path: string) {
  const factors = tensors.get(ropeFactorsName);
  return {
    names: new Set(tensors.keys()),
    vocabularySize: tensors.get("token_embd.weight")?.shape[0],
    ropeFactors: factors && (await readTensorRows(handle, path, factors, 0, rowsOf(factors.shape).rows)),
  };
}

async function readTensorRows(
  handle: FileHandle,
  path: string,
  tensor: GgufTensor,
  from: number,
  to: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { type, shape, name } = tensor;
  const { size, bytes } = tensorTypes[type];
  // A tensor of one axis is one row of blocks: its parts are cut out of it.
  const whole = shape.length === 1 && size > 1;
  const rowLength = whole ? shape[0]! : rowsOf(shape).rowLength;
  const rows = whole ? 1 : to - from;
  const position = tensor.position + (whole ? 0 : from * (rowLength / size) * bytes);
  const numbers = allocateFloats(rows * rowLength, name, path);
  if (isFloatType(type)) await readFloats(handle, type, position, numbers, path);
  else await readBlocks(handle, path, tensor, position, numbers);
  return whole ? numbers.slice(from, to) : numbers;
}

async function readBlocks(
  handle: FileHandle,
  path: string,
  { type }: GgufTensor,
  position: number,
  numbers: Float32Array<ArrayBuffer>,
): Promise<void> {
  const { size, bytes: blockBytes } = tensorTypes[type];
  const blocks = numbers.length / size;
  const atOnce = Math.min(blocks, Math.floor(chunkBytes / blockBytes));
  const chunk = new Uint8Array(atOnce * blockBytes);
  for (let done = 0; done < blocks; done += atOnce) {
    const part = chunk.subarray(0, Math.min(atOnce, blocks - done) * blockBytes);
    await fill(handle, part, position + done * blockBytes, path);
    dequantise(type, part, numbers, done * size);
  }
}
