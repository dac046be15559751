/** @file `nerium plan`: a recipe → what its run will take, measured on this machine, before anything is trained. */
import { existsSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, Option } from "@commander-js/extra-typings";
import { NeriumError } from "../errors.ts";
import {
  type DeviceChoice,
  deviceSentence,
  type DeviceWish,
  deviceWishes,
} from "../runtime/choose-device.ts";
import type { DownloadEffects } from "../shared/download.ts";
import { startProcess } from "../shared/workers.ts";
import type { TrainingPlan } from "../training/plan.ts";
import type { Recipe } from "../training/recipe.ts";
import type { TrialRequest, TrialResult } from "../training/trial.ts";
import { type Effects, write } from "./effects.ts";
import { formatSeconds } from "./progress.ts";
import { formatTable } from "./table.ts";
import type { TrialReply } from "./trial-process.ts";

const examples = `
Examples:
  nerium plan recipes/ncbi-disease.yaml
  nerium plan recipes/ncbi-disease.yaml training.batchTokens=2048 --json

The model's sizes are read from its config.json and a few of its layers are tried with random weights: of a model on the
hub only configuration and tokenizer are fetched; times and memory are those of this machine now. The exit code is 1 if the run would not fit.`;

export function planCommand(effects: Effects) {
  return new Command("plan")
    .description("Say what a training run will take: parameters, memory, disk, time.")
    .argument("<recipe>", "recipe file")
    .argument("[key=value...]", "overrides of the recipe")
    .option("--json", "print one JSON object")
    .addOption(
      new Option("--device <device>", "where the run will compute")
        .choices(deviceWishes)
        .default("auto" as const),
    )
    .addHelpText("after", examples)
    .action((recipe, overrides, options) =>
      runPlan(recipe, overrides, options, {
        ...effects,
        trial,
        chooseDevice: choose,
        memory: memoryLimit,
        held: () => ({ now: process.memoryUsage.rss(), most: process.resourceUsage().maxRSS * 1024 }),
        network: { fetch, sleep },
      }),
    );
}

export interface PlanEffects extends Pick<
  Effects,
  "stdout" | "stderr" | "setExitCode" | "environment" | "signal"
> {
  readonly network: Pick<DownloadEffects, "fetch" | "sleep">;
  readonly trial: (request: TrialRequest) => Promise<TrialResult>;
  readonly chooseDevice: (wish: DeviceWish) => Promise<DeviceChoice>;
  /** Bytes that this machine may use. */
  readonly memory: () => number;
  /** Bytes that this process holds now, and the most that it has held. */
  readonly held: () => { readonly now: number; readonly most: number };
}

export async function runPlan(
  file: string,
  overrides: readonly string[],
  { json, device: wish = "auto" }: { readonly json?: true | undefined; readonly device?: DeviceWish },
  effects: PlanEffects,
): Promise<void> {
  const { loadRecipe } = await import("../training/recipe.ts");
  const { prepareSizes } = await import("../training/setup.ts");
  const { loadData } = await import("../training/recipe-data.ts");
  const { planTraining } = await import("../training/plan.ts");
  const { recipe } = await loadRecipe(file, overrides);
  const choice = await effects.chooseDevice(wish);
  await write(effects.stderr, `${deviceSentence(choice)}\n`);
  await write(effects.stderr, "measuring a few layers of the model on this machine …\n");
  const { openBaseModel, openDescription } = await import("../training/base-model.ts");
  const before = effects.held().now;
  const { config, tokenizer } = await prepareSizes(recipe, undefined, async (from) => {
    const described = await describe(from, effects);
    return described === undefined ? openBaseModel(from) : openDescription(described);
  });
  const { data } = await loadData(recipe, config, tokenizer);
  // Trials are given a few batches; a run holds model, tokenizer and all data, as this process does now.
  const dataBytes = Math.max(0, effects.held().most - before);
  const plan = await planTraining(recipe, config, data, effects.trial, { device: choice.device, dataBytes });
  const memory = effects.memory();
  const advice = plan.memory.peak > memory ? adviceFor(recipe, plan) : [];
  const text = json
    ? `${JSON.stringify({ ...plan, machineBytes: memory, fits: advice.length === 0, advice })}\n`
    : table(plan, memory, advice);
  await write(effects.stdout, text);
  if (advice.length > 0) effects.setExitCode(1);
}

