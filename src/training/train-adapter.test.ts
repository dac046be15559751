/** @file Whole tiny runs of adapters: what they write, continued byte for byte, and learning over frozen quantised weights. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  lossCurve,
  pubTatorOf,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "../../test/tiny-training.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { readAdapter } from "../adapters/peft.ts";
import { devScores } from "../cli/dev-scores.ts";
import { readModelFolder } from "../models/model-folder.ts";
import { classifierParameters } from "../models/token-classifier.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import type { ResolvedRecipe } from "./recipe.ts";

let folder: TinyFolder;
beforeAll(async () => {
  folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 60, seed: 1 })));
  folder.write("dev.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 2 })));
  const rates = ["training.steps=60", "training.batchTokens=512", "training.learningRate=0.01"];
  await trainTiny(
    resolveTiny(folder, tinyMaskedRecipe, "out=base", "model.hidden=32", "training.average=0", ...rates),
  );
});
afterAll(() => folder[Symbol.dispose]());

const resolve = (...overrides: string[]): ResolvedRecipe =>
  resolveTiny(
    folder,
    tinyRecipe,
    "from=base/model",
    "adapter={rank: 4, alpha: 8, dropout: 0.1, targets: [q_proj, v_proj, up_proj]}",
    "training.average=0",
    ...overrides,
  );
const inOut = ({ recipe }: ResolvedRecipe, ...names: string[]): string => join(recipe.out, ...names);

describe("a run that trains an adapter", () => {
  it.each(["whole", "blocks"])(
    "writes a PEFT folder with its label heads, and the same again if it is cut short (%s)",
    async (execution) => {
      const settings = [
        `training.execution=${execution}`,
        "training.accumulate=2",
        "quantize.storage=nf4",
        "quantize.doubleQuantize=true",
      ];
      // One makes its quantised weights itself, the other goes on over those that were kept.
      const whole = resolve(`out=${execution}-whole`, ...settings, "quantize.cache=false");
      const cut = resolve(`out=${execution}-cut`, ...settings);
      expect(lossCurve(await trainTiny(whole))).toHaveLength(12);
      for (const steps of [3, 7]) {
        const stopping = new AbortController();
        const events = await trainTiny(cut, {
          signal: stopping.signal,
          runtime: {
            ...onnxRuntime,
            async open(graph, options) {
              const session = await onnxRuntime.open(graph, options);
              let runs = 0;
              const run: typeof session.run = (feeds) => {
                if (++runs > 2 * steps) stopping.abort();
                return session.run(feeds);
              };
              return { run, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
            },
          },
        });
        expect(events.at(-1)!.type).toBe("checkpoint-saved"); // and no end
      }
      await trainTiny(cut);
      const { config } = await readModelFolder(join(folder.path, "base", "model"));
      const adapter = await readAdapter(
        inOut(whole, "model"),
        config,
        classifierParameters(config, ["Disease"]),
      );
      expect(adapter).toMatchObject({
        task: "TOKEN_CLS",
        settings: { rank: 4, targets: ["q_proj", "v_proj", "up_proj"] },
      });
      expect(
        adapter.parameters.get("model.layers.0.mlp.up_proj.lora_B.weight")!.some((weight) => weight !== 0),
      ).toBe(true);
      for (const name of [
        "adapter_model.safetensors",
        "adapter_config.json",
        "nerium.json",
        "tokenizer.json",
      ]) {
        expect(
          readFileSync(inOut(cut, "model", name)).equals(readFileSync(inOut(whole, "model", name))),
          name,
        ).toBe(true);
      }
      expect(existsSync(inOut(whole, "model", "model.safetensors"))).toBe(false);
    },
  );

  it.each([
    ["none", "float32"],
    ["int8", "float32"],
    ["int8", "int8"],
    ["nf4", "float32"],
  ])("learns over frozen weights kept as %s, in products of %s", async (storage, compute) => {
    const rates = ["steps=60", "batchTokens=512", "learningRate=0.02", "tokenDropout=0", "evaluateEvery=20"];
    const learning = resolve(
      `out=learning-${storage}-${compute}`,
      `quantize.storage=${storage}`,
      `quantize.compute=${compute}`,
      "adapter.dropout=0",
      "adapter.targets=[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]",
      "dev=[{path: dev.pubtator, name: dev}]",
      ...rates.map((rate) => `training.${rate}`),
    );
    const events = await trainTiny(learning, {
      evaluate: (model, recipe) => devScores(model, recipe, onnxRuntime),
    });
    const scores = events.flatMap((event) =>
      event.type === "evaluation-end" ? [event.scores["mean"]!] : [],
    );
    expect(Math.max(...scores)).toBeGreaterThan(0.85);
  });

  it.each([
    ["pad-aware", true],
    ["zeros", false],
  ])(
    "learns labels that are asked for in words (mask %s, first tokens only: %s)",
    async (mask, firstTokens) => {
      const rates = [
        "steps=60",
        "batchTokens=1024",
        "learningRate=0.02",
        "tokenDropout=0",
        "evaluateEvery=20",
      ];
      const asked = resolve(
        `out=asked-${mask}`,
        "dev=[{path: dev.pubtator, name: dev}]",
        `instruction={style: vaner, mask: ${mask}, firstTokens: ${firstTokens}}`,
        "window={size: 160, overlap: 8}",
        "adapter.dropout=0",
        "adapter.targets=[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]",
        ...rates.map((rate) => `training.${rate}`),
      );
      const events = await trainTiny(asked, {
        evaluate: (model, recipe) => devScores(model, recipe, onnxRuntime),
      });
      const scores = events.flatMap((event) =>
        event.type === "evaluation-end" ? [event.scores["mean"]!] : [],
      );
      expect(Math.max(...scores)).toBeGreaterThan(0.6);
      const nerium = JSON.parse(readFileSync(inOut(asked, "model", "nerium.json"), "utf8")) as object;
      expect(nerium).toMatchObject({
        types: ["Disease"],
        instruction: { style: "vaner", mask, firstTokens, types: ["Disease"] },
      });
    },
  );

  it("refuses a matrix that the model does not have, and quantised weights that are trained", async () => {
    const stranger = await failureOf(trainTiny(resolve("out=stranger", "adapter.targets=[q_proj, experts]")));
    expect((stranger as Error).message).toContain("adapter.targets: expected some of q_proj, k_proj");
    expect((stranger as Error).message).toContain('got "experts"');
    expect(() => resolveTiny(folder, tinyRecipe, "quantize.storage=nf4")).toThrow(
      "only frozen weights can be quantised",
    );
  });
});

describe("a run with patience", () => {
  it("ends after so many evaluations without a better one, and stays ended", async () => {
    const means = [0.2, 0.5, 0.4, 0.5, 0.6];
    let seen = 0;
    const patient = resolveTiny(
      folder,
      tinyRecipe,
      "out=patient",
      "dev=[{path: dev.pubtator}]",
      "training.steps=12",
      "training.evaluateEvery=0.01",
      "training.earlyStop=2",
    );
    const run = () => trainTiny(patient, { evaluate: async () => ({ mean: means[seen++]! }) });
    const events = await run();
    expect(seen).toBe(4); // best at the second, two more without a better one
    expect(events.at(-1)).toMatchObject({ type: "run-end", step: 4 });
    expect((await run()).map(({ type }) => type)).toEqual(["run-start", "run-end"]);
    const plot = readFileSync(join(patient.recipe.out, "loss.svg"), "utf8");
    expect(plot).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(plot.match(/<circle/g)).toHaveLength(4);
    expect(plot).toContain("over 4 steps");
  });
});
