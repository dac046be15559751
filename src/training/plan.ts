/** @file A recipe, its model's sizes and its data → what a run will take, before anything is downloaded or trained. */
import { availableParallelism } from "node:os";
import type { DeviceName } from "../runtime/types.ts";
import { frozenMatrices } from "../adapters/frozen-weights.ts";
import { adaptedMatrices } from "../adapters/lora.ts";
import { quantizedPath } from "../adapters/quantized-cache.ts";
import { quantizedBytes } from "../adapters/quantized-file.ts";
import type { LlamaConfig, ParameterShape } from "../models/llama.ts";
import type { TrainingData } from "./batch.ts";
import { chooseExecution } from "./execution.ts";
import { sizeOf } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import { quantizedFolder, storageSettings, trainedShapes } from "./setup.ts";
import { planSteps } from "./steps.ts";
import type { TrialRequest, TrialResult } from "./trial.ts";
import { objectiveParameters } from "./whole-graph.ts";

/** Bytes by what they are for. */
export interface MemoryPlan {
  /** Weights that are not trained, as they are kept. */
  readonly frozen: number;
  /** Trained weights, their gradients, two moments each, perhaps an average. */
  readonly trained: number;
  /** The engine, its work space, what one block computes, the program itself. */
  readonly working: number;
  /** The base model as it is read, its tokenizer, and the data. */
  readonly data: number;
  /** Kept for the backward pass: blocks' inputs, or all that the blocks compute. */
  readonly activations: number;
  readonly peak: number;
}

export interface TrainingPlan {
  readonly parameters: { readonly all: number; readonly trained: number };
  readonly execution: "whole" | "blocks";
  readonly tokensPerEpoch: number;
  readonly steps: number;
  readonly memory: MemoryPlan;
  /** Frozen weights, trained weights, their gradients and moments, where they stay on a device. */
  readonly deviceBytes?: number;
  /** Checkpoint and finished model. */
  readonly diskBytes: number;
  /** Quantised weights that are kept on the disk for later runs; absent where none are. */
  readonly kept?: { readonly bytes: number; readonly path: string };
  readonly millisecondsPerStep: number;
  readonly milliseconds: number;
  readonly threads: number;
  readonly device: DeviceName;
}

export type Trial = (request: TrialRequest) => Promise<TrialResult>;

const total = (shapes: readonly ParameterShape[]): number =>
  shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);

/** Layers that are tried; a model of no more is tried as a whole. */
const tried = [1, 3] as const;

/** Batches that a trial goes through: those in the middle of an epoch, long and short ones as they come. */
const triedBatches = 4;

/** `trial` runs each request in a process of its own, so that its peak memory is its own; `dataBytes` come to that. */
export async function planTraining(
  recipe: Recipe,
  config: LlamaConfig,
  data: TrainingData,
  trial: Trial,
  { device, dataBytes }: { readonly device: DeviceName; readonly dataBytes: number },
): Promise<TrainingPlan> {
  const { training } = recipe;
  const execution = chooseExecution(recipe, config);
  const { steps } = planSteps(recipe, data);
  const available = data.stepsPerEpoch(0);
  const wanted = Math.min(available, triedBatches * training.accumulate);
  const middle = Math.max(0, (available - wanted) >> 1);
  const batches = Array.from({ length: wanted }, (_, index) => data.batch(0, middle + index));
  const request = (layers: number): TrialRequest => ({ recipe, config, layers, execution, batches, device });
  const [few, more] = config.layers <= tried[1] ? [config.layers, config.layers] : tried;
  const one = await trial(request(few));
  const three = more === few ? one : await trial(request(more));
  const perLayer = more === few ? 0 : (three.millisecondsPerStep - one.millisecondsPerStep) / (more - few);
  const millisecondsPerStep = one.millisecondsPerStep + Math.max(0, perLayer) * (config.layers - few);
  const { shapes } = trainedShapes(config, recipe);
  const resident = device === "webgpu";
  const ofSteps = memoryOf(recipe, config, [few, one], [more, three], copiesOf(recipe) - Number(resident));
  const memory = { ...ofSteps, data: dataBytes, peak: ofSteps.peak + dataBytes };
  return {
    parameters: {
      all:
        total(objectiveParameters(config, trainedShapes(config, recipe).objective)) +
        adapterSize(config, recipe),
      trained: total(shapes),
    },
    execution,
    tokensPerEpoch: data.tokensPerEpoch,
    steps,
    memory,
    ...(resident && { deviceBytes: memory.frozen + 4 * copiesOf(recipe) * total(shapes) }),
    diskBytes: diskBytes(recipe, config),
    ...keptWeights(recipe, config),
    millisecondsPerStep,
    milliseconds: steps * millisecondsPerStep,
    threads: training.threads || availableParallelism(),
    device,
  };
}

function adapterSize(config: LlamaConfig, { adapter }: Recipe): number {
  if (adapter === undefined) return 0;
  const ofBlock = adaptedMatrices(config, adapter).reduce(
    (sum, { shape: [out, inner] }) => sum + out! + inner!,
    0,
  );
  return config.layers * adapter.rank * ofBlock;
}

/** Arrays that training keeps of each trained number: weight, gradient, two moments, perhaps an average. */
const copiesOf = ({ training }: Recipe): number => (training.average > 0 ? 5 : 4);

/** `copies` of each trained number are held by this process. What is measured at few and at more layers, continued to all of them. */
function memoryOf(
  recipe: Recipe,
  config: LlamaConfig,
  [few, one]: readonly [number, TrialResult],
  [more, three]: readonly [number, TrialResult],
  copies: number,
): Omit<MemoryPlan, "data"> {
  const trainedBytes = (layers: number): number =>
    4 * copies * total(trainedShapes({ ...config, layers }, recipe).shapes);
  const frozenPerLayer = more === few ? 0 : (three.frozenBytes - one.frozenBytes) / (more - few);
  const frozen = one.frozenBytes + frozenPerLayer * (config.layers - few);
  const trained = trainedBytes(config.layers);
  const rest = (layers: number, { peakBytes, frozenBytes }: TrialResult): number =>
    peakBytes - frozenBytes - trainedBytes(layers);
  const restPerLayer = more === few ? 0 : Math.max(0, (rest(more, three) - rest(few, one)) / (more - few));
  const activations = restPerLayer * config.layers;
  const working = Math.max(0, rest(few, one) - restPerLayer * few);
  return { frozen, trained, working, activations, peak: frozen + trained + working + activations };
}

function keptWeights({ adapter, quantize, from }: Recipe, config: LlamaConfig): Pick<TrainingPlan, "kept"> {
  if (adapter === undefined || quantize.storage === "none" || !quantize.cache) return {};
  const settings = storageSettings(quantize);
  return {
    kept: {
      bytes: quantizedBytes({ matrices: frozenMatrices(config), settings }),
      path: quantizedPath(quantizedFolder(), from, settings),
    },
  };
}

/** The checkpoint holds weights, moments and average in single precision, the model its weights as 16-bit floats. */
function diskBytes(recipe: Recipe, config: LlamaConfig): number {
  const trained = total(trainedShapes(config, recipe).shapes);
  const model = recipe.adapter === undefined ? 2 : 4;
  return trained * (4 * (copiesOf(recipe) - 1) + model);
}
