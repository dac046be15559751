/** @file A model folder (config.json, model.safetensors, tokenizer.json, nerium.json) ↔ configuration and weights. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { readSafetensors, toFloat32, writeSafetensors, type TensorSource } from "../formats/safetensors.ts";
import { styleNames } from "../instructions/styles.ts";
import { huggingFaceConfig, parseHuggingFaceConfig } from "./hugging-face-config.ts";
import { languageParameters, type LlamaConfig, llamaParameters, type ParameterShape } from "./llama.ts";
import { tokenClassifierParameters } from "./token-classifier.ts";

const size = (maximum: number): z.ZodInt => z.int().min(1).max(maximum);

const probability = z.number().min(0).max(1);

const range = z.tuple([z.number(), z.number()]).readonly();

const neriumFile = z.object({
  nerium: z.literal(1),
  task: z.enum(["labels", "masked", "language"]),
  /** Heads of the classifier in the order of its columns. */
  types: z.array(z.string().min(1)).max(1_000),
  /** Heads that tagging shows unless told otherwise. */
  tagged: z.array(z.string().min(1)),
  /** What a token sees, where that is not the base model's way: of an adapter that was trained without the causal mask. */
  attention: z.enum(["bidirectional", "causal"]).optional(),
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
      /** language: whether each type is asked for by itself. */
      perType: z.boolean().optional(),
    })
    .optional(),
  /**
   * By type: least support of further occurrences of a name and of its abbreviation, least score of the name
   * (tagging/consistency). Types that are not named are left as they are found.
   */
  consistency: z
    .record(z.string(), z.object({ repeat: probability, abbreviation: probability, model: probability }))
    .optional(),
  /** Types of which all mentions of a name in a document get one score, from all its places (tagging/pooled-scores). */
  pooled: z.array(z.string()).max(1_000).optional(),
  /** labels: ranges of the activations of each block, for computing in 8 bits (models/eight-bit). */
  activations: z
    .array(
      z.object({
        attention: range,
        mixed: range,
        feedForward: range,
        gated: range,
        gatedShifts: z.string().regex(/^[0-9]+$/),
      }),
    )
    .optional(),
  /** By type: what makes a mention's score a probability (tagging/calibration). */
  calibration: z.record(z.string(), z.object({ slope: z.number().gt(0), intercept: z.number() })).optional(),
  /** By type: the least score of a mention that is shown where nobody asks for another threshold. */
  thresholds: z.record(z.string(), probability).optional(),
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

/** Every tensor of a model of this task. */
export function parameterShapes(config: LlamaConfig, nerium: NeriumFile): ParameterShape[] {
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

/** nerium.json of a folder; undefined where there is none, as beside other people's models. */
export async function readNeriumFile(folder: string): Promise<NeriumFile | undefined> {
  const path = join(folder, "nerium.json");
  return existsSync(path) ? readJson(path, neriumFile) : undefined;
}

export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const configPath = join(folder, "config.json");
  const config = parseHuggingFaceConfig(await readJson(configPath, z.unknown()), configPath).network;
  const nerium = await readJson(join(folder, "nerium.json"), neriumFile);
  checkNerium(nerium, config, join(folder, "nerium.json"));
  const parameters = await readWeights(join(folder, "model.safetensors"), parameterShapes(config, nerium));
  return { config, nerium, parameters, tokenizer: await readModelText(join(folder, "tokenizer.json")) };
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
  const file = {
    ...huggingFaceConfig(config, nerium.task),
    torch_dtype: dtype === "F16" ? "float16" : "float32",
  };
  await writeFile(join(folder, "config.json"), `${JSON.stringify(file, null, 2)}\n`);
  await writeFile(join(folder, "nerium.json"), `${JSON.stringify(nerium, null, 2)}\n`);
  await writeFile(join(folder, "tokenizer.json"), tokenizer);
}
