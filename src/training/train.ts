/** @file A resolved recipe → a trained model folder, told as a stream of events; a run that was cut short continues. */
import { existsSync } from "node:fs";
import { appendFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { NeriumError } from "../errors.ts";
import type { ModelFolder } from "../models/model-folder.ts";
import type { DeviceChoice } from "../runtime/choose-device.ts";
import type { Computer } from "../runtime/computer.ts";
import { adamWState } from "./adamw.ts";
import { loadCheckpoint, type RunState, saveCheckpoint } from "./checkpoint.ts";
import type { TrainingEvent } from "./events.ts";
import { lossPlot } from "./loss-plot.ts";
import { sizeOf, zeros } from "./parameters.ts";
import { type Recipe, renderRecipe, type ResolvedRecipe } from "./recipe.ts";
import { runSettings } from "./run-settings.ts";
import { prepare, type Setup } from "./setup.ts";
import { planSteps } from "./steps.ts";
import { openTrainer, type Trainer } from "./trainer.ts";
import { saveTrained, wholeModel } from "./trained-model.ts";

export interface TrainEffects extends Computer {
  /** Told at the beginning: the device that was chosen, and why. */
  readonly device?: DeviceChoice;
  /** Milliseconds. */
  readonly now: () => number;
  /** Largest resident memory of the process so far. */
  readonly peakBytes: () => number;
  /** When it fires the run saves a checkpoint and ends. */
  readonly signal: AbortSignal;
  /** Begin anew where a checkpoint exists. */
  readonly restart: boolean;
  /** Scores of a model on the recipe's dev corpora; "mean" decides which weights are the best. */
  readonly evaluate: (model: ModelFolder, recipe: Recipe) => Promise<Readonly<Record<string, number>>>;
}

function freshState(recipe: Recipe, { shapes, parameters }: Setup): RunState {
  const averaged = recipe.training.average > 0;
  const average = averaged ? zeros(shapes) : undefined;
  if (average !== undefined) for (const [name, data] of average) data.set(parameters.get(name)!);
  return { step: 0, bestScore: -1, bestStep: -1, parameters, optimizer: adamWState(shapes), average };
}

/** The event log without what happened after the checkpoint that the run continues from, and without a torn line. */
async function trimLog(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return;
  const kept = (await readFile(path, "utf8")).split("\n").filter((line) => happenedUntil(step, line));
  await writeFile(`${path}.tmp`, kept.map((line) => `${line}\n`).join(""));
  await rename(`${path}.tmp`, path);
}

/** A continued run ends anew, so that an earlier end is none. */
function happenedUntil(step: number, line: string): boolean {
  try {
    const event = JSON.parse(line) as Partial<TrainingEvent & { step: number }>;
    return event.type !== "run-end" && event.step !== undefined && event.step <= step;
  } catch {
    return false; // cut off when the run was killed
  }
}

/**
 * Runs a recipe to its end, writing into `recipe.out`: checkpoint.safetensors (replaced whole), events.jsonl,
 * recipe.yaml (with the origin of every value), model/ (the best on dev, or the last without dev corpora) and loss.svg.
 * The same recipe gives the same losses on the same kind of processor with the same number of threads.
 */
export async function* train(resolved: ResolvedRecipe, effects: TrainEffects): AsyncGenerator<TrainingEvent> {
  const { recipe } = resolved;
  const log = join(recipe.out, "events.jsonl");
  const checkpoint = join(recipe.out, "checkpoint.safetensors");
  if (effects.restart) for (const file of [checkpoint, log]) await rm(file, { force: true });
  const setup = await prepare(recipe, existsSync(checkpoint));
  const state = freshState(recipe, setup);
  await loadCheckpoint(checkpoint, state, setup.shapes, runSettings(recipe));
  await writeFile(join(recipe.out, "recipe.yaml"), renderRecipe(resolved));
  await trimLog(log, state.step);
  for await (const event of steps(recipe, setup, state, effects)) {
    if (event.type !== "run-start") await appendFile(log, `${JSON.stringify(event)}\n`);
    if (event.type === "run-end") await writePlot(recipe, log);
    yield event;
  }
}

/** loss.svg beside the log. */
async function writePlot({ out }: Recipe, log: string): Promise<void> {
  const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  const plot = lossPlot(
    lines.map((line) => JSON.parse(line) as TrainingEvent),
    basename(out),
  );
  if (plot !== undefined) await writeFile(join(out, "loss.svg"), plot);
}

async function* steps(
  recipe: Recipe,
  setup: Setup,
  state: RunState,
  effects: TrainEffects,
): AsyncGenerator<TrainingEvent> {
  const { epochStarts, steps: total } = planSteps(recipe, setup.data);
  const begun = effects.now();
  yield {
    type: "run-start",
    parameters: setup.shapes.reduce((sum, shape) => sum + sizeOf(shape), 0),
    steps: total,
    startStep: state.step,
    tokensPerEpoch: setup.data.tokensPerEpoch,
    notes: setup.notes,
    ...(effects.device && { device: effects.device }),
  };
  const { accumulate, evaluateEvery } = recipe.training;
  const between = Math.max(1, Math.round((evaluateEvery * setup.data.stepsPerEpoch(0)) / accumulate));
  await using trainer = await openTrainer(effects, setup.network, recipe, state);
  const save = checkpointSaver(recipe, setup, state, trainer);
  let saved = effects.now();
  const times: number[] = [];
  const patience = recipe.training.earlyStop * between;
  const isStale = (): boolean =>
    patience > 0 && state.bestStep >= 0 && state.step - state.bestStep >= patience;
  while (state.step < total && !isStale()) {
    const epoch = epochStarts.findLastIndex((start) => start <= state.step);
    const started = effects.now();
    const first = (state.step - epochStarts[epoch]!) * accumulate;
    const batches = Array.from({ length: accumulate }, (_, index) => setup.data.batch(epoch, first + index));
    const result = await trainer.step(batches, total);
    requireFinite(result.loss, state.step);
    const milliseconds = effects.now() - started;
    times.push(milliseconds);
    yield {
      type: "step-end",
      step: state.step,
      steps: total,
      epoch,
      ...result,
      tokens: batches.reduce((sum, { tokens }) => sum + tokens, 0),
      milliseconds,
    };
    const planned = state.step === total;
    if (planned || state.step % between === 0) {
      await trainer.sync("weights");
      yield* evaluated(recipe, setup, state, effects, epoch);
    }
    if (
      planned ||
      isStale() ||
      effects.signal.aborted ||
      effects.now() - saved > recipe.training.checkpointMinutes * 60_000
    ) {
      yield await save();
      saved = effects.now();
    }
    if (effects.signal.aborted) return;
  }
  yield {
    type: "run-end",
    step: state.step,
    path: join(recipe.out, "model"),
    milliseconds: effects.now() - begun,
    ...(times.length > 0 && { millisecondsPerStep: times.sort((a, b) => a - b)[times.length >> 1]! }),
    peakBytes: effects.peakBytes(),
  };
}

function requireFinite(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  const problem = `the loss is ${loss} at step ${step}; lower training.learningRate and continue from the last checkpoint`;
  throw new NeriumError("DATA", problem);
}

function checkpointSaver(
  recipe: Recipe,
  setup: Setup,
  state: RunState,
  trainer: Trainer,
): () => Promise<TrainingEvent> {
  const path = join(recipe.out, "checkpoint.safetensors");
  return async () => {
    await trainer.sync("all");
    await saveCheckpoint(path, state, setup.shapes, runSettings(recipe));
    return { type: "checkpoint-saved", step: state.step, path };
  };
}

async function* evaluated(
  recipe: Recipe,
  setup: Setup,
  state: RunState,
  effects: TrainEffects,
  epoch: number,
): AsyncGenerator<TrainingEvent> {
  const folder = join(recipe.out, "model");
  if (recipe.dev.length === 0) {
    await saveTrained(folder, recipe, setup, state);
    return;
  }
  const scores = await effects.evaluate(await wholeModel(recipe, setup, state), recipe);
  const mean = scores["mean"] ?? 0;
  const best = mean > state.bestScore;
  if (best) {
    Object.assign(state, { bestScore: mean, bestStep: state.step });
    await saveTrained(folder, recipe, setup, state);
  }
  yield { type: "evaluation-end", step: state.step, epoch, scores, best };
}
