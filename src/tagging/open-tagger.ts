/** @file What a person says of an engine and a model → the Tagger that it means; contradictions are usage errors. */
import { basename } from "node:path";
import { readAdaptedModel } from "../adapters/read-adapted.ts";
import type { Passage } from "../documents/index.ts";
import { NeriumError } from "../errors.ts";
import { builtinFolder } from "../hub/builtin-models.ts";
import {
  type BionerVariant,
  type StyleName,
  type StyleOptions,
  templateHash,
  usualGuidelines,
} from "../instructions/index.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import type { DeviceChoice, DeviceWish } from "../runtime/choose-device.ts";
import { chooseWorkerRuntime } from "../runtime/computer.ts";
import type { Runtime } from "../runtime/types.ts";
import { workerRuntime } from "../runtime/worker-runtime.ts";
import type { Engine } from "./engine.ts";
import { openLabelTagger } from "./label-tagger.ts";
import { choosePrecision, type Precision, type PrecisionWish } from "./precision.ts";
import { openSentenceTagger, type SentenceTagger } from "./sentence-tagger.ts";
import type { GrammarChoice } from "./server/dialect.ts";
import type { ServerOptions } from "./server/server-answerer.ts";
import { shotSource, type ShotSourceOptions } from "./shot-source.ts";
import type { Tagger } from "./types.ts";

export const engineNames = ["labels", "markup", "llama.cpp", "openai"] as const;
export type EngineName = (typeof engineNames)[number];

export interface TaggerOptions {
  /** If absent: openai where there is a server, llama.cpp for a .gguf, else what the model folder was trained for. */
  readonly engine?: EngineName | undefined;
  /** A model folder, a GGUF file, or a server's name for a model; the built-in model if absent. */
  readonly model?: string | undefined;
  /** What to ask for; what the model was trained for if absent. Label models know their types themselves. */
  readonly types?: readonly string[] | undefined;
  readonly style?: StyleName | undefined;
  readonly variant?: BionerVariant | undefined;
  readonly guidelines?: StyleOptions["guidelines"];
  readonly perType?: boolean | undefined;
  readonly demonstrations?: (ShotSourceOptions & { readonly passages: readonly Passage[] }) | undefined;
  readonly samples?: number | undefined;
  readonly temperature?: number | undefined;
  readonly voteThreshold?: number | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /** labels and markup: where the model computes; the CPU if absent. */
  readonly device?: DeviceWish | undefined;
  /** labels: 8 bits where they pay, if "auto" or absent; they need the CPU and a model that knows its activations' ranges. */
  readonly precision?: PrecisionWish | undefined;
  /** Told once what `device` and `precision` have come to. */
  readonly onDevice?: ((choice: ComputingChoice) => void) | undefined;
  /** llama.cpp and openai: which grammar holds answers to their texts. */
  readonly grammar?: GrammarChoice | undefined;
  /** llama.cpp: an adapter as GGUF. */
  readonly lora?: string | undefined;
  /** llama.cpp: tokens of prompt and answer. */
  readonly contextSize?: number | undefined;
  /** openai: where it is and how it is asked. */
  readonly server?: Omit<ServerOptions, "model" | "style" | "variant" | "grammar"> | undefined;
  /** llama.cpp and openai: a file that keeps answers, from which an interrupted run goes on. */
  readonly journal?: string | undefined;
}

/** Where a model computes, and how precisely if there was a choice. */
export type ComputingChoice = DeviceChoice & { readonly precision?: Precision };

/** Dispose of it after use. */
export async function openTagger(given: string | TaggerOptions = {}): Promise<Tagger | SentenceTagger> {
  const options: TaggerOptions = typeof given === "string" ? { model: given } : given;
  const { engine = impliedEngine(options) } = options;
  if (engine === "llama.cpp" || engine === "openai") {
    const style = options.style ?? "nerllama";
    checkUse(engine, options);
    const types = spelled(options.types ?? [], Object.keys(usualGuidelines));
    return sentenceTagger(options, await answerEngine(engine, style, options), style, types);
  }
  const model = await readAdaptedModel(options.model ?? builtinFolder);
  const name = options.model === undefined ? "built-in" : basename(options.model);
  const { runtime, choice } = await runtimeOf(options);
  const precision = await precisionOf(model, options, choice, name);
  options.onDevice?.({ ...choice, ...(precision !== undefined && { precision }) });
  return openModelTagger(model, { ...options, precision }, { name, runtime });
}

