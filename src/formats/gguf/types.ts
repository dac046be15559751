/** @file The words of GGUF: typed metadata, tensor types with their block sizes, and the limits of a trustworthy file. */

/** The types of single values, in the order of their numbers in the file; 9 is an array of one of the others. */
export const scalarTypes = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;

export type ScalarType = Exclude<(typeof scalarTypes)[number], "array">;
export type Scalar = number | bigint | boolean | string;

/** One value of the metadata; 64-bit integers are bigints, so that nothing is lost on its way to another file. */
export type GgufField =
  | { readonly type: ScalarType; readonly value: Scalar }
  | { readonly type: "array"; readonly of: ScalarType; readonly value: readonly Scalar[] };

export type GgufMetadata = ReadonlyMap<string, GgufField>;

/** Numbers of a row are stored in blocks of `size` numbers, `bytes` bytes each. */
export interface BlockLayout {
  readonly code: number;
  readonly size: number;
  readonly bytes: number;
}

/** The tensor types that are read. */
export const tensorTypes = {
  F32: { code: 0, size: 1, bytes: 4 },
  F16: { code: 1, size: 1, bytes: 2 },
  BF16: { code: 30, size: 1, bytes: 2 },
  Q4_0: { code: 2, size: 32, bytes: 18 },
  Q4_1: { code: 3, size: 32, bytes: 20 },
  Q5_0: { code: 6, size: 32, bytes: 22 },
  Q5_1: { code: 7, size: 32, bytes: 24 },
  Q8_0: { code: 8, size: 32, bytes: 34 },
  Q4_K: { code: 12, size: 256, bytes: 144 },
  Q5_K: { code: 13, size: 256, bytes: 176 },
  Q6_K: { code: 14, size: 256, bytes: 210 },
} as const satisfies Record<string, BlockLayout>;

export type TensorType = keyof typeof tensorTypes;

/** What a file may claim. Each bound stops a small hostile file from taking memory or time that its size does not justify. */
export const limits = {
  /** All before the tensors. Vocabularies of 260,000 tokens with merges and scores take some 20 MB. */
  headerBytes: 256 * 2 ** 20,
  /** Real files have some 40 entries; each costs a map entry. */
  metadataEntries: 10_000,
  /** Llama 3.1 405B has 1,138 tensors, mixtures of experts some thousands. */
  tensors: 100_000,
  /** Of all arrays together. The longest published vocabulary has 262,144 tokens, their scores, types and merges. */
  arrayElements: 8_000_000,
  /** A chat template, or a whole tokenizer.json, stands in one text. */
  stringBytes: 64 * 2 ** 20,
  /** ggml itself stops at 64 bytes for a tensor's name; keys of the metadata are of that kind. */
  nameBytes: 1_024,
  /** GGML_MAX_DIMS. */
  dimensions: 4,
  /** Alignments are powers of 2, 32 if nothing is said; a page of memory is the most that makes sense. */
  alignment: 65_536,
} as const;

export const defaultAlignment = 32;
