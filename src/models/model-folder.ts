/** @file A model folder (config.json, model.safetensors, tokenizer.json, nerium.json) ↔ configuration and weights. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { readSafetensors, toFloat32, writeSafetensors, type TensorSource } from "../formats/safetensors.ts";
import { styleNames } from "../instructions/styles.ts";
import { languageParameters, type LlamaConfig, llamaParameters, type ParameterShape } from "./llama.ts";
import { tokenClassifierParameters } from "./token-classifier.ts";

const size = (maximum: number): z.ZodInt => z.int().min(1).max(maximum);

/** Hugging Face's keys; the limits keep a hostile file from asking for absurd amounts of memory. */
const configFile = z.object({
  model_type: z.literal("llama"),
  vocab_size: size(1_000_000),
  hidden_size: size(65_536),
  num_hidden_layers: size(1_000),
  num_attention_heads: size(1_024),
  num_key_value_heads: size(1_024),
  intermediate_size: size(1_000_000),
  rope_theta: z.number().positive(),
  rms_norm_eps: z.number().positive(),
  max_position_embeddings: size(10_000_000),
  tie_word_embeddings: z.literal(true),
  is_causal: z.boolean().default(true),
});

const probability = z.number().min(0).max(1);

const neriumFile = z.object({
  nerium: z.literal(1),
  task: z.enum(["labels", "masked", "language"]),
  /** Heads of the classifier in the order of its columns. */
  types: z.array(z.string().min(1)).max(1_000),
  /** Heads that tagging shows unless told otherwise. */
  tagged: z.array(z.string().min(1)),
  window: z.object({ size: size(1_000_000), overlap: z.int().min(0) }),
  /** How the model was asked in training, and is to be asked: for generated marks, or for the labels of one type at a time. */
  instruction: z
    .object({
      style: z.enum(styleNames),
      variant: z.enum(["span", "mark", "gpt"]).optional(),
      types: z.array(z.string().min(1)).min(1).max(1_000),
      templateHash: z.string().regex(/^[0-9a-f]{64}$/),
      /** labels: the data set's name in the prompt, which tokens bear labels, whether padding is attended to. */
      dataset: z.string().optional(),
      firstTokens: z.boolean().optional(),
      mask: z.enum(["pad-aware", "zeros"]).optional(),
    })
    .optional(),
  /** Least support of further occurrences of a name and of its abbreviation, least score of the name; see tagging/consistency. */
  consistency: z.object({ repeat: probability, abbreviation: probability, model: probability }).optional(),
});

export type NeriumFile = z.infer<typeof neriumFile>;

export interface ModelFolder {
  readonly config: LlamaConfig;
  readonly nerium: NeriumFile;
  readonly parameters: Map<string, Float32Array<ArrayBuffer>>;
  /** Text of tokenizer.json. */
  readonly tokenizer: string;
}

