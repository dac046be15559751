/** @file One optimizer step: parameters and a batch → loss, gradients (by ONNX Runtime or another runtime), new parameters. */
import { embeddingName, type LlamaConfig } from "../models/llama.ts";
import { labelTrainingGraph, maskedTrainingGraph, type TrainingGraph } from "../models/token-classifier.ts";
import { floats, type GraphSession, type Runtime, type Tensor } from "../runtime/types.ts";
import { randomFrom } from "../shared/random.ts";
import { adamWStep, averageStep, globalNorm, type Gradients } from "./adamw.ts";
import { type Batch, dropoutTensor } from "./batch.ts";
import type { RunState } from "./checkpoint.ts";
import type { Parameters } from "./parameters.ts";
import type { Recipe } from "./recipe.ts";
import { learningRateAt } from "./schedule.ts";

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export interface Stepper extends AsyncDisposable {
  step(state: RunState, batch: Batch, steps: number): Promise<StepResult>;
}

function graphFor(recipe: Recipe, config: LlamaConfig): TrainingGraph {
  const dropout = recipe.training.dropout > 0;
  return recipe.task === "labels"
    ? labelTrainingGraph(config, recipe.types, dropout)
    : maskedTrainingGraph(config, dropout);
}

export function parameterTensors(
  { parameters: shapes }: Pick<TrainingGraph, "parameters">,
  parameters: Parameters,
): Record<string, Tensor> {
  return Object.fromEntries(shapes.map(({ name, shape }) => [name, floats(parameters.get(name)!, shape)]));
}

/** Adds the gradient of every gathered row [rows · time, hidden] to its token's row of the embedding's gradient. */
export function addRows(total: Float32Array, ids: Int32Array, rows: Float32Array, hidden: number): void {
  for (let index = 0; index < ids.length; index++) {
    const target = ids[index]! * hidden;
    const source = index * hidden;
    for (let place = 0; place < hidden; place++)
      total[target + place] = total[target + place]! + rows[source + place]!;
  }
}

export async function openStepper(recipe: Recipe, config: LlamaConfig, runtime: Runtime): Promise<Stepper> {
  const training = graphFor(recipe, config);
  const session = await runtime.open(training.graph, { threads: recipe.training.threads });
  const sparse = new Float32Array(config.vocabularySize * config.hidden);
  return {
    async step(state, batch, steps) {
      const { loss, gradients } = await differentiated(
        session,
        training,
        recipe,
        config,
        state,
        batch,
        sparse,
      );
      return { loss, ...update(recipe, training, state, gradients, steps) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function differentiated(
  session: GraphSession,
  training: TrainingGraph,
  recipe: Recipe,
  config: LlamaConfig,
  state: RunState,
  batch: Batch,
  sparse: Float32Array,
): Promise<{ loss: number; gradients: Gradients }> {
  const { dropout } = recipe.training;
  const random = randomFrom(recipe.seed, 0xd09, state.step);
  const results = await session.run({
    ...parameterTensors(training, state.parameters),
    ...batch.feeds,
    ...(dropout > 0 && { dropout: dropoutTensor(config, batch.rows, dropout, random) }),
  });
  const gradients = new Map(
    training.differentiated.map(({ name }, index) => [name, results[index + 1]!.data as Float32Array]),
  );
  if (!gradients.has(embeddingName)) gradients.set(embeddingName, sparse.fill(0));
  const rows = results.at(-1)!.data as Float32Array;
  addRows(gradients.get(embeddingName)!, batch.ids, rows, config.hidden);
  return { loss: (results[0]!.data as Float32Array)[0]!, gradients };
}

function update(
  recipe: Recipe,
  { parameters: shapes }: TrainingGraph,
  state: RunState,
  gradients: Gradients,
  steps: number,
): Omit<StepResult, "loss"> {
  const { training } = recipe;
  const step = state.step + 1;
  const learningRate = learningRateAt(training, step, steps);
  const gradientNorm = globalNorm(gradients);
  const scale = training.clip > 0 ? Math.min(1, training.clip / (gradientNorm + 1e-12)) : 1;
  adamWStep(shapes, state.parameters, gradients, state.optimizer, training, { step, learningRate, scale });
  if (state.average !== undefined) averageStep(state.average, state.parameters, training.average, step);
  state.step = step;
  return { gradientNorm, learningRate };
}
