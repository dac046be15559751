import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainingEvent } from "../training/events.ts";
import type { ResolvedRecipe } from "../training/recipe.ts";
import type { TrainEffects, TrainOptions, TrainingRequest } from "./train.ts";
import { runTrain } from "./train.ts";

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nerium-train-"));
  recipe = join(folder, "tiny.yaml");
  await writeFile(recipe, "out: out\ntypes: [Disease]\ndata:\n  - path: a.pubtator\n");
});
afterAll(() => rm(folder, { recursive: true }));

const start: TrainingEvent = {
  type: "run-start",
  parameters: 8_900_000,
  steps: 4,
  startStep: 0,
  tokensPerEpoch: 45_678,
  notes: ["2 mentions were cut"],
};
const step = (at: number, loss: number): TrainingEvent => ({
  type: "step-end",
  step: at,
  steps: 4,
  epoch: 0,
  loss,
  learningRate: 1e-3,
  gradientNorm: 1,
  tokens: 2000,
  milliseconds: 1000,
});
const evaluation: TrainingEvent = {
  type: "evaluation-end",
  step: 4,
  epoch: 0,
  scores: { Disease: 0.8512, micro: 0.9 },
  best: true,
};
const checkpoint: TrainingEvent = { type: "checkpoint-saved", step: 4, path: "/out/checkpoint" };
const end: TrainingEvent = {
  type: "run-end",
  step: 4,
  path: "/out/model",
  milliseconds: 61_000,
  peakBytes: 5e8,
};
const wholeRun: readonly TrainingEvent[] = [start, step(1, 2), step(2, 1), evaluation, checkpoint, end];

interface RunOptions extends TrainOptions {
  readonly overrides?: readonly string[];
  readonly isTTY?: boolean;
  readonly interruptAfter?: number;
  readonly throwsWhenAborted?: boolean;
}

/** Runs over the given events; the clock goes 20 s per event. */
async function run(events: readonly TrainingEvent[], options: RunOptions = {}) {
  const seen = { out: "", err: "", exitCode: 0, exits: [] as number[], released: false };
  let request: TrainingRequest | undefined;
  let resolved: ResolvedRecipe | undefined;
  let interrupt: (() => void) | undefined;
  let time = 0;
  const output = (key: "out" | "err") => ({
    isTTY: options.isTTY ?? false,
    columns: 120,
    write(chunk: string, done?: () => void) {
      seen[key] += chunk;
      done?.();
      return true;
    },
  });
  const effects: TrainEffects = {
    stdout: output("out"),
    stderr: output("err"),
    now: () => time,
    setExitCode: (code) => (seen.exitCode = code),
    exit: (code) => seen.exits.push(code),
    onInterrupt: (handler) => {
      interrupt = handler;
      return () => (seen.released = true);
    },
    async *train(given, requested) {
      [resolved, request] = [given, requested];
      for (const [index, event] of events.entries()) {
        if (requested.signal.aborted) {
          if (options.throwsWhenAborted === true) requested.signal.throwIfAborted();
          return;
        }
        time += 20_000;
        yield event;
        if (index === options.interruptAfter) interrupt?.();
      }
    },
  };
  await runTrain(recipe, options.overrides ?? [], options, effects);
  return { ...seen, request: request!, resolved: resolved!, interrupt: () => interrupt?.() };
}

describe("nerium train", () => {
  it("prints the model's folder on stdout and the rest on stderr", async () => {
    const { out, err, exitCode, released, request } = await run(wholeRun);
    expect(out).toBe("/out/model\n");
    expect(err.split("\n")).toEqual([
      "8.9 M parameters, 4 steps, 45,678 tokens per epoch",
      "note: 2 mentions were cut",
      "2/4 steps (50 %), 0.05/s, 40 s left, loss 1.4949, 2000 tokens/s, learning rate 1.0e-3",
      "step 4, epoch 1: dev F1 (%): micro 90.00, Disease 85.12  * best so far",
      "step 4: checkpoint saved to /out/checkpoint",
      "done: 4 steps in 1 min 01 s, at most 0.50 GB of memory",
      "",
    ]);
    expect([exitCode, released, request.restart]).toEqual([0, true, false]);
  });

  it("keeps a live line on a terminal", async () => {
    const { err } = await run(wholeRun, { isTTY: true });
    expect(err).toContain(
      "\r\u001b[2K1/4 steps (25 %), 0.05/s, 1 min 00 s left, loss 2.0000, 2000 tokens/s, learning rate 1.0e-3",
    );
    expect(err).toContain("\r\u001b[2Kstep 4, epoch 1");
  });

  it("prints every event as JSON with --json", async () => {
    const { out } = await run(wholeRun, { json: true });
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(wholeRun);
  });

  it("shows the loss of a pre-training as it is", async () => {
    const loss: TrainingEvent = { ...evaluation, scores: { loss: 2.34567 }, best: false };
    const { err } = await run([start, loss], { overrides: ["task=masked"] });
    expect(err).toContain("step 4, epoch 1: dev: loss 2.3457\n");
  });

  it("says that it continues a run, or that there is none, and hands --restart on", async () => {
    const continued = await run([{ ...start, startStep: 3 }, end]);
    expect(continued.err).toContain(
      `continuing the unfinished run in ${join(folder, "out")} after step 3 (--restart`,
    );
    expect((await run([start, end], { resume: true })).err).toContain("no unfinished run in");
    expect((await run([start, end], { restart: true })).request.restart).toBe(true);
  });

  it("asks for a device, by itself or as told, and says which it became and why", async () => {
    const device = { device: "cpu", reason: "webgpu was asked for, but no adapter" } as const;
    const { err, request } = await run([{ ...start, device }, end], { device: "webgpu" });
    expect(request.device).toBe("webgpu");
    expect(err).toContain("\ndevice: cpu (webgpu was asked for, but no adapter)\n");
    expect((await run([start, end])).request.device).toBe("auto");
  });

  it("sets the recipe's values from the command line", async () => {
    const { resolved } = await run([start, end], { overrides: ["training.epochs=2"] });
    expect(resolved.recipe.training.epochs).toBe(2);
    expect(resolved.origins["training.epochs"]).toBe("command line");
  });

  for (const throwsWhenAborted of [false, true]) {
    it(`stops at Ctrl-C with 130 when the loop ${throwsWhenAborted ? "throws" : "returns"}`, async () => {
      const stopped = await run(wholeRun, { interruptAfter: 1, throwsWhenAborted });
      expect(stopped.request.signal.aborted).toBe(true);
      expect(stopped.err).toContain("stopping: a checkpoint is saved first");
      expect(stopped.err).toContain("the same command continues");
      expect(stopped).toMatchObject({ out: "", exitCode: 130, exits: [], released: true });
      stopped.interrupt();
      expect(stopped.exits).toEqual([130]);
    });
  }

  it("lets faults of the recipe and of the loop through", async () => {
    await expect(run(wholeRun, { overrides: ["sed=1"] })).rejects.toMatchObject({ code: "RECIPE" });
  });
});
