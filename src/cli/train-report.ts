/** @file Training events → what a person sees of them: a header, a live line, a line per evaluation and checkpoint. */
import type { TrainingEvent } from "../training/events.ts";
import { deviceSentence } from "../runtime/choose-device.ts";
import type { Recipe, ResolvedRecipe } from "../training/recipe.ts";
import type { Effects } from "./effects.ts";
import type { Progress } from "./progress.ts";
import { formatSeconds, progressLine, startProgress } from "./progress.ts";

type Event<T extends TrainingEvent["type"]> = Extract<TrainingEvent, { readonly type: T }>;

export interface TrainReport {
  /** Prints to stderr whatever the event is worth. */
  show(event: TrainingEvent): void;
  /** Prints a line of its own, above the live line. */
  say(line: string): void;
  /** Takes the live line away. */
  close(): void;
}

/** Where stderr is no terminal, a log gets a line this often. */
const logMilliseconds = 30_000;
/** Weight of the past in the running means: about the last 50 steps count. */
const memory = 0.98;

export function newTrainReport(
  { recipe }: ResolvedRecipe,
  effects: Pick<Effects, "stderr" | "now">,
): TrainReport {
  let live: Progress | undefined;
  const say = (line: string) => {
    live?.clear();
    effects.stderr.write(`${line}\n`);
  };
  let onStep: ((event: Event<"step-end">) => void) | undefined;
  const show = (event: TrainingEvent) => {
    switch (event.type) {
      case "run-start":
        for (const line of header(event, recipe.out)) say(line);
        live = startProgress(effects, { unit: "steps", total: event.steps, start: event.startStep });
        onStep = stepReporter(event, effects, live, say);
        return;
      case "step-end":
        return onStep?.(event);
      case "evaluation-end":
        return say(evaluationLine(event, recipe.task));
      case "checkpoint-saved":
        return say(`step ${event.step}: checkpoint saved to ${event.path}`);
      case "run-end":
        return say(endLine(event));
    }
  };
  return { show, say, close: () => live?.clear() };
}

function header(
  { parameters, steps, startStep, tokensPerEpoch, notes, device }: Event<"run-start">,
  out: string,
): string[] {
  const size = `${formatCount(parameters)} parameters, ${formatCount(steps)} steps`;
  const lines = [`${size}, ${formatCount(tokensPerEpoch)} tokens per epoch`];
  if (device !== undefined) lines.push(deviceSentence(device));
  if (startStep > 0) {
    lines.push(`continuing the unfinished run in ${out} after step ${startStep} (--restart begins anew)`);
  }
  return [...lines, ...notes.map((note) => `note: ${note}`)];
}

function stepReporter(
  { startStep, steps }: Event<"run-start">,
  { stderr, now }: Pick<Effects, "stderr" | "now">,
  live: Progress,
  say: (line: string) => void,
): (event: Event<"step-end">) => void {
  const began = now();
  let logged = began;
  let sums = { weight: 0, loss: 0, tokens: 0, milliseconds: 0 };
  return (event) => {
    sums = {
      weight: sums.weight * memory + 1,
      loss: sums.loss * memory + event.loss,
      tokens: sums.tokens * memory + event.tokens,
      milliseconds: sums.milliseconds * memory + event.milliseconds,
    };
    const note = [
      `loss ${(sums.loss / sums.weight).toFixed(4)}`,
      `${((1000 * sums.tokens) / Math.max(sums.milliseconds, 1e-3)).toFixed(0)} tokens/s`,
      `learning rate ${event.learningRate.toExponential(1)}`,
    ].join(", ");
    live.update(event.step, note);
    const time = now();
    if (stderr.isTTY === true || time - logged < logMilliseconds) return;
    logged = time;
    const rate = (1000 * (event.step - startStep)) / (time - began);
    say(progressLine({ done: event.step, total: steps, unit: "steps", rate, note }));
  };
}

/** F1 in percent; a loss as it is. The whole ("micro") comes first. */
function evaluationLine(
  { step, epoch, scores, best }: Event<"evaluation-end">,
  task: Recipe["task"],
): string {
  const percent = (name: string) => task !== "masked" && !/\bloss$/i.test(name);
  const shown = Object.entries(scores)
    .sort(([a], [b]) => Number(b === "micro") - Number(a === "micro"))
    .map(([name, score]) => `${name} ${percent(name) ? (100 * score).toFixed(2) : score.toFixed(4)}`);
  const what = task !== "masked" ? "dev F1 (%)" : "dev";
  return `step ${step}, epoch ${epoch + 1}: ${what}: ${shown.join(", ")}${best ? "  * best so far" : ""}`;
}

function endLine({ step, milliseconds, millisecondsPerStep, peakBytes }: Event<"run-end">): string {
  const each =
    millisecondsPerStep === undefined ? "" : `, ${(millisecondsPerStep / 1000).toFixed(2)} s a step`;
  const memory = `at most ${(peakBytes / 1e9).toFixed(2)} GB of memory`;
  return `done: ${step} steps in ${formatSeconds(milliseconds / 1000)}${each}, ${memory}`;
}

function formatCount(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} M` : count.toLocaleString("en-US");
}