/** Absent where there is nothing to choose. */
async function precisionOf(
  { nerium }: ModelFolder,
  { precision: wish = "auto" }: TaggerOptions,
  { device }: DeviceChoice,
  name: string,
): Promise<Precision | undefined> {
  if (nerium.task !== "labels") return wish === "auto" ? undefined : wish;
  if (device !== "cpu") {
    if (wish !== "int8") return "float32";
    throw new NeriumError("USAGE", `int8 is computed on the CPU, got the device ${device}`, { file: name });
  }
  const { onnxRuntime } = await import("../runtime/onnxruntime.ts");
  return choosePrecision(wish, nerium.activations !== undefined, onnxRuntime);
}

export interface ModelTaggerOptions {
  /** What a person calls the model. */
  readonly name: string;
  readonly runtime: Runtime;
}

/** A tagger for a model that is in memory. */
export async function openModelTagger(
  model: ModelFolder,
  options: TaggerOptions,
  { name, runtime }: ModelTaggerOptions,
): Promise<Tagger | SentenceTagger> {
  const { engine = impliedEngine(options) } = options;
  const right = model.nerium.task === "language" ? "markup" : "labels";
  if (engine !== undefined && engine !== right) {
    const problem = `the model is trained for ${model.nerium.task}, which is not for the engine ${engine}`;
    throw new NeriumError("USAGE", `${problem}; leave --engine out, or name another model`, { file: name });
  }
  checkUse(right, options);
  if (right === "labels") {
    const { threads, precision = "auto" } = options;
    return openLabelTagger(model, {
      runtime,
      name,
      ...(threads !== undefined && { threads }),
      ...(precision !== "auto" && { precision }),
    });
  }
  return markupTagger(model, options, { name, runtime });
}

async function runtimeOf({ device: wish }: TaggerOptions): Promise<{
  readonly runtime: Runtime;
  readonly choice: DeviceChoice;
}> {
  if (wish === undefined)
    return { runtime: workerRuntime, choice: { device: "cpu", reason: "the usual one" } };
  const { runtime, device: choice } = await chooseWorkerRuntime(wish);
  return { runtime, choice };
}

function impliedEngine({ model, server }: TaggerOptions): EngineName | undefined {
  if (server !== undefined) return "openai";
  return model !== undefined && /\.gguf$/i.test(model) ? "llama.cpp" : undefined;
}

/** Options that an engine would ignore are told, not ignored. */
function checkUse(engine: EngineName, options: TaggerOptions): void {
  const refuse = (problem: string): never => {
    throw new NeriumError("USAGE", problem);
  };
  const asked = engine !== "labels";
  const writes = engine === "llama.cpp" || engine === "openai";
  const misplaced = (
    [
      ["style", asked, "a model that is asked by instruction"],
      ["variant", asked, "a model that is asked by instruction"],
      ["perType", asked, "a model that is asked by instruction"],
      ["demonstrations", asked, "a model that is asked by instruction"],
      ["guidelines", asked, "a model that is asked by instruction"],
      ["samples", asked, "a model that is asked by instruction"],
      ["temperature", asked, "a model that is asked by instruction"],
      ["precision", engine === "labels" || options.precision === "auto", "models with label heads"],
      ["device", !writes || options.device === "auto", "models that compute in this process"],
      ["grammar", writes, "the engines llama.cpp and openai"],
      ["lora", engine === "llama.cpp", "the engine llama.cpp"],
      ["contextSize", engine === "llama.cpp", "the engine llama.cpp"],
      ["server", engine === "openai", "the engine openai"],
    ] as const
  ).find(([key, fits]) => options[key] !== undefined && !fits);
  if (misplaced !== undefined)
    refuse(`${misplaced[0]} is for ${misplaced[2]}, and this is the engine ${engine}`);
  if (writes && options.model === undefined)
    refuse(`the engine ${engine} needs a model; name it with --model`);
  if (writes && (options.types ?? []).length === 0)
    refuse(`say with --types what the engine ${engine} is to mark`);
  if (engine === "openai" && options.server === undefined)
    refuse("the engine openai needs a server; give --base-url");
}

