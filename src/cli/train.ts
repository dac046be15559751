/** @file `nerium train`: a recipe → a model folder; Ctrl-C saves a checkpoint, and the same command goes on from it. */
import { Command, Option } from "@commander-js/extra-typings";
import { type DeviceWish, deviceWishes } from "../runtime/choose-device.ts";
import type { TrainingEvent } from "../training/events.ts";
import type { ResolvedRecipe } from "../training/recipe.ts";
import { loadRecipe } from "../training/recipe.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { exitCodes } from "./failures.ts";
import { trainInWorker } from "./training-run.ts";
import { newTrainReport } from "./train-report.ts";

export interface TrainOptions {
  readonly resume?: true | undefined;
  readonly restart?: true | undefined;
  readonly json?: true | undefined;
  readonly device?: DeviceWish | undefined;
}

/** What the training loop is given beside the recipe. */
export interface TrainingRequest {
  /** Aborts when the run shall save a checkpoint and end. */
  readonly signal: AbortSignal;
  /** Begin anew; otherwise an unfinished run in the recipe's `out` is continued. */
  readonly restart: boolean;
  readonly device: DeviceWish;
}

export interface TrainEffects extends Pick<Effects, "stdout" | "stderr" | "now" | "setExitCode"> {
  readonly train: (resolved: ResolvedRecipe, request: TrainingRequest) => AsyncIterable<TrainingEvent>;
  /** Calls `handler` at each Ctrl-C; the function that comes back ends that. */
  readonly onInterrupt: (handler: () => void) => () => void;
  readonly exit: (code: number) => void;
}

const examples = `
Examples:
  nerium train recipes/ncbi-disease.yaml
  nerium train recipes/ncbi-disease.yaml training.epochs=2 out=out/short
  nerium train recipes/ncbi-disease.yaml --json > events.jsonl

key=value sets one value of the recipe, dotted keys reach into it (data.0.repeat=2); values are YAML, and their relative
paths start at the working directory, those in the recipe at the recipe's folder. Ctrl-C saves a checkpoint and stops;
the same command continues the run. The model's folder is printed on stdout, all else on stderr. --device auto takes
CUDA where its provider is installed, else a graphics card through WebGPU, else the CPU (docs/devices.md).`;

/** The command as commander sees it; `runTrain` does the work. */
export function trainCommand(effects: Effects) {
  return new Command("train")
    .description("Train a model from a recipe.")
    .argument("<recipe>", "recipe file (YAML)")
    .argument("[key=value...]", "values that win over the recipe's")
    .addOption(new Option("--resume", "continue an unfinished run (the default)").conflicts("restart"))
    .option("--restart", "begin anew, even if an unfinished run is there")
    .option("--json", "print every training event as a line of JSON on stdout")
    .addOption(
      new Option("--device <device>", "where to compute").choices(deviceWishes).default("auto" as const),
    )
    .addHelpText("after", examples)
    .action(async (recipe, overrides, options) => {
      await runTrain(recipe, overrides, options, {
        ...effects,
        train: trainInWorker,
        onInterrupt: onProcessInterrupt,
        exit: (code) => process.exit(code),
      });
    });
}

/** Trains, and shows it; the exit code is 130 if the run was stopped before its end. */
export async function runTrain(
  recipe: string,
  overrides: readonly string[],
  options: TrainOptions,
  effects: TrainEffects,
): Promise<void> {
  const { train, stdout, stderr, now, setExitCode } = effects;
  const resolved = await loadGiven(recipe, overrides);
  const report = newTrainReport(resolved, { stderr, now });
  const stopping = new AbortController();
  const release = effects.onInterrupt(() => {
    if (stopping.signal.aborted) return effects.exit(exitCodes.interrupted);
    stopping.abort();
    report.say("stopping: a checkpoint is saved first (Ctrl-C again stops at once)");
  });
  try {
    let ended = false;
    for await (const event of train(resolved, {
      signal: stopping.signal,
      restart: options.restart === true,
      device: options.device ?? "auto",
    })) {
      report.show(event);
      if (event.type === "run-start" && event.startStep === 0 && options.resume === true) {
        report.say(`no unfinished run in ${resolved.recipe.out}: beginning at the first step`);
      }
      if (event.type === "run-end") ended = true;
      const line = options.json === true ? JSON.stringify(event) : event.type === "run-end" ? event.path : "";
      if (line !== "") await write(stdout, `${line}\n`);
    }
    if (!ended) sayStopped();
  } catch (error) {
    if (!stopping.signal.aborted || !isAbortion(error)) throw error;
    sayStopped();
  } finally {
    report.close();
    release();
  }

  function sayStopped(): void {
    report.say("stopped before the end; the same command continues from the last checkpoint");
    setExitCode(exitCodes.interrupted);
  }
}

/** `nerium train out=x data.0.path=y` needs no file. A file named like an assignment is reached as ./a=b.yaml. */
async function loadGiven(recipe: string, overrides: readonly string[]): Promise<ResolvedRecipe> {
  const isAssignment = /^[\w.]+=/.test(recipe);
  return isAssignment ? loadRecipe(undefined, [recipe, ...overrides]) : loadRecipe(recipe, overrides);
}

function isAbortion(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** Takes over SIGINT (whose common handler ends the process at once) and SIGTERM, as batch systems send it. */
function onProcessInterrupt(handler: () => void): () => void {
  const before = process.listeners("SIGINT");
  for (const listener of before) process.off("SIGINT", listener);
  process.on("SIGINT", handler).on("SIGTERM", handler);
  return () => {
    process.off("SIGINT", handler).off("SIGTERM", handler);
    for (const listener of before) process.on("SIGINT", listener);
  };
}
