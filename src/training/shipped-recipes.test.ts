/** @file Every recipe that is shipped: it loads, and says what the published systems say of themselves. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshConfig, trainedShapes } from "./setup.ts";
import { loadRecipe, type ResolvedRecipe } from "./recipe.ts";

const recipes = join(import.meta.dirname, "../../recipes");
const shipped = readdirSync(recipes, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".yaml"),
);
const load = (name: string): Promise<ResolvedRecipe> => loadRecipe(join(recipes, name), []);
const allLinear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/** What the papers' scripts say (LoRA's scale, the optimizer's defaults included), by base. */
const published: readonly (readonly [name: string, settings: object])[] = [
  ...["8b", "1b", "builtin"].map((base) => {
    const settings = {
      task: "labels",
      instruction: { style: "vaner", firstTokens: true },
      adapter: { rank: 12, alpha: 32, dropout: 0.1, targets: ["q_proj", "v_proj"], rankStabilized: false },
      model: { attention: "bidirectional" },
      window: { size: 128 },
      quantize: { storage: "none" },
      training: {
        batchTokens: 4 * 128,
        schedule: "linear",
        warmup: 0,
        weightDecay: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        clip: 1,
        ...(base !== "builtin" && { learningRate: 1e-4, epochs: 20, steps: 0 }),
      },
    };
    return [`vaner/${base}`, settings] as const;
  }),
  [
    "bioner-llama/8b",
    {
      task: "language",
      instruction: { style: "bioner-llama", variant: "span", perType: true, loss: "all", negatives: 1 },
      quantize: { storage: "nf4", doubleQuantize: false },
      adapter: { rank: 16, alpha: 64, dropout: 0.05, targets: allLinear },
      window: { size: 1500, packing: false },
      training: {
        epochs: 3,
        learningRate: 1e-5,
        schedule: "cosine",
        warmup: 0.01,
        weightDecay: 1e-5,
        clip: 0.3,
        beta2: 0.999,
      },
    },
  ],
  [
    "bioner-llama/1b",
    {
      task: "language",
      instruction: { style: "bioner-llama", variant: "span", perType: true, loss: "all" },
      window: { size: 1024 },
      training: { epochs: 2, learningRate: 8e-6, schedule: "cosine", warmup: 0.05 },
    },
  ],
  ...["nerllama", "nerllama-mt"].flatMap((system) =>
    ["8b", "1b", "builtin"].map((base) => {
      const small = base === "builtin";
      const settings = {
        task: "language",
        instruction: {
          style: "nerllama",
          perType: system === "nerllama",
          ...(!small && { shots: 5, loss: "all" }),
        },
        quantize: { storage: "nf4", doubleQuantize: true },
        adapter: { rank: 64, alpha: 16, dropout: 0.1, targets: ["q_proj", "k_proj", "v_proj", "o_proj"] },
        window: { packing: true, ...(!small && { size: 2048 }) },
        training: {
          batchTokens: 2048,
          schedule: "cosine",
          warmup: 0,
          weightDecay: 0,
          ...(!small && { learningRate: 2e-5, epochs: 5, steps: 0 }),
        },
      };
      return [`${system}/${base}`, settings] as const;
    }),
  ),
];

describe("the recipes that are shipped", () => {
  it.each(shipped)("%s loads, and keeps its files outside of the recipes", async (name) => {
    const { recipe } = await load(name);
    expect(recipe.out.startsWith(recipes)).toBe(false);
    for (const { path } of [...recipe.data, ...recipe.dev]) expect(path).not.toContain("/test.");
  });

  it.each(published)("%s has the published settings", async (name, settings) => {
    const { recipe } = await load(`${name}.yaml`);
    expect(recipe).toMatchObject(settings);
  });

  it("trains as much of an 8B model as was published", async () => {
    const sizes = { hidden: 4096, layers: 32, heads: 32, kvHeads: 8, intermediate: 14_336 };
    const trained = async (name: string): Promise<number> => {
      const { recipe } = await load(name);
      const config = freshConfig({ ...recipe, model: { ...recipe.model, ...sizes } }, 128_256);
      const { shapes } = trainedShapes(config, recipe);
      return shapes.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    };
    expect(await trained("nerllama/8b.yaml")).toBe(54_525_952); // 0.68 % of 8 B
    expect(await trained("bioner-llama/8b.yaml")).toBe(41_943_040);
  });
});