async function readJson<T>(path: string, schema: z.ZodType<T>, bytes = 10_000_000): Promise<T> {
  const text = await readModelText(path, bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NeriumError("MODEL_FORMAT", "expected JSON; take a fresh copy of the model", {
      file: path,
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new NeriumError("MODEL_FORMAT", `${key.join(".")}: ${message}`, { file: path });
}

async function readModelText(path: string, maximumBytes = 200_000_000): Promise<string> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (text.length > maximumBytes) {
    const problem = `expected at most ${maximumBytes} bytes, got ${text.length}`;
    throw new NeriumError("MODEL_FORMAT", problem, { file: path });
  }
  return text.toString("utf8");
}

function unreadable(path: string, cause: unknown): NeriumError {
  const problem =
    "cannot be read; a model folder holds config.json, model.safetensors, tokenizer.json and nerium.json";
  return new NeriumError("MODEL_FORMAT", problem, { file: path, cause });
}

function parameterShapes(config: LlamaConfig, nerium: NeriumFile): ParameterShape[] {
  if (nerium.task === "labels") return tokenClassifierParameters(config, headsOf(nerium));
  return nerium.task === "language" ? languageParameters(config) : llamaParameters(config);
}

/** The label heads: one for each type, or one that answers for the type that the instruction asks for. */
export function headsOf({
  types,
  instruction,
}: Pick<NeriumFile, "types" | "instruction">): readonly string[] {
  return instruction === undefined ? types : [sharedHead];
}

/** The one head of a model that is asked in words. */
export const sharedHead = "entity";

export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const file = await readJson(join(folder, "config.json"), configFile);
  const nerium = await readJson(join(folder, "nerium.json"), neriumFile);
  const config: LlamaConfig = {
    vocabularySize: file.vocab_size,
    hidden: file.hidden_size,
    layers: file.num_hidden_layers,
    heads: file.num_attention_heads,
    kvHeads: file.num_key_value_heads,
    headSize: file.hidden_size / file.num_attention_heads,
    intermediate: file.intermediate_size,
    ropeTheta: file.rope_theta,
    normEpsilon: file.rms_norm_eps,
    attention: file.is_causal ? "causal" : "bidirectional",
    maximumLength: file.max_position_embeddings,
    tiedEmbeddings: file.tie_word_embeddings,
    attentionBias: "none",
    queryKeyNorm: false,
  };
  checkConfig(config, join(folder, "config.json"));
  checkNerium(nerium, config, join(folder, "nerium.json"));
  const parameters = await readWeights(join(folder, "model.safetensors"), parameterShapes(config, nerium));
  return { config, nerium, parameters, tokenizer: await readModelText(join(folder, "tokenizer.json")) };
}

/** What several keys must fulfil together; without it the graph would be nonsense. */
function checkConfig({ hidden, heads, kvHeads }: LlamaConfig, file: string): void {
  if (hidden % (2 * heads) === 0 && heads % kvHeads === 0) return;
  const problem =
    "expected hidden_size / num_attention_heads to be even, and num_key_value_heads to divide them";
  throw new NeriumError("MODEL_FORMAT", `${problem}; got ${hidden}, ${heads} and ${kvHeads}`, { file });
}

function checkNerium({ task, types, tagged, window }: NeriumFile, config: LlamaConfig, file: string): void {
  const fail = (problem: string): never => {
    throw new NeriumError("MODEL_FORMAT", problem, { file });
  };
  const { maximumLength } = config;
  if (window.size > maximumLength) fail(`window.size: expected at most ${maximumLength}, got ${window.size}`);
  if (window.overlap >= window.size)
    fail(`window.overlap: expected less than window.size (${window.size}), got ${window.overlap}`);
  if (task !== "labels") return;
  if (types.length === 0 || new Set(types).size < types.length)
    fail("types: expected different names, at least one");
  const stranger = tagged.find((type) => !types.includes(type));
  if (stranger !== undefined) fail(`tagged: expected some of ${types.join(", ")}, got "${stranger}"`);
}

const floatTypes: ReadonlySet<string> = new Set(["F32", "F16", "BF16", "F64"]);

async function readWeights(
  path: string,
  shapes: readonly ParameterShape[],
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const { tensors } = await readSafetensors(path).catch((cause: unknown) => {
    if (cause instanceof NeriumError && cause.code === "UNREADABLE") throw unreadable(path, cause);
    throw cause;
  });
  return new Map(
    shapes.map((parameter) => {
      const tensor = tensors.get(parameter.name);
      if (tensor === undefined || tensor.shape.join() !== parameter.shape.join()) {
        const got = tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`;
        const problem = `expected a tensor ${parameter.name} of shape [${parameter.shape.join(", ")}], got ${got}`;
        throw new NeriumError("MODEL_FORMAT", problem, { file: path });
      }
      if (!floatTypes.has(tensor.dtype)) {
        const problem = `expected ${parameter.name} as F32, F16, BF16 or F64, got ${tensor.dtype}`;
        throw new NeriumError("MODEL_FORMAT", problem, { file: path });
      }
      return [parameter.name, toFloat32(tensor) as Float32Array<ArrayBuffer>];
    }),
  );
}

/** Writes the folder; weights are stored as 16-bit floats unless `dtype` says otherwise. */
export async function writeModelFolder(
  folder: string,
  { config, nerium, parameters, tokenizer }: ModelFolder,
  dtype: "F16" | "F32" = "F16",
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = new Map(
    parameterShapes(config, nerium).map(({ name, shape }): [string, TensorSource] => {
      const data = parameters.get(name);
      if (data === undefined) throw new Error(`internal: no parameter ${name} to save`);
      return [name, { shape, data, dtype }];
    }),
  );
  await writeSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  const file: z.infer<typeof configFile> & Record<string, unknown> = {
    architectures: [nerium.task === "labels" ? "LlamaForTokenClassification" : "LlamaModel"],
    model_type: "llama",
    vocab_size: config.vocabularySize,
    hidden_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    intermediate_size: config.intermediate,
    rope_theta: config.ropeTheta,
    rms_norm_eps: config.normEpsilon,
    max_position_embeddings: config.maximumLength,
    hidden_act: "silu",
    tie_word_embeddings: true,
    is_causal: config.attention === "causal",
    torch_dtype: dtype === "F16" ? "float16" : "float32",
  };
  await writeFile(join(folder, "config.json"), `${JSON.stringify(file, null, 2)}\n`);
  await writeFile(join(folder, "nerium.json"), `${JSON.stringify(nerium, null, 2)}\n`);
  await writeFile(join(folder, "tokenizer.json"), tokenizer);
}
