/**
 * @file Quantised matrices ↔ a .safetensors file of them: the arrays of each matrix as they are kept, the weights that they
 * were made of in the metadata, and behind all of them a checksum for each.
 */
import { crc32 } from "node:zlib";
import { NeriumError } from "../errors.ts";
import { openToRead } from "../formats/open-file.ts";
import { readHeader, readTensor } from "../formats/safetensors.ts";
import { streamSafetensors, type StreamedTensor } from "../formats/safetensors-write.ts";
import {
  partShapes,
  type PartShape,
  type StorageSettings,
  storedMatrix,
  type StoredMatrix,
  type StoredParts,
} from "./stored-matrix.ts";

export interface QuantizedLayout {
  /** Matrices by their names in the model, and their shapes. */
  readonly matrices: ReadonlyMap<string, readonly [number, number]>;
  readonly settings: StorageSettings;
}

/** What a file says of itself. */
export interface QuantizedOrigin {
  /** The model as the recipe named it; for people. */
  readonly model: string;
  /** What its weights are: a file with another text is stale. */
  readonly identity: string;
}

/** CRC-32 of each array, in the order of the layout; its size of one byte an element puts it behind all others. */
const checksumsName = "checksums";

interface Part extends PartShape {
  readonly matrix: string;
  readonly part: string;
}

function partsOf({ matrices, settings }: QuantizedLayout): Part[] {
  return [...matrices].flatMap(([matrix, shape]) =>
    Object.entries(partShapes(shape, settings)).map(([part, sizes]) => ({ matrix, part, ...sizes })),
  );
}

/** Writes the file whole or not at all. `make` is asked for each matrix once or more, and for one at a time. */
export async function writeQuantized(
  path: string,
  layout: QuantizedLayout,
  origin: QuantizedOrigin,
  make: (matrix: string) => Promise<StoredMatrix>,
): Promise<void> {
  const parts = partsOf(layout);
  const checksums = new Uint32Array(parts.length);
  const tensors = parts.map(({ matrix, part, dtype, shape }, index): StreamedTensor => ({
    name: `${matrix}.${part}`,
    dtype,
    shape,
    bytes: async function* () {
      const { buffer, byteOffset, byteLength } = (await make(matrix)).parts[part]!;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      checksums[index] = crc32(bytes);
      yield bytes;
    },
  }));
  const last: StreamedTensor = {
    name: checksumsName,
    dtype: "U8",
    shape: [parts.length, 4],
    bytes: async function* () {
      yield new Uint8Array(checksums.buffer);
    },
  };
  await streamSafetensors(path, [...tensors, last], { ...origin });
}

/** The matrices by name; throws where the file is not there, of other weights, or not as it was written. */
export async function readQuantized(
  path: string,
  layout: QuantizedLayout,
  { identity }: QuantizedOrigin,
): Promise<Map<string, StoredMatrix>> {
  await using handle = await openToRead(path, "a file of quantised weights");
  const { entries, metadata, dataStart } = await readHeader(handle, path, (await handle.stat()).size);
  const refuse = (problem: string): NeriumError => new NeriumError("MODEL_FORMAT", problem, { file: path });
  if (metadata["identity"] !== identity) throw refuse("it was made of other weights");
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const tensorOf = async (name: string, { dtype, shape }: { dtype: string; shape: readonly number[] }) => {
    const entry = byName.get(name);
    if (entry?.dtype !== dtype || entry.shape.join() !== shape.join())
      throw refuse(`expected ${name} as ${dtype} of shape [${shape.join(", ")}]`);
    return (await readTensor(handle, path, entry, dataStart)).data as StoredParts[string];
  };
  const parts = partsOf(layout);
  const kept = await tensorOf(checksumsName, { dtype: "U8", shape: [parts.length, 4] });
  const checksums = new Uint32Array(kept.buffer);
  const found = new Map<string, Record<string, StoredParts[string]>>();
  for (const [index, { matrix, part, ...sizes }] of parts.entries()) {
    const name = `${matrix}.${part}`;
    const data = await tensorOf(name, sizes);
    const sum = crc32(new Uint8Array(data.buffer));
    if (sum !== checksums[index]) throw refuse(`${name} is not as it was written`);
    const ofMatrix = found.get(matrix) ?? {};
    found.set(matrix, { ...ofMatrix, [part]: data });
  }
  const { matrices, settings } = layout;
  return new Map(
    Array.from(matrices, ([name, shape]) => [name, storedMatrix(found.get(name)!, shape, settings)]),
  );
}

const elementBytes: Readonly<Record<PartShape["dtype"], number>> = { F32: 4, I8: 1, U8: 1 };

/** Bytes of the arrays of such a file; its header comes to less than a thousandth more. */
export function quantizedBytes(layout: QuantizedLayout): number {
  return partsOf(layout).reduce(
    (sum, { dtype, shape }) => sum + shape.reduce((product, size) => product * size, elementBytes[dtype]),
    0,
  );
}
