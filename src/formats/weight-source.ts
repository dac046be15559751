/** @file What all files of weights have in common: tensors by Hugging Face's names, read one at a time. */
import { NeriumError } from "../errors.ts";

export interface WeightEntry {
  /** Outermost first; matrices are [out, in]. */
  readonly shape: readonly number[];
  /** The file's own name of the type: "BF16", "Q4_0" … */
  readonly dtype: string;
}

/** Rows of a tensor's first axis, half-open. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Weights of a model that stay on the disk until they are asked for. */
export interface WeightSource extends AsyncDisposable {
  /** By Hugging Face's tensor names, whatever the file calls them. */
  readonly entries: ReadonlyMap<string, WeightEntry>;
  /** Single precision; only the rows asked for are read, and nothing else is held. */
  read(name: string, rows?: RowRange): Promise<Float32Array<ArrayBuffer>>;
}

/** A file that holds a whole model, not only its weights. */
export interface ModelFile extends WeightSource {
  /** What Hugging Face's config.json of the same model would say; not checked yet. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A tensor's rows and how many numbers each has; a lone number is one row. */
export function rowsOf(shape: readonly number[]): { readonly rows: number; readonly rowLength: number } {
  const [rows = 1, ...rest] = shape;
  return { rows, rowLength: rest.reduce((product, size) => product * size, 1) };
}

/** The entry and the checked rows; a tensor that is not there is MODEL_FORMAT, rows beyond it are our own fault. */
export function findRows<E extends WeightEntry>(
  entries: ReadonlyMap<string, E>,
  name: string,
  rows: RowRange | undefined,
  file: string,
): { readonly entry: E; readonly from: number; readonly to: number; readonly rowLength: number } {
  const entry = entries.get(name);
  if (entry === undefined) {
    const problem = `expected a tensor ${name}, got none among ${entries.size}; is it another architecture's file?`;
    throw new NeriumError("MODEL_FORMAT", problem, { file });
  }
  const { rows: all, rowLength } = rowsOf(entry.shape);
  const { from, to } = rows ?? { from: 0, to: all };
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to > all) {
    throw new Error(`internal: rows ${from} to ${to} of ${name}, which has ${all}`);
  }
  return { entry, from, to, rowLength };
}

/** Room for the numbers, or an error that says what did not fit. */
export function allocateFloats(length: number, name: string, file: string): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (cause) {
    const problem = `tensor ${name}: its ${length} numbers do not fit into memory; read it row by row`;
    throw new NeriumError("MODEL_FORMAT", problem, { file, cause });
  }
}