async function answerEngine(
  engine: "llama.cpp" | "openai",
  style: StyleName,
  options: TaggerOptions,
): Promise<Engine> {
  const { openAnswerEngine } = await import("./answers/answer-engine.ts");
  const { openJournal } = await import("./answers/journal.ts");
  const { variant, model, grammar, server, lora, contextSize, threads } = options;
  const common = { model: model!, style, variant };
  const open = async () => {
    if (engine === "openai") {
      const { openServerAnswerer } = await import("./server/server-answerer.ts");
      return openServerAnswerer({ ...common, ...server!, grammar });
    }
    const { openLlamaCppAnswerer } = await import("./llama-cpp/llama-cpp-answerer.ts");
    return openLlamaCppAnswerer({ ...common, lora, contextSize, threads, grammar: grammar !== "none" });
  };
  const answerer = await open();
  const journal = options.journal === undefined ? undefined : await openJournal(options.journal);
  return openAnswerEngine({ answerer, style, journal });
}

async function markupTagger(
  model: ModelFolder,
  options: TaggerOptions,
  { name, runtime }: ModelTaggerOptions,
): Promise<SentenceTagger> {
  const { openLanguageNetwork } = await import("../models/language-model-network.ts");
  const { openMarkupEngine } = await import("./markup/markup-engine.ts");
  const { openTokenizer } = await import("../tokens/index.ts");
  const { config, nerium, parameters } = model;
  const trained = nerium.instruction;
  const { style = trained?.style, variant = trained?.variant } = options;
  const types = spelled(
    options.types ?? trained?.types ?? [],
    trained?.types ?? Object.keys(usualGuidelines),
  );
  if (style === undefined || types.length === 0) {
    const problem = "nerium.json does not say how the model is asked; give --style and --types";
    throw new NeriumError("USAGE", problem, { file: name });
  }
  await checkTemplates(model, options, name);
  // Positions beyond the window never occur, and a model may promise millions of them.
  const window = { ...config, maximumLength: nerium.window.size };
  const network = openLanguageNetwork(window, parameters, {
    runtime,
    threads: options.threads,
    ...(runtime.parallel !== true && { batchTokens: 4096 }), // a GPU wants long batches
  });
  const engine = await openMarkupEngine({
    network,
    tokenizer: openTokenizer(model.tokenizer),
    style,
    variant,
  });
  const { perType = trained?.perType } = options;
  return sentenceTagger({ ...options, variant, perType }, engine, style, types);
}

/** Types in the spelling that models were trained with, whatever the case they were asked for in. */
function spelled(types: readonly string[], known: readonly string[]): readonly string[] {
  return types.map((type) => known.find((name) => name.toLowerCase() === type.toLowerCase()) ?? type);
}

/** A model that was trained with other words than those it is asked with does worse, and nothing else would tell. */
async function checkTemplates(
  { nerium }: ModelFolder,
  { style }: TaggerOptions,
  name: string,
): Promise<void> {
  const { instruction } = nerium;
  if (instruction === undefined || style !== undefined) return;
  if ((await templateHash(instruction.style)) === instruction.templateHash) return;
  const problem = `the model was trained with other templates of the style ${instruction.style} than this version has`;
  throw new NeriumError("MODEL_FORMAT", `${problem}; --style ${instruction.style} uses it all the same`, {
    file: name,
  });
}

function sentenceTagger(
  options: TaggerOptions,
  engine: Engine,
  style: StyleName,
  types: readonly string[],
): SentenceTagger {
  const { demonstrations, variant, guidelines, model } = options;
  const takesShots = style === "nerllama" || style === "list" || variant === "gpt";
  if (demonstrations !== undefined && !takesShots) {
    throw new NeriumError(
      "USAGE",
      "this style shows no demonstrations; take nerllama, list or bioner-llama's variant gpt",
    );
  }
  if (guidelines !== undefined && style !== "list" && variant !== "gpt") {
    throw new NeriumError("USAGE", "this style has no guidelines; take list or bioner-llama's variant gpt");
  }
  return openSentenceTagger({
    ...options,
    engine,
    name: basename(model ?? ""),
    style,
    styleOptions: { variant, guidelines },
    types,
    ...(demonstrations !== undefined && { shots: shotSource(demonstrations.passages, demonstrations) }),
  });
}