/** The folder with configuration and tokenizer of a model that is on the hub and was not pulled yet. */
async function describe(
  from: string,
  { environment, stderr, network, signal }: PlanEffects,
): Promise<string | undefined> {
  const { hubSettings, isRepositoryName, pullModel, resolveModel } = await import("../hub/index.ts");
  if (existsSync(from) || !isRepositoryName(from)) return undefined;
  const settings = hubSettings(environment);
  const isThere = await resolveModel(from, { environment }).then(
    () => true,
    () => false,
  );
  if (isThere || settings.offline) return undefined;
  await write(stderr, `reading configuration and tokenizer of ${from}; its weights are not fetched …\n`);
  const request = { repository: from, descriptionOnly: true };
  return (await pullModel(request, settings, { ...network, signal })).folder;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
const millions = (count: number): string => `${(count / 1e6).toFixed(1)} M`;

function table(plan: TrainingPlan, memory: number, advice: readonly string[]): string {
  const { parameters, memory: needed } = plan;
  const share = ((100 * parameters.trained) / parameters.all).toFixed(2);
  const rows: [string, string][] = [
    ["parameters", millions(parameters.all)],
    ["  trained", `${millions(parameters.trained)} (${share} %)`],
    ["tokens per epoch", millions(plan.tokensPerEpoch)],
    ["steps", plan.steps.toLocaleString("en-US")],
    [
      "time per step",
      `${(plan.millisecondsPerStep / 1000).toFixed(2)} s (${plan.device}, ${plan.threads} threads)`,
    ],
    ["time in all", `${formatSeconds(plan.milliseconds / 1000)}, without dev scores`],
    ["memory at its peak", `${gigabytes(needed.peak)} of ${gigabytes(memory)}`],
    ["  frozen weights", gigabytes(needed.frozen)],
    ["  trained weights, gradients, moments", gigabytes(needed.trained)],
    ["  kept for the backward pass", gigabytes(needed.activations)],
    ["  model as it is read, data", gigabytes(needed.data)],
    ["  work space, engine, program", gigabytes(needed.working)],
    ...onDevice(plan),
    ["disk: checkpoint and model", gigabytes(plan.diskBytes)],
    ...onDisk(plan),
  ];
  const refusal =
    advice.length === 0
      ? ""
      : `\nThis does not fit. What would help:\n${advice.map((line) => `  ${line}\n`).join("")}`;
  return `${formatTable([{ title: plan.execution === "whole" ? "one graph" : "block by block" }, { title: "" }], rows)}${refusal}`;
}

function onDevice({ deviceBytes }: TrainingPlan): [string, string][] {
  if (deviceBytes === undefined) return [];
  return [["on the device, beside what a step computes", gigabytes(deviceBytes)]];
}

function onDisk({ kept }: TrainingPlan): [string, string][] {
  if (kept === undefined) return [];
  return [["disk: quantised weights for later runs", `${gigabytes(kept.bytes)}, ${kept.path}`]];
}

/** What lowers the largest parts, the most harmless first. */
function adviceFor(
  { adapter, quantize, training, window, task }: Recipe,
  { execution }: TrainingPlan,
): string[] {
  return [
    execution === "whole" && "training.execution=blocks   keep blocks' inputs only; about a third slower",
    adapter === undefined && "adapter={}                  train an adapter instead of all weights",
    adapter !== undefined &&
      quantize.storage !== "nf4" &&
      "quantize.storage=nf4         keep frozen weights in 4 bits",
    adapter !== undefined &&
      !quantize.halfEmbedding &&
      "quantize.halfEmbedding=true  keep the embedding in 16 bits",
    training.batchTokens > window.size &&
      `training.batchTokens=${window.size}   fewer tokens at a time, with training.accumulate to make up for it`,
    task === "language" && window.size > 512 && `window.size=${window.size >> 1}   shorter texts`,
    adapter !== undefined && adapter.rank > 8 && `adapter.rank=${adapter.rank >> 1}`,
    "a smaller model",
  ].filter((line) => line !== false);
}

/** What the machine has, or what its container allows. */
function memoryLimit(): number {
  const limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].map((path) =>
    existsSync(path) ? Number(readFileSync(path, "utf8")) : Number.NaN,
  );
  return Math.min(totalmem(), ...limits.filter((limit) => limit > 0));
}

const choose = async (wish: DeviceWish): Promise<DeviceChoice> => {
  const { chooseWorkerRuntime } = await import("../runtime/computer.ts");
  return (await chooseWorkerRuntime(wish)).device;
};

/** Largest answer of a trial is a few numbers; the request holds its batches. */
function trial(request: TrialRequest): Promise<TrialResult> {
  return new Promise((resolve, reject) => {
    const child = startProcess("./trial-process", import.meta.url);
    const fail = (problem: string): void =>
      reject(new NeriumError("RUNTIME", `a trial of ${request.layers} layers failed: ${problem}`));
    child.once("message", (reply: TrialReply) => {
      if ("result" in reply) resolve(reply.result);
      else fail(reply.failure);
    });
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) =>
      fail(`the process ended with ${signal ?? code}; is there too little memory even for these?`),
    );
    child.send(request);
  });
}
