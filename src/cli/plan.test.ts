/** @file What a plan says of a run: sizes exactly, time and memory continued from a few layers, advice where it does not fit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  pubTatorOf,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  resolveTiny,
  trainTiny,
} from "../../test/tiny-training.ts";
import { startMockHub } from "../../test/mock-hub.ts";
import { resolveModel } from "../hub/index.ts";
import { runTrial, type TrialRequest, type TrialResult } from "../training/trial.ts";
import { runPlan } from "./plan.ts";
import type { DeviceWish } from "../runtime/choose-device.ts";
import { newTestEffects } from "./test-effects.ts";

let folder: TinyFolder;
beforeAll(async () => {
  folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 1 })));
  folder.write("tiny.yaml", tinyRecipe.replace("layers: 1", "layers: 9"));
  folder.write(
    "adapter.yaml",
    `${tinyRecipe.replace("steps: 12", "epochs: 2")}from: base/model\nadapter: { rank: 2 }\nquantize: { storage: nf4 }\n`,
  );
  await trainTiny(
    resolveTiny(folder, tinyMaskedRecipe, "out=base", "training.steps=1", "training.average=0"),
  );
});
afterAll(() => folder[Symbol.dispose]());

/** A machine on which a step takes 10 ms and 2 ms a layer, and 100 MB and 5 MB a layer beside the weights. */
const evenTrial = async ({ layers }: TrialRequest): Promise<TrialResult> => ({
  millisecondsPerStep: 10 + 2 * layers,
  peakBytes: 1e8 + 5e6 * layers,
  frozenBytes: 0,
});

const network = { fetch, sleep: async () => {} };

interface PlanSetting {
  readonly environment?: Readonly<Record<string, string>>;
  readonly device?: DeviceWish;
}

async function plan(
  recipe: string,
  trial: (request: TrialRequest) => Promise<TrialResult>,
  memory = 1e9,
  { environment = {}, device = "cpu" }: PlanSetting = {},
) {
  const effects = { ...newTestEffects(), environment, network };
  await runPlan(
    `${folder.path}/${recipe}`,
    [],
    { json: true, device },
    {
      ...effects,
      trial,
      chooseDevice: async (wish) => ({ device: wish === "auto" ? "cpu" : wish, reason: "as asked for" }),
      memory: () => memory,
      held: () => ({ now: 1e6, most: 3e6 }),
    },
  );
  const code = effects.exitCode();
  return {
    code,
    err: effects.stderr.text(),
    plan: JSON.parse(effects.stdout.text()) as Record<string, never> & { memory: Record<string, number> },
  };
}

describe("a plan", () => {
  it("tries one layer and three, and continues to all of them", async () => {
    const tried: number[] = [];
    const { plan: found, code } = await plan("tiny.yaml", (request) => {
      tried.push(request.layers);
      return evenTrial(request);
    });
    expect(tried).toEqual([1, 3]);
    expect(found).toMatchObject({
      steps: 12,
      millisecondsPerStep: 28,
      milliseconds: 12 * 28,
      fits: true,
      execution: "whole",
    });
    // Measured at one layer 105 MB with its trained arrays in it; eight layers more bring 5 MB each.
    // What this process holds for model and data comes to that.
    expect(found.memory["data"]).toBe(2e6);
    expect(found.memory["peak"]! / (1e8 + 9 * 5e6 + 2e6)).toBeCloseTo(1, 2);
    expect(code).toBe(0);
  });

  it("tries the device that the run will have, and counts what stays there", async () => {
    const tried: string[] = [];
    const even = (request: TrialRequest): Promise<TrialResult> => {
      tried.push(request.device);
      return evenTrial(request);
    };
    const { plan: found, err } = await plan("tiny.yaml", even, 1e9, { device: "webgpu" });
    expect(tried).toEqual(["webgpu", "webgpu"]);
    expect(err).toContain("device: webgpu (as asked for)\n");
    const { trained } = found["parameters"] as unknown as { trained: number };
    // Weights, gradients, two moments and an average there; no gradients here.
    expect(found).toMatchObject({ device: "webgpu", deviceBytes: 5 * 4 * trained });
    expect(found.memory["trained"]).toBe(4 * 4 * trained);
    expect((await plan("tiny.yaml", even)).plan).not.toHaveProperty("deviceBytes");
  });

  it("counts what an adapter trains, and what is frozen", async () => {
    const { plan: found } = await plan("adapter.yaml", runTrial);
    const adapter = 2 * (2 * (16 + 16) + 2 * (8 + 16) + 3 * (16 + 32)); // rank · (in + out) of q o, k v, gate up down
    const head = 3 * 16 + 3;
    expect(found["parameters"]).toMatchObject({ trained: adapter + head });
    const matrices = 2 * 16 * 16 + 2 * 8 * 16 + 3 * 16 * 32;
    const embedding = 320 * 16 * 4;
    expect(found.memory["frozen"]).toBe(matrices / 2 + (matrices / 64) * 4 + embedding);
    const path = expect.stringMatching(/quantized.model\.nf4\.[0-9a-f]{12}\.safetensors$/) as string;
    expect(found["kept"]).toEqual({ bytes: matrices / 2 + (matrices / 64) * 4, path });
    expect(found["millisecondsPerStep"]).toBeGreaterThan(0);
  });

  it("needs no weights of a model on the hub", async () => {
    const base = (name: string): Buffer => readFileSync(join(folder.path, "base", "model", name));
    await using hub = await startMockHub({
      "config.json": base("config.json"),
      "tokenizer.json": base("tokenizer.json"),
      "model.safetensors": base("model.safetensors"),
    });
    const recipe = readFileSync(join(folder.path, "adapter.yaml"), "utf8");
    folder.write("hub.yaml", recipe.replace("from: base/model", "from: org/tiny"));
    const environment = { HF_HOME: join(folder.path, "home"), HF_ENDPOINT: hub.endpoint };
    const { plan: far } = await plan("hub.yaml", evenTrial, 1e9, { environment });
    const { plan: near } = await plan("adapter.yaml", evenTrial);
    // Weights are kept under the model's name.
    expect(far).toEqual({ ...near, kept: far["kept"] });
    expect(far["kept"]).toMatchObject({ bytes: near["kept"]!["bytes"] });
    expect(hub.seen.some(({ path }) => path.includes("tokenizer.json"))).toBe(true);
    expect(hub.seen.some(({ path }) => path.includes("model.safetensors"))).toBe(false);
    // What is not whole must not be taken for the model.
    await expect(resolveModel("org/tiny", { environment })).rejects.toThrow("nerium pull org/tiny");
  });

  it("says what would help where the machine is too small, with exit code 1", async () => {
    const { plan: found, code } = await plan("tiny.yaml", evenTrial, 1e8);
    expect([found["fits"], code]).toEqual([false, 1]);
    expect(found["advice"]).toContainEqual(expect.stringContaining("training.execution=blocks"));
  });
});
